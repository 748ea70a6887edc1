/* SPDX-License-Identifier: BSD-2-Clause */
/* What the decapsulating program takes out of tunnels: every form, as it was put in. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "rows.h"
#include "unwrap.h"

/* All four tunnels, IP in IP and GUE over both families, and both families inside. */
#define TUNNELS 4

static struct wrap tunnel_of(int which)
{
	return unwrap_tunnel(which & 1, which & 2);
}

static const char *family(bool is_v6)
{
	return is_v6 ? "v6" : "v4";
}

static void count_taken(
	const struct wrap *wrap, const struct frame *frame, const char *sentence)
{
	row_count(unwrap_takes(wrap, frame), "%s in %s: %s",
		family(!sp_addr_is_v4(&frame->dest.addr)), wrap_name(wrap), sentence);
}

/* TCP and UDP, of every odd and even length. */
static void rows_of_packets(const struct wrap *wrap, bool is_v6)
{
	static const size_t lens[] = {0, 1, 2, 7, 33, 512, 1400};

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct frame tcp = unwrap_frame(is_v6, IPPROTO_TCP);
		struct frame udp = unwrap_frame(is_v6, IPPROTO_UDP);

		tcp.payload_len = udp.payload_len = lens[i];
		count_taken(wrap, &tcp, "a segment of TCP");
		count_taken(wrap, &udp, "a datagram of UDP");
	}
}

static void rows_of_headers(const struct wrap *wrap, bool is_v6)
{
	static const uint8_t options[] = {1, 1, 1, 1};
	static const uint8_t extension[] = {IPPROTO_TCP, 0, 1, 4, 0, 0, 0, 0};
	struct frame frame = unwrap_frame(is_v6, IPPROTO_TCP);

	frame.headers = is_v6 ? extension : options;
	frame.headers_len = is_v6 ? sizeof(extension) : sizeof(options);
	frame.headers_protocol = IPPROTO_DSTOPTS;
	count_taken(wrap, &frame, "options inside");
	frame.padding_len = 7;
	count_taken(wrap, &frame, "padding behind the tunnel");
}

static void rows_of_fragments(const struct wrap *wrap, bool is_v6)
{
	struct frame frame = unwrap_frame(is_v6, IPPROTO_UDP);

	frame.payload_len = 2000;
	frame.fragment.id = 77;
	frame.fragment.len = 1200;
	count_taken(wrap, &frame, "a first fragment inside");
	frame.fragment.at = 1200;
	count_taken(wrap, &frame, "a last fragment inside");
}

/* A router on the way to the client cannot take what the VIP has sent. */
static void rows_of_errors(const struct wrap *wrap, bool is_v6)
{
	struct frame quoted = unwrap_frame(is_v6, IPPROTO_TCP);
	struct sp_endpoint client = quoted.source;
	struct message message = {
		.dest_mac = quoted.dest_mac,
		.source_mac = quoted.source_mac,
		.source =
			endpoint(is_v6 ? "2001:db8:1::fe" : "198.51.100.254", 0, 0).addr,
		.dest = quoted.dest.addr,
		.ttl = 60,
		.type = is_v6 ? 2 : 3,
		.code = is_v6 ? 0 : 4,
		.rest = 1280,
		.quoted = &quoted,
		.len = 60,
	};
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	size_t len;

	quoted.source = quoted.dest;
	quoted.dest = client;
	len = message_build(&message, out);
	row_count(unwrap_gives(in, wrap_bytes(wrap, out, len, in), out, len,
			  SP_DECAP_DECAPSULATED),
		"%s in %s: an ICMP error", family(is_v6), wrap_name(wrap));
	message.type = is_v6 ? 136 : 5;
	len = wrap_bytes(wrap, out, message_build(&message, out), in);
	row_count(unwrap_leaves(in, len, SP_DECAP_INNER_HEADER),
		"%s in %s: an ICMP message that changes neighbours or routes stays",
		family(is_v6), wrap_name(wrap));
}

/* The tunnel may carry more than the packet says: the rest is padding to the stack. */
static void rows_of_trailers(const struct wrap *wrap, bool is_v6)
{
	struct frame frame = unwrap_frame(is_v6, IPPROTO_TCP);
	struct wrap longer = *wrap;

	longer.trailer_len = 9;
	count_taken(&longer, &frame, "more in the tunnel than the packet");
}

static void rows_of_jumbo(const struct wrap *wrap, bool is_v6)
{
	static const size_t lens[] = {3300, 4100, 8800};

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct frame frame = unwrap_frame(is_v6, IPPROTO_TCP);

		frame.payload_len = lens[i];
		count_taken(wrap, &frame, "a frame of several buffers");
	}
}

/* The lower bits of TOS or traffic class (RFC 6040, figure 4): what comes out by what is
 * inside (row) and outside (column); -1: the packet is dropped. */
static const int ecn_table[4][4] = {
	/* outside: not-ECT, ECT(1), ECT(0), CE */
	[0] = {0, 0, 0, -1},
	[1] = {1, 1, 1, 3},
	[2] = {2, 1, 2, 3},
	[3] = {3, 3, 3, 3},
};

static void row_of_ecn(const struct wrap *wrap, bool is_v6, int inside, int outside)
{
	struct frame frame = unwrap_frame(is_v6, IPPROTO_TCP), marked = frame;
	struct wrap tunnel = *wrap;
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	int comes = ecn_table[inside][outside];
	bool right;
	size_t len;

	frame.tos = 0x28 | (uint8_t)inside;
	tunnel.tos = 0xb8 | (uint8_t)outside; /* another class: stays outside */
	len = wrap_build(&tunnel, &frame, in);
	marked.tos = 0x28 | (uint8_t)comes;
	if (comes < 0)
		right = unwrap_leaves(in, len, SP_DECAP_ECN);
	else
		right = unwrap_gives(
			in, len, out, frame_build(&marked, out), SP_DECAP_DECAPSULATED);
	row_count(right, "%s in %s: ECN %d inside, %d outside", family(is_v6),
		wrap_name(wrap), inside, outside);
}

static void rows_of_ecn(const struct wrap *wrap, bool is_v6)
{
	for (int inside = 0; inside < 4; inside++)
		for (int outside = 0; outside < 4; outside++)
			row_of_ecn(wrap, is_v6, inside, outside);
}

static void tag(struct frame *frame, uint16_t type, uint16_t id)
{
	uint8_t *at = frame->tags + frame->tags_len;

	at[0] = (uint8_t)(type >> 8);
	at[1] = (uint8_t)type;
	at[2] = (uint8_t)(id >> 8);
	at[3] = (uint8_t)id;
	frame->tags_len += 4;
}

/* small0 is VLAN 100 of client0. */
static void rows_of_vlans(const struct wrap *wrap, bool is_v6)
{
	struct frame frame = unwrap_frame(is_v6, IPPROTO_TCP);
	uint8_t bytes[FRAME_MAX];

	frame.dest_mac = mac_small0;
	tag(&frame, 0x8100, 0xa064);
	count_taken(wrap, &frame, "a VLAN's tag stays");
	tag(&frame, 0x8100, 7);
	frame.dest_mac = mac_pod0;
	count_taken(wrap, &frame, "two tags stay");
	frame.tags[3] = 0x65;
	row_count(unwrap_leaves(
			  bytes, wrap_build(wrap, &frame, bytes), SP_DECAP_NOT_TUNNEL),
		"%s in %s: a VLAN that is not the node's", family(is_v6),
		wrap_name(wrap));
}

int main(void)
{
	unwrap_open();
	unwrap_set_vlan(NETWORK_CLIENT, 0x8100, 100, NETWORK_SMALL, mac_small0);
	unwrap_set_vlan(NETWORK_SMALL, 0x8100, 7, NETWORK_POD, mac_pod0);
	network_set_mtu(9000);
	for (int which = 0; which < TUNNELS; which++) {
		struct wrap wrap = tunnel_of(which);

		for (int is_v6 = 0; is_v6 < 2; is_v6++) {
			rows_of_packets(&wrap, is_v6);
			rows_of_headers(&wrap, is_v6);
			rows_of_fragments(&wrap, is_v6);
			rows_of_errors(&wrap, is_v6);
			rows_of_trailers(&wrap, is_v6);
			rows_of_jumbo(&wrap, is_v6);
			rows_of_ecn(&wrap, is_v6);
			rows_of_vlans(&wrap, is_v6);
		}
	}
	unwrap_close();
	return rows_end();
}
