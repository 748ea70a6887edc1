/* SPDX-License-Identifier: BSD-2-Clause */
/* What the decapsulating program leaves in its tunnel, or drops, and why. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "rows.h"
#include "unwrap.h"

#define PATCHES 3
#define OUTER 14
#define V4_LEN 20

/* A packet in a tunnel, with some bytes changed. IPv4's checksum outside is right again
 * after that. */
struct row {
	const char *sentence;
	bool over_v6, is_gue, is_v6; /* is_v6: inside */
	struct frame_patch patches[PATCHES];
	enum sp_decap_reason reason;
};

/* Offsets outside: IPv4 14, its UDP 34 and GUE's packet 42, its packet 34; IPv6 14, UDP
 * 54, GUE's packet 62, its packet 54. */
static const struct row rows[] = {
	{"another address of that network", 0, 0, 0, {{33, 12}}, SP_DECAP_OTHER_NODE},
	{"another address of that network", 0, 1, 0, {{33, 12}}, SP_DECAP_OTHER_NODE},
	{"another address of that network", 1, 0, 1, {{53, 0x12}}, SP_DECAP_OTHER_NODE},
	{"another address of that network", 1, 1, 1, {{53, 0x12}}, SP_DECAP_OTHER_NODE},
	{"a sender beside the balancer", 0, 0, 0, {{29, 2}}, SP_DECAP_REFUSED},
	{"a sender beside the balancer", 0, 1, 1, {{29, 2}}, SP_DECAP_REFUSED},
	{"a sender beside the balancer", 1, 0, 1, {{37, 2}}, SP_DECAP_REFUSED},
	{"a sender beside the balancer", 1, 1, 0, {{37, 2}}, SP_DECAP_REFUSED},
	{"a protocol that is no tunnel (GRE)", 0, 0, 0, {{23, 47}}, SP_DECAP_NOT_TUNNEL},
	{"a protocol that is no tunnel (TCP)", 1, 0, 0, {{20, 6}}, SP_DECAP_NOT_TUNNEL},
	{"an extension header outside", 1, 0, 0, {{20, 60}}, SP_DECAP_NOT_TUNNEL},
	{"a fragment header outside", 1, 1, 0, {{20, 44}}, SP_DECAP_NOT_TUNNEL},
	{"IP version 5 outside", 0, 0, 0, {{14, 0x55}}, SP_DECAP_NOT_TUNNEL},
	{"IP version 4 where it should be 6", 1, 0, 0, {{14, 0x42}}, SP_DECAP_NOT_TUNNEL},
	{"IPv4 options outside", 0, 0, 0, {{14, 0x46}}, SP_DECAP_OUTER_HEADER},
	{"IPv4 options outside", 0, 1, 0, {{14, 0x46}}, SP_DECAP_NOT_TUNNEL},
	{"a header of 16 bytes", 0, 0, 0, {{14, 0x44}}, SP_DECAP_OUTER_HEADER},
	{"a first fragment outside", 0, 0, 0, {{20, 0x20}}, SP_DECAP_OUTER_FRAGMENT},
	{"a last fragment outside", 0, 0, 1, {{21, 0x08}}, SP_DECAP_OUTER_FRAGMENT},
	{"a last fragment outside", 0, 1, 1, {{21, 0x08}}, SP_DECAP_NOT_TUNNEL},
	{"another port", 0, 1, 0, {{37, 0xc1}}, SP_DECAP_NOT_TUNNEL},
	{"another port", 1, 1, 0, {{56, 0x18}}, SP_DECAP_NOT_TUNNEL},
	{"a UDP length of 7", 0, 1, 0, {{38, 0}, {39, 7}}, SP_DECAP_TRUNCATED},
	{"a UDP length of 0", 1, 1, 0, {{58, 0}, {59, 0}}, SP_DECAP_TRUNCATED},
	{"a UDP length that cuts the packet", 0, 1, 0, {{39, 79}}, SP_DECAP_TRUNCATED},
	{"a UDP length beyond the IP packet", 0, 1, 0, {{39, 81}}, SP_DECAP_TRUNCATED},
	{"an IP length that cuts the packet", 0, 0, 0, {{17, 91}}, SP_DECAP_TRUNCATED},
	{"an IP length of 19", 0, 0, 0, {{16, 0}, {17, 19}}, SP_DECAP_TRUNCATED},
	{"an IP length of 0", 0, 0, 0, {{16, 0}, {17, 0}}, SP_DECAP_TRUNCATED},
	{"a payload length that cuts the packet", 1, 0, 1, {{19, 91}},
		SP_DECAP_TRUNCATED},
	{"a payload length of 0", 1, 0, 1, {{18, 0}, {19, 0}}, SP_DECAP_TRUNCATED},
	{"GUE of variant 0", 0, 1, 0, {{42, 0x00}}, SP_DECAP_GUE_VARIANT},
	{"GUE of variant 0, its header of 32 words", 0, 1, 0, {{42, 0x1f}},
		SP_DECAP_GUE_VARIANT},
	{"GUE of variant 1, IP version 5", 0, 1, 0, {{42, 0x55}}, SP_DECAP_GUE_VARIANT},
	{"GUE of variant 1, IP version 7", 1, 1, 1, {{62, 0x70}}, SP_DECAP_GUE_VARIANT},
	{"GUE of variant 2", 1, 1, 1, {{62, 0x80}}, SP_DECAP_GUE_VARIANT},
	{"GUE of variant 3", 1, 1, 1, {{62, 0xc0}}, SP_DECAP_GUE_VARIANT},
	{"IPv6 where the header outside says IPv4", 0, 0, 0, {{34, 0x60}},
		SP_DECAP_INNER_HEADER},
	{"IPv4 where the header outside says IPv6", 1, 0, 1, {{54, 0x40}},
		SP_DECAP_INNER_HEADER},
	{"a header of 16 bytes inside", 0, 0, 0, {{34, 0x44}}, SP_DECAP_INNER_HEADER},
	{"a tunnel in the tunnel", 0, 0, 0, {{43, 4}}, SP_DECAP_INNER_HEADER},
	{"a tunnel in the tunnel", 1, 1, 1, {{68, 41}}, SP_DECAP_INNER_HEADER},
	{"IGMP inside", 0, 1, 0, {{51, 2}}, SP_DECAP_INNER_HEADER},
	{"AH inside", 1, 0, 1, {{60, 51}}, SP_DECAP_INNER_HEADER},
	{"an echo request inside", 0, 0, 0, {{43, 1}, {54, 8}}, SP_DECAP_INNER_HEADER},
	{"a neighbour advertisement inside", 1, 0, 1, {{60, 58}, {94, 136}},
		SP_DECAP_INNER_HEADER},
	{"a length inside beyond the frame", 0, 0, 0, {{36, 1}}, SP_DECAP_TRUNCATED},
	{"a length inside that ends in TCP", 0, 0, 0, {{37, 39}}, SP_DECAP_TRUNCATED},
	{"an address inside that is no VIP", 0, 0, 0, {{53, 11}}, SP_DECAP_NO_VIP},
	{"an address inside that is no VIP", 0, 1, 0, {{61, 11}}, SP_DECAP_NO_VIP},
	{"an address inside that is no VIP", 1, 0, 1, {{93, 0x11}}, SP_DECAP_NO_VIP},
	{"the node's own address inside", 0, 0, 0, {{50, 10}, {52, 1}, {53, 11}},
		SP_DECAP_NO_VIP},
	{"another MAC address", 0, 0, 0, {{5, 0x77}}, SP_DECAP_NOT_TUNNEL},
	{"ARP", 0, 0, 0, {{12, 0x08}, {13, 0x06}}, SP_DECAP_NOT_TUNNEL},
};

static size_t row_build(const struct row *row, uint8_t *bytes)
{
	struct frame frame = unwrap_frame(row->is_v6, IPPROTO_TCP);
	struct wrap wrap = unwrap_tunnel(row->over_v6, row->is_gue);
	size_t len = wrap_build(&wrap, &frame, bytes);

	for (int i = 0; i < PATCHES && row->patches[i].at; i++)
		bytes[row->patches[i].at] = row->patches[i].value;
	if (!row->over_v6) {
		uint16_t check;

		bytes[OUTER + 10] = bytes[OUTER + 11] = 0;
		check = frame_sum(bytes + OUTER, V4_LEN, 0);
		bytes[OUTER + 10] = (uint8_t)(check >> 8);
		bytes[OUTER + 11] = (uint8_t)check;
	}
	return len;
}

static void rows_of_patches(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wrap wrap = unwrap_tunnel(rows[i].over_v6, rows[i].is_gue);
		uint8_t bytes[FRAME_MAX];

		row_count(
			unwrap_leaves(bytes, row_build(&rows[i], bytes), rows[i].reason),
			"%s: %s", wrap_name(&wrap), rows[i].sentence);
	}
}

/* Before its port is in sight nobody knows that UDP is a tunnel. */
static enum sp_decap_reason reason_of_cut(const struct wrap *wrap, size_t cut)
{
	size_t known = OUTER + (wrap_is_v4(wrap) ? V4_LEN : 40) + (wrap->is_gue ? 8 : 0);

	return cut < known ? SP_DECAP_NOT_TUNNEL : SP_DECAP_TRUNCATED;
}

static void rows_of_cuts(void)
{
	for (int which = 0; which < 8; which++) {
		struct wrap wrap = unwrap_tunnel(which & 1, which & 2);
		struct frame frame = unwrap_frame(which & 4, IPPROTO_TCP);
		uint8_t bytes[FRAME_MAX];
		size_t len = wrap_build(&wrap, &frame, bytes);
		bool right = true;

		for (size_t cut = FRAME_ETH_LEN; cut < len; cut++)
			right &= unwrap_leaves(bytes, cut, reason_of_cut(&wrap, cut));
		row_count(right, "%s in %s, cut at each byte", which & 4 ? "v6" : "v4",
			wrap_name(&wrap));
	}
}

/* All 16 bits of IPv4's checksum outside. */
static void rows_of_checksums(void)
{
	for (int is_gue = 0; is_gue < 2; is_gue++) {
		struct wrap wrap = unwrap_tunnel(false, is_gue);
		struct frame frame = unwrap_frame(true, IPPROTO_UDP);
		uint8_t bytes[FRAME_MAX];
		size_t len = wrap_build(&wrap, &frame, bytes);
		bool right = true;

		for (int bit = 0; bit < 16; bit++) {
			uint8_t *byte = bytes + OUTER + 10 + bit / 8;

			*byte ^= (uint8_t)(1 << bit % 8);
			right &= unwrap_leaves(bytes, len, SP_DECAP_OUTER_HEADER);
			*byte ^= (uint8_t)(1 << bit % 8);
		}
		row_count(right, "%s: a wrong checksum in the IPv4 header outside",
			wrap_name(&wrap));
	}
}

/* It protects nothing that is not protected inside: whatever it is, the packet goes. */
static void rows_of_udp_checksums(void)
{
	static const uint8_t checks[][2] = {{0, 0}, {0x12, 0x34}, {0xff, 0xff}};

	for (int which = 0; which < 6; which++) {
		struct wrap wrap = unwrap_tunnel(which & 1, true);
		struct frame frame = unwrap_frame(which & 1, IPPROTO_TCP);
		uint8_t in[FRAME_MAX], out[FRAME_MAX];
		size_t len = wrap_build(&wrap, &frame, in);

		memcpy(in + OUTER + (which & 1 ? 40 : V4_LEN) + 6, checks[which / 2], 2);
		row_count(unwrap_gives(in, len, out, frame_build(&frame, out),
				  SP_DECAP_DECAPSULATED),
			"%s: UDP checksum %02x%02x outside", wrap_name(&wrap),
			checks[which / 2][0], checks[which / 2][1]);
	}
}

/* Which ends are ours, by prefixes. */
static void rows_of_ends(void)
{
	static const struct {
		const char *source, *dest, *vip;
		enum sp_decap_reason reason;
	} ends[] = {
		{"10.7.255.255", "10.0.1.11", "198.19.255.255", SP_DECAP_DECAPSULATED},
		{"10.7.0.0", "192.0.2.10", "198.18.0.0", SP_DECAP_DECAPSULATED},
		{"10.8.0.0", "10.0.1.11", "192.0.2.10", SP_DECAP_REFUSED},
		{"10.7.0.1", "10.0.1.11", "198.20.0.0", SP_DECAP_NO_VIP},
		{"10.8.0.0", "10.0.1.11", "198.20.0.0", SP_DECAP_NO_VIP},
		{"10.7.0.1", "224.0.0.1", "192.0.2.10", SP_DECAP_OTHER_NODE},
		{"10.7.0.1", "127.0.0.1", "192.0.2.10", SP_DECAP_OTHER_NODE},
		{"10.7.0.1", "10.0.1.11", "127.0.0.1", SP_DECAP_NO_VIP},
		/* An IPv6 packet must not pass for an IPv4 one of a balancer. */
		{"::ffff:10.7.0.1", "fd00:1::11", "192.0.2.10", SP_DECAP_OUTER_HEADER},
		{"fd00:1::1", "::ffff:10.0.1.11", "192.0.2.10", SP_DECAP_OUTER_HEADER},
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct frame frame = unwrap_frame(false, IPPROTO_TCP);
		struct wrap wrap = {.source = ends[i].source, .dest = ends[i].dest};
		uint8_t bytes[FRAME_MAX];
		bool right;

		frame.dest.addr = endpoint(ends[i].vip, 0, 0).addr;
		right = ends[i].reason == SP_DECAP_DECAPSULATED
				? unwrap_takes(&wrap, &frame)
				: unwrap_leaves(bytes, wrap_build(&wrap, &frame, bytes),
					  ends[i].reason);
		row_count(right, "from %s to %s, for %s", ends[i].source, ends[i].dest,
			ends[i].vip);
	}
}

/* What is no tunnel at all. */
static void rows_of_others(void)
{
	for (int which = 0; which < 4; which++) {
		struct frame frame =
			unwrap_frame(which & 1, which & 2 ? IPPROTO_UDP : IPPROTO_TCP);
		uint8_t bytes[FRAME_MAX];

		row_count(unwrap_leaves(
				  bytes, frame_build(&frame, bytes), SP_DECAP_NOT_TUNNEL),
			"%s: a packet to a VIP without a tunnel",
			which & 1 ? "v6" : "v4");
	}
}

int main(void)
{
	unwrap_open();
	rows_of_patches();
	rows_of_cuts();
	rows_of_checksums();
	rows_of_udp_checksums();
	rows_of_ends();
	rows_of_others();
	unwrap_close();
	return rows_end();
}
