/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments: the first one goes where its ports say, the later ones follow it. */
#include <netinet/in.h>
#include <stdio.h>

#include "rows.h"
#include "slot.h"

#define FIRST_LEN 512
#define LATER_LEN 256
#define PAYLOAD_LEN 900 /* two later fragments, the last one shorter */

enum way {
	TO_POD,
	TO_CLIENT,
};

static const char *const ways[] = {"to the pod", "to the client"};

static uint32_t next_id = 0xabc0;

static const char *family(bool is_v6)
{
	return is_v6 ? "v6" : "v4";
}

static const struct loaded_service *service_of(bool is_v6, uint8_t protocol)
{
	return cast_find(is_v6, protocol, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV);
}

/* Part `n` of a datagram as it comes in and as it goes out. */
struct part {
	struct frame in, out;
	enum network_dev dev;
	enum sp_reason reason;
};

static struct part part_of(
	const struct loaded_service *service, enum way way, int n, uint32_t id)
{
	struct part part = {
		.in = way == TO_POD ? frame_to_vip(service) : frame_from_pod(service),
		.out = way == TO_POD ? frame_to_pod(service) : frame_to_client(service),
		.dev = way == TO_POD ? NETWORK_CLIENT : NETWORK_POD,
		.reason = way == TO_POD ? SP_REASON_TO_POD : SP_REASON_TO_CLIENT,
	};

	part.in.payload_len = PAYLOAD_LEN;
	part.in.fragment.id = id;
	part.in.fragment.at = n ? FIRST_LEN + (size_t)(n - 1) * LATER_LEN : 0;
	part.in.fragment.len = n ? LATER_LEN : FIRST_LEN;
	part.out.payload_len = part.in.payload_len;
	part.out.fragment = part.in.fragment;
	return part;
}

static bool part_goes(const struct part *part)
{
	return row_forwards(&part->in, part->dev, &part->out, part->reason);
}

static bool part_waits(const struct part *part)
{
	return row_passes_frame(&part->in, part->dev, SP_REASON_FRAGMENT);
}

static bool goes(const struct loaded_service *service, enum way way, int n, uint32_t id)
{
	struct part part = part_of(service, way, n, id);

	return part_goes(&part);
}

static bool waits(const struct loaded_service *service, enum way way, int n, uint32_t id)
{
	struct part part = part_of(service, way, n, id);

	return part_waits(&part);
}

static void rows_in_order(const struct loaded_service *service, enum way way)
{
	uint32_t id = next_id++;
	long before = loaded_read_event(SP_EVENT_FRAGMENT_REMEMBERED);

	for (int n = 0; n < 3; n++)
		row_count(goes(service, way, n, id), "%s: fragment %d of 3, %s",
			cast_name(service), n + 1, ways[way]);
	row_count(goes(service, way, 2, id), "%s: the last fragment again, %s",
		cast_name(service), ways[way]);
	row_count(loaded_read_event(SP_EVENT_FRAGMENT_REMEMBERED) == before + 1,
		"%s: only the first fragment is remembered, %s", cast_name(service),
		ways[way]);
}

static void rows_out_of_order(const struct loaded_service *service, enum way way)
{
	uint32_t id = next_id++;

	row_count(waits(service, way, 2, id),
		"%s: a later fragment before the first goes to the stack, %s",
		cast_name(service), ways[way]);
	row_count(goes(service, way, 0, id) && goes(service, way, 2, id) &&
			  goes(service, way, 1, id),
		"%s: later fragments in any order behind the first, %s",
		cast_name(service), ways[way]);
	row_count(waits(service, way, 1, id + 0x100),
		"%s: a later fragment of another datagram, %s", cast_name(service),
		ways[way]);
}

/* Each part of the key counts. */
static void rows_of_others(const struct loaded_service *service)
{
	uint32_t id = next_id++;
	struct part part = part_of(service, TO_POD, 1, id);
	bool is_v6 = !sp_addr_is_v4(&service->vip.addr);

	row_count(goes(service, TO_POD, 0, id), "%s: the first fragment",
		cast_name(service));
	part.in.source = endpoint(
		is_v6 ? "2001:db8:cafe::8" : "203.0.113.8", 40000, service->vip.protocol);
	row_count(part_waits(&part), "%s: a later fragment of another client",
		cast_name(service));
	part = part_of(service, TO_POD, 1, id);
	part.in.dest = endpoint(
		is_v6 ? "2001:db8::11" : "192.0.2.11", 80, service->vip.protocol);
	row_count(part_waits(&part), "%s: a later fragment to another address",
		cast_name(service));
	row_count(waits(service, TO_CLIENT, 1, id),
		"%s: a later fragment in the other direction", cast_name(service));
}

/* IPv4 tells datagrams apart by protocol, too; IPv6 does not. */
static void rows_of_protocols(void)
{
	uint32_t id = next_id++;

	row_count(goes(service_of(false, IPPROTO_UDP), TO_POD, 0, id) &&
			  waits(service_of(false, IPPROTO_TCP), TO_POD, 1, id),
		"v4: a later fragment of another protocol");
	id = next_id++;
	row_count(goes(service_of(true, IPPROTO_UDP), TO_POD, 0, id) &&
			  waits(service_of(true, IPPROTO_UDP), TO_POD, 1, id << 16),
		"v6: an identification that differs in its upper half");
}

/* Fragments of something else are not remembered. */
static void rows_not_ours(bool is_v6)
{
	const struct loaded_service *service = service_of(is_v6, IPPROTO_UDP);
	struct part part = part_of(service, TO_POD, 0, next_id);
	long before = loaded_read_event(SP_EVENT_FRAGMENT_REMEMBERED);

	part.in.dest.port = htons(9);
	row_count(row_passes_frame(&part.in, part.dev, SP_REASON_NOT_OURS) &&
			  waits(service, TO_POD, 1, next_id) &&
			  loaded_read_event(SP_EVENT_FRAGMENT_REMEMBERED) == before,
		"%s: a datagram to no VIP", family(is_v6));
	next_id++;
	part = part_of(service, TO_POD, 0, next_id);
	part.in.ttl = 1;
	row_count(row_passes_frame(&part.in, part.dev, SP_REASON_TTL_EXPIRED) &&
			  waits(service, TO_POD, 1, next_id),
		"%s: a first fragment that is not forwarded", family(is_v6));
	next_id++;
}

/* The bytes of a later fragment are no ports, and no checksum, whatever they are. */
static void rows_of_content(bool is_v6)
{
	const struct loaded_service *service = service_of(is_v6, IPPROTO_UDP);
	uint32_t id = next_id++;
	struct part part = part_of(service, TO_POD, 1, id);
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	size_t len = frame_build(&part.in, in), at = is_v6 ? 62 : 34;
	bool right = goes(service, TO_POD, 0, id);
	struct run run;

	frame_build(&part.out, out);
	for (int value = 0; value < 256; value += 51) {
		for (size_t i = 0; i < 24; i++)
			in[at + i] = out[at + i] = (uint8_t)value;
		loaded_run(in, len, NETWORK_CLIENT, &run);
		right &= run_is(&run, 4, out, len, SP_REASON_TO_POD);
	}
	row_count(right, "%s: later fragments of any content", family(is_v6));
}

/* A first fragment has all of the transport header, or goes to the stack. */
static void rows_of_tiny(bool is_v6)
{
	struct part tcp = part_of(service_of(is_v6, IPPROTO_TCP), TO_POD, 0, next_id++);
	struct part udp = part_of(service_of(is_v6, IPPROTO_UDP), TO_POD, 0, next_id++);

	tcp.in.fragment.len = 16;
	row_count(row_passes_frame(&tcp.in, tcp.dev, SP_REASON_TRUNCATED),
		"%s: 16 bytes of TCP", family(is_v6));
	udp.in.fragment.len = udp.out.fragment.len = 8;
	row_count(part_goes(&udp), "%s: 8 bytes of UDP", family(is_v6));
	udp.in.fragment.at = udp.out.fragment.at = 8;
	row_count(part_goes(&udp), "%s: 8 bytes of UDP's payload", family(is_v6));
	udp.in.padding_len = udp.out.padding_len = 4;
	row_count(part_goes(&udp), "%s: 8 bytes and padding", family(is_v6));
}

/* The fragment's length is the packet's. */
static void rows_of_cuts(bool is_v6, int n)
{
	const struct loaded_service *service = service_of(is_v6, IPPROTO_UDP);
	uint32_t id = next_id++;
	struct part part = part_of(service, TO_POD, n, id);
	uint8_t bytes[FRAME_MAX];
	size_t len = frame_build(&part.in, bytes);
	bool right = n == 0 || goes(service, TO_POD, 0, id);

	for (size_t cut = FRAME_ETH_LEN; cut < len; cut++)
		right &= row_passes(bytes, cut, NETWORK_CLIENT, SP_REASON_TRUNCATED);
	row_count(right, "%s: fragment %d cut at each byte", family(is_v6), n + 1);
}

static void rows_of_used_up_hops(bool is_v6)
{
	const struct loaded_service *service = service_of(is_v6, IPPROTO_UDP);
	uint32_t id = next_id++;
	struct part part = part_of(service, TO_POD, 1, id);

	part.in.ttl = 1;
	row_count(goes(service, TO_POD, 0, id) &&
			  row_passes_frame(&part.in, part.dev, SP_REASON_TTL_EXPIRED),
		"%s: a later fragment with a TTL of 1", family(is_v6));
}

/* Headers that are in every fragment, before the fragment header of IPv6. */
static void rows_with_headers(bool is_v6)
{
	static const uint8_t alert[4] = {148, 4, 0, 0};
	static const uint8_t hop[8] = {44, 0, 5, 2, 0, 0, 1, 0};
	const struct loaded_service *service = service_of(is_v6, IPPROTO_UDP);
	uint32_t id = next_id++;

	for (int n = 0; n < 3; n++) {
		struct part part = part_of(service, TO_POD, n, id);

		part.in.headers = is_v6 ? hop : alert;
		part.in.headers_len = is_v6 ? sizeof(hop) : sizeof(alert);
		part.out.headers = part.in.headers;
		part.out.headers_len = part.in.headers_len;
		row_count(part_goes(&part), "%s: fragment %d behind options",
			family(is_v6), n + 1);
	}
}

/* Where only the first fragment has a header behind the fragment header, the later ones
 * name that header as theirs. */
static void rows_behind_fragment_header(void)
{
	const struct loaded_service *service = service_of(true, IPPROTO_UDP);
	struct part part = part_of(service, TO_POD, 1, next_id);
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	size_t len = frame_build(&part.in, in);
	struct run run;

	frame_build(&part.out, out);
	in[54] = out[54] = IPPROTO_DSTOPTS;
	row_count(goes(service, TO_POD, 0, next_id), "v6: a first fragment of UDP");
	loaded_run(in, len, NETWORK_CLIENT, &run);
	row_count(run_is(&run, 4, out, len, SP_REASON_TO_POD),
		"v6: a later fragment that names destination options follows it");
	next_id++;
}

/* The slot begins to move between two fragments: the datagram stays whole. */
static void rows_of_moving_slots(bool is_v6)
{
	const struct loaded_service *service = service_of(is_v6, IPPROTO_UDP);
	const uint32_t fresh = 200 + is_v6;
	struct loaded_service other = *service;
	struct sp_pod pod;
	sp_slot moved[7];
	uint32_t id = next_id++;

	other.pod.port = htons(9999);
	pod = loaded_pod_of(&other);
	loaded_set_pod(fresh, &pod);
	for (int i = 0; i < 7; i++)
		moved[i] = sp_slot_moved(fresh, service->number, 0);
	loaded_set_times(UINT32_MAX, SP_TCP_IDLE_S, SP_UDP_IDLE_S);
	row_count(goes(service, TO_POD, 0, id), "%s: the first before the slot moves",
		family(is_v6));
	loaded_set_words(service->number * LOADED_TABLE_STEP, moved, 7);
	row_count(goes(service, TO_POD, 1, id) && goes(service, TO_POD, 2, id),
		"%s: later fragments stay on the pod while the slot moves",
		family(is_v6));
	loaded_clear("sp_flows");
}

int main(void)
{
	rows_open();
	for (int place = 0; place < CAST; place++)
		for (int way = 0; way < 2; way++) {
			rows_in_order(&cast[place], way);
			rows_out_of_order(&cast[place], way);
		}
	for (int which = 0; which < 4; which++)
		rows_of_others(
			service_of(which & 1, which & 2 ? IPPROTO_UDP : IPPROTO_TCP));
	rows_of_protocols();
	rows_behind_fragment_header();
	for (int v6 = 0; v6 < 2; v6++) {
		rows_not_ours(v6);
		rows_of_content(v6);
		rows_of_tiny(v6);
		rows_of_cuts(v6, 0);
		rows_of_cuts(v6, 1);
		rows_of_used_up_hops(v6);
		rows_with_headers(v6);
		rows_of_moving_slots(v6);
	}
	return rows_close();
}
