/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets that the program has no business with: each goes to the stack as it came,
 * counted under its reason. */
#include <arpa/inet.h>
#include <stdio.h>

#include "rows.h"

#define PATCHES 4

enum family {
	V4,
	V6,
};

/* A frame to a VIP over TCP with some bytes changed. */
struct row {
	const char *sentence;
	enum family family;
	struct frame_patch patches[PATCHES];
	enum sp_reason reason;
};

/* Offsets: Ethernet 0, IP 14, an IPv4 packet's TCP 34, an IPv6 packet's 54. */
static const struct row rows[] = {
	{"a MAC address that differs in its first byte", V4, {{0, 0x06}},
		SP_REASON_OTHER_MAC},
	{"a MAC address that differs in its last byte", V6, {{5, 0x77}},
		SP_REASON_OTHER_MAC},
	{"a MAC address that differs in its fourth byte", V4, {{3, 0x77}},
		SP_REASON_OTHER_MAC},
	{"an ARP packet", V4, {{12, 0x08}, {13, 0x06}}, SP_REASON_NOT_IP},
	{"an EtherType that is a length", V4, {{12, 0}, {13, 0x26}}, SP_REASON_NOT_IP},
	{"version 6 in an IPv4 frame", V4, {{14, 0x65}}, SP_REASON_BAD_HEADER},
	{"version 4 in an IPv6 frame", V6, {{14, 0x40}}, SP_REASON_BAD_HEADER},
	{"an IPv4 header of 16 bytes", V4, {{14, 0x44}}, SP_REASON_BAD_HEADER},
	{"an IPv4 header of 0 bytes", V4, {{14, 0x40}}, SP_REASON_BAD_HEADER},
	{"a fragment in the middle", V4, {{20, 0x20}, {21, 0xb9}}, SP_REASON_FRAGMENT},
	{"a last fragment", V4, {{20, 0}, {21, 0xb9}}, SP_REASON_FRAGMENT},
	{"a last fragment at the highest offset", V4, {{20, 0x1f}, {21, 0xff}},
		SP_REASON_FRAGMENT},
	{"an authentication header", V6, {{20, 51}}, SP_REASON_IP_EXTENSION},
	{"a mobility header", V6, {{20, 135}}, SP_REASON_IP_EXTENSION},
	{"no next header", V6, {{20, 59}}, SP_REASON_NOT_TCP_UDP},
	{"ICMP", V4, {{23, 1}}, SP_REASON_NOT_TCP_UDP},
	{"ICMPv6", V6, {{20, 58}}, SP_REASON_NOT_TCP_UDP},
	{"SCTP", V4, {{23, 132}}, SP_REASON_NOT_TCP_UDP},
	{"UDP-Lite", V6, {{20, 136}}, SP_REASON_NOT_TCP_UDP},
	{"ICMPv6 in IPv4", V4, {{23, 58}}, SP_REASON_NOT_TCP_UDP},
	{"an IPv4 length of 0", V4, {{16, 0}, {17, 0}}, SP_REASON_TRUNCATED},
	{"an IPv4 length without a TCP header", V4, {{16, 0}, {17, 39}},
		SP_REASON_TRUNCATED},
	{"an IPv4 length one byte beyond the frame", V4, {{16, 0}, {17, 73}},
		SP_REASON_TRUNCATED},
	{"the highest IPv4 length", V4, {{16, 0xff}, {17, 0xff}}, SP_REASON_TRUNCATED},
	{"an IPv6 payload of 0 bytes", V6, {{18, 0}, {19, 0}}, SP_REASON_TRUNCATED},
	{"an IPv6 payload without a TCP header", V6, {{18, 0}, {19, 19}},
		SP_REASON_TRUNCATED},
	{"an IPv6 payload one byte beyond the frame", V6, {{18, 0}, {19, 53}},
		SP_REASON_TRUNCATED},
	{"the highest IPv6 payload", V6, {{18, 0xff}, {19, 0xff}}, SP_REASON_TRUNCATED},
	{"an IPv6 payload that makes 65536 bytes with its header", V6,
		{{18, 0xff}, {19, 0xd8}}, SP_REASON_TRUNCATED},
	{"another port of a VIP", V4, {{36, 0x1f}, {37, 0x90}}, SP_REASON_NOT_OURS},
	{"another address", V4, {{33, 0x0b}}, SP_REASON_NOT_OURS},
	{"another IPv6 address", V6, {{53, 0x11}}, SP_REASON_NOT_OURS},
	{"a VIP's address and port over the other protocol", V4, {{23, 17}},
		SP_REASON_NOT_OURS},
	{"a VIP's IPv6 address and port over the other protocol", V6, {{20, 17}},
		SP_REASON_NOT_OURS},
	{"a used-up TTL", V4, {{22, 0}}, SP_REASON_TTL_EXPIRED},
	{"a TTL that would be used up", V4, {{22, 1}}, SP_REASON_TTL_EXPIRED},
	{"a used-up hop limit", V6, {{21, 0}}, SP_REASON_TTL_EXPIRED},
	{"a hop limit that would be used up", V6, {{21, 1}}, SP_REASON_TTL_EXPIRED},
};

static void rows_of_bytes(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct frame frame = frame_to_vip(cast_web(rows[i].family == V6));
		uint8_t bytes[FRAME_MAX];
		size_t len = frame_build(&frame, bytes);

		for (int patch = 0; patch < PATCHES; patch++)
			if (patch == 0 || rows[i].patches[patch].at)
				bytes[rows[i].patches[patch].at] =
					rows[i].patches[patch].value;
		row_count(row_passes(bytes, len, NETWORK_CLIENT, rows[i].reason),
			"%s: %s", rows[i].family == V4 ? "v4" : "v6", rows[i].sentence);
	}
}

static void rows_of_macs(void)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t multicast[6] = {0x01, 0, 0x5e, 0, 0, 0x01};

	for (int v6 = 0; v6 < 2; v6++) {
		struct frame frame = frame_to_vip(cast_web(v6));

		frame.dest_mac = broadcast;
		row_count(row_passes_frame(&frame, NETWORK_CLIENT, SP_REASON_OTHER_MAC),
			"%s: broadcast", v6 ? "v6" : "v4");
		frame.dest_mac = multicast;
		row_count(row_passes_frame(&frame, NETWORK_CLIENT, SP_REASON_OTHER_MAC),
			"%s: multicast", v6 ? "v6" : "v4");
	}
}

/* A frame that is cut at any byte goes to the stack. A cut at the end of a header is
 * no different: the IP length still says more. */
static void rows_of_cuts(void)
{
	for (int place = 0; place < CAST; place++) {
		struct frame frame = frame_to_vip(&cast[place]);
		uint8_t bytes[FRAME_MAX];
		size_t len;

		frame.payload_len = 3;
		len = frame_build(&frame, bytes);
		for (size_t cut = FRAME_ETH_LEN; cut < len; cut++)
			row_count(row_passes(bytes, cut, NETWORK_CLIENT,
					  SP_REASON_TRUNCATED),
				"%s: cut to %zu of %zu bytes", cast_name(&cast[place]),
				cut, len);
	}
}

static void rows_of_mapped(void)
{
	struct frame frame = frame_to_vip(cast_web(true));
	struct sp_addr mapped = sp_addr_from_v4(htonl(0xc000020a)); /* a VIP's */
	uint8_t bytes[FRAME_MAX];
	size_t len = frame_build(&frame, bytes);

	for (int i = 0; i < 16; i++)
		bytes[22 + i] = ((uint8_t *)&mapped)[i];
	row_count(row_passes(bytes, len, NETWORK_CLIENT, SP_REASON_MAPPED_ADDR),
		"v6: an IPv4-mapped source");
	len = frame_build(&frame, bytes);
	for (int i = 0; i < 16; i++)
		bytes[38 + i] = ((uint8_t *)&mapped)[i];
	row_count(row_passes(bytes, len, NETWORK_CLIENT, SP_REASON_MAPPED_ADDR),
		"v6: an IPv4-mapped destination");
}

/* Pods are known by address, port and protocol; nothing else of theirs is ours. */
static void rows_from_pods(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct frame frame = frame_from_pod(cast_web(v6));

		frame.ttl = 1;
		row_count(row_passes_frame(&frame, NETWORK_POD, SP_REASON_TTL_EXPIRED),
			"%s: from a pod, TTL 1", v6 ? "v6" : "v4");
		frame.ttl = 64;
		frame.source.port = htons(22);
		row_count(row_passes_frame(&frame, NETWORK_POD, SP_REASON_NOT_OURS),
			"%s: from another port of a pod", v6 ? "v6" : "v4");
	}
}

int main(void)
{
	rows_open();
	rows_of_bytes();
	rows_of_macs();
	rows_of_cuts();
	rows_of_mapped();
	rows_from_pods();
	return rows_close();
}
