/* SPDX-License-Identifier: BSD-2-Clause */
/* Tagged frames, in and out. The devices of the test's network stand for VLAN devices:
 * small0 is VLAN 100 of client0, and pod0 either a device of its own or a VLAN, too. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"

#define Q 0x8100
#define AD 0x88a8

/* A service for each family with its pod behind small0. */
static struct loaded_service near[2];

static const char *family(bool is_v6)
{
	return is_v6 ? "v6" : "v4";
}

static void frame_tag(struct frame *frame, uint16_t type, uint16_t id)
{
	uint8_t *tag = frame->tags + frame->tags_len;

	tag[0] = (uint8_t)(type >> 8);
	tag[1] = (uint8_t)type;
	tag[2] = (uint8_t)(id >> 8);
	tag[3] = (uint8_t)id;
	frame->tags_len += 4;
}

/* As it comes in by VLAN 100. */
static struct frame tagged_to_vip(const struct loaded_service *service)
{
	struct frame frame = frame_to_vip(service);

	frame.dest_mac = mac_small0;
	frame_tag(&frame, Q, 100);
	return frame;
}

static void near_open(bool is_v6)
{
	near[is_v6] = *cast_web(is_v6);
	near[is_v6].number = 300 + is_v6;
	near[is_v6].vip.port = near[is_v6].pod.port = htons(7000);
	near[is_v6].pod.addr = endpoint(is_v6 ? "fd00:2::11" : "10.0.2.11", 0, 0).addr;
	loaded_add(&near[is_v6]);
}

static void rows_in(bool is_v6)
{
	const struct loaded_service *service = cast_web(is_v6);
	struct frame in = tagged_to_vip(service), out = frame_to_pod(service);

	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
		"%s: in tagged, out untagged to a device without VLANs", family(is_v6));
	in.tags[2] |= 0xf0;
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
		"%s: the tag's priority and drop bit do not matter", family(is_v6));
	in.payload_len = out.payload_len = 1400;
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
		"%s: a large tagged packet", family(is_v6));
}

static void rows_out(bool is_v6)
{
	struct frame in = frame_to_vip(&near[is_v6]), out = frame_to_pod(&near[is_v6]);

	out.source_mac = mac_small0;
	frame_tag(&out, Q, 100);
	for (int n = 0; n < 3; n++)
		row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
			"%s: in untagged, out tagged (packet %d)", family(is_v6), n + 1);
}

static void rows_same_vlan(bool is_v6)
{
	struct frame in = tagged_to_vip(&near[is_v6]), out = frame_to_pod(&near[is_v6]);

	out.source_mac = mac_small0;
	frame_tag(&out, Q, 100);
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
		"%s: out by the VLAN that it came in by", family(is_v6));
	in.tags[2] |= 0xa0;
	out.tags[2] |= 0xa0;
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
		"%s: and the tag keeps its priority", family(is_v6));
}

static void rows_back(bool is_v6)
{
	const struct loaded_service *service = cast_web(is_v6);
	struct frame in = frame_from_pod(service), out = frame_to_client(service);

	in.dest_mac = mac_small0;
	frame_tag(&in, Q, 100);
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_CLIENT),
		"%s: from a pod in a VLAN back to an untagged client", family(is_v6));
}

/* A priority without a VLAN. */
static void rows_of_priority(bool is_v6)
{
	const struct loaded_service *service = cast_web(is_v6);
	struct frame in = frame_to_vip(service), out = frame_to_pod(service);

	frame_tag(&in, Q, 0xe000);
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
		"%s: a priority tag", family(is_v6));
	in = frame_from_pod(service);
	out = frame_to_client(service);
	frame_tag(&in, Q, 0xe000);
	frame_tag(&out, Q, 0xe000);
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_CLIENT),
		"%s: a priority tag stays on the way out by the same device",
		family(is_v6));
}

static void rows_for_stack(bool is_v6)
{
	static const struct {
		const char *sentence;
		uint16_t types[3], ids[3];
		int len;
		const uint8_t *mac;
		uint8_t ttl;
		enum sp_reason reason;
	} rows[] = {
		{"of no VLAN device", {Q}, {101}, 1, mac_small0, 64, SP_REASON_VLAN},
		{"of another type", {AD}, {100}, 1, mac_small0, 64, SP_REASON_VLAN},
		{"and a second one of no VLAN device", {Q, Q}, {100, 7}, 2, mac_small0,
			64, SP_REASON_VLAN},
		{"and a second one that is a priority", {Q, Q}, {100, 0xe000}, 2,
			mac_small0, 64, SP_REASON_VLAN},
		{"and two more", {Q, Q, Q}, {100, 100, 100}, 3, mac_small0, 64,
			SP_REASON_VLAN},
		{"with the MAC address of the device below", {Q}, {100}, 1, mac_client0,
			64, SP_REASON_OTHER_MAC},
		{"of a priority, with the MAC address of the VLAN", {Q}, {0}, 1,
			mac_small0, 64, SP_REASON_OTHER_MAC},
		{"and a used-up TTL", {Q}, {0xf064}, 1, mac_small0, 1,
			SP_REASON_TTL_EXPIRED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct frame in = frame_to_vip(cast_web(is_v6));

		for (int n = 0; n < rows[i].len; n++)
			frame_tag(&in, rows[i].types[n], rows[i].ids[n]);
		in.dest_mac = rows[i].mac;
		in.ttl = rows[i].ttl;
		row_count(row_passes_frame(&in, NETWORK_CLIENT, rows[i].reason),
			"%s: a tag %s goes to the stack as it came", family(is_v6),
			rows[i].sentence);
	}
}

static void rows_of_other_types(void)
{
	struct frame in = tagged_to_vip(cast_web(false));
	uint8_t bytes[FRAME_MAX];
	size_t len = frame_build(&in, bytes);

	bytes[16] = 0x08;
	bytes[17] = 0x06;
	row_count(row_passes(bytes, len, NETWORK_CLIENT, SP_REASON_NOT_IP),
		"ARP behind a tag");
}

static void rows_of_cuts(bool is_v6, const struct frame *in, const char *sentence)
{
	uint8_t bytes[FRAME_MAX];
	size_t len = frame_build(in, bytes);
	bool right = true;

	for (size_t cut = FRAME_ETH_LEN; cut < len; cut++)
		right &= row_passes(bytes, cut, NETWORK_CLIENT, SP_REASON_TRUNCATED);
	row_count(right, "%s: %s, cut at each byte", family(is_v6), sentence);
}

/* The stack gets the packet for the pod with the tag that it came with. */
static void rows_without_neighbour(bool is_v6)
{
	struct loaded_service service = near[is_v6];
	struct frame in, out;

	service.number += 10;
	service.pod.addr = endpoint(is_v6 ? "fd00:1::99" : "10.0.1.99", 0, 0).addr;
	service.vip.port = htons(7001);
	loaded_add(&service);
	in = tagged_to_vip(&service);
	out = in;
	out.dest = service.pod;
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_RESOLVE_POD),
		"%s: tagged, to a pod without a neighbour entry", family(is_v6));
}

static void rows_of_fragments(bool is_v6)
{
	const struct loaded_service *service =
		cast_find(is_v6, IPPROTO_UDP, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV);
	bool right = true;

	for (size_t n = 0; n < 3; n++) {
		struct frame in = tagged_to_vip(service), out = frame_to_pod(service);

		in.payload_len = out.payload_len = 600;
		in.fragment.at = out.fragment.at = n * 256;
		in.fragment.len = out.fragment.len = 256;
		in.fragment.id = out.fragment.id = 99;
		right &= row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
	}
	row_count(right, "%s: fragments behind a tag", family(is_v6));
}

/* pod0 is VLAN 200 in VLAN 100 now, then in an outer tag of 802.1ad. */
static void rows_of_two_tags(bool is_v6, uint16_t outer)
{
	const struct loaded_service *service = cast_web(is_v6);
	struct frame in = frame_to_vip(service), out = frame_to_pod(service);

	frame_tag(&out, outer, 100);
	frame_tag(&out, Q, 200);
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
		"%s: in untagged, out with two tags (outer %04x)", family(is_v6), outer);
	in.dest_mac = mac_small0;
	frame_tag(&in, outer, 100);
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
		"%s: in with one tag, out with two (outer %04x)", family(is_v6), outer);
	in.dest_mac = mac_pod0;
	frame_tag(&in, Q, 0x60c8);
	out.tags[6] |= 0x60;
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
		"%s: two tags stay (outer %04x)", family(is_v6), outer);
	rows_of_cuts(is_v6, &in, "two tags");
	in.ttl = 1;
	row_count(row_passes_frame(&in, NETWORK_CLIENT, SP_REASON_TTL_EXPIRED),
		"%s: two tags, to the stack (outer %04x)", family(is_v6), outer);
	in = frame_from_pod(service);
	out = frame_to_client(service);
	in.dest_mac = mac_pod0;
	frame_tag(&in, outer, 100);
	frame_tag(&in, Q, 200);
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_CLIENT),
		"%s: two tags, back to an untagged client (outer %04x)", family(is_v6),
		outer);
}

int main(void)
{
	rows_open();
	loaded_set_vlan(NETWORK_CLIENT, Q, 100, NETWORK_SMALL, mac_small0);
	for (int v6 = 0; v6 < 2; v6++) {
		struct frame in = tagged_to_vip(cast_web(v6));

		near_open(v6);
		rows_in(v6);
		rows_out(v6);
		rows_same_vlan(v6);
		rows_back(v6);
		rows_of_priority(v6);
		rows_for_stack(v6);
		rows_of_cuts(v6, &in, "a tag");
		rows_without_neighbour(v6);
		rows_of_fragments(v6);
	}
	rows_of_other_types();
	loaded_set_vlan(NETWORK_SMALL, Q, 200, NETWORK_POD, mac_pod0);
	for (int v6 = 0; v6 < 2; v6++)
		rows_of_two_tags(v6, Q);
	loaded_set_vlan(NETWORK_CLIENT, AD, 100, NETWORK_SMALL, mac_small0);
	for (int v6 = 0; v6 < 2; v6++)
		rows_of_two_tags(v6, AD);
	return rows_close();
}
