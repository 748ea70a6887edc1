/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP and ICMPv6: where a message is in the frame, and whether it is one for samepod.
 *
 * Errors about other packets and echo requests may be. All else, neighbour discovery
 * above all, is the stack's. */
#ifndef ICMP_H
#define ICMP_H

#include <bpf/bpf_endian.h>

#include "packet.h"
#include "parse.h"

/* Types; <linux/icmp.h> includes what is not for BPF. */
enum icmp_v4 {
	ICMP_V4_ECHO_REPLY = 0,
	ICMP_V4_UNREACHABLE = 3, /* code 4: fragmentation needed */
	ICMP_V4_ECHO = 8,
	ICMP_V4_TIME_EXCEEDED = 11,
	ICMP_V4_PARAMETER_PROBLEM = 12,
};

enum icmp_v6 {
	ICMP_V6_UNREACHABLE = 1,
	ICMP_V6_PACKET_TOO_BIG = 2,
	ICMP_V6_TIME_EXCEEDED = 3,
	ICMP_V6_PARAMETER_PROBLEM = 4,
	ICMP_V6_ECHO = 128,
	ICMP_V6_ECHO_REPLY = 129,
};

/* What both families' messages begin with. */
struct icmp {
	__u8 type, code;
	__sum16 check;
	__be32 rest;
};

/* Whether a message is right behind an IP header without options or extensions, and
 * whole. */
static __always_inline _Bool icmp_is_plain(const struct packet *packet)
{
	const struct iphdr *v4 = packet->v4;

	if (!packet->is_v4)
		return packet->v6->nexthdr == IPPROTO_ICMPV6;
	return v4->protocol == IPPROTO_ICMP && v4->ihl == 5 &&
	       !(v4->frag_off & bpf_htons(PARSE_MORE | PARSE_OFFSET));
}

/* The message of a packet that has one; NULL: it is truncated. */
static __always_inline struct icmp *icmp_find(const struct packet *packet)
{
	__u32 at = packet->is_v4 ? sizeof(*packet->v4) : sizeof(*packet->v6);
	void *ip = packet->v4;
	struct icmp *icmp = ip + at;

	barrier_var(icmp); /* or clang 19 leaves out the last comparison: see parse.h */
	if (packet->ip_len < at + sizeof(*icmp) || ip + packet->ip_len > packet->end ||
		(void *)(icmp + 1) > packet->end)
		return NULL;
	return icmp;
}

static __always_inline _Bool icmp_is_error(const struct packet *packet, __u8 type)
{
	if (packet->is_v4)
		return type == ICMP_V4_UNREACHABLE || type == ICMP_V4_TIME_EXCEEDED ||
		       type == ICMP_V4_PARAMETER_PROBLEM;
	return type >= ICMP_V6_UNREACHABLE && type <= ICMP_V6_PARAMETER_PROBLEM;
}

#endif
