/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the answers that are made here have in common: they are ICMP messages in the name
 * of a VIP, and leave where the packet came in. */
#ifndef ANSWER_H
#define ANSWER_H

#include <bpf/bpf_endian.h>

#include "packet.h"
#include "sum.h"

#define ANSWER_TTL 64

/* Back to who has sent the frame. */
static __always_inline void answer_turn(struct eth *eth)
{
	struct mac mac = eth->dest;

	eth->dest = eth->source;
	eth->source = mac;
}

/* Of the `len` bytes of an ICMPv6 message, which is summed with a pseudo header. */
static __always_inline __u64 answer_sum_pseudo(const struct ipv6hdr *v6, __u32 len)
{
	__u64 sum = bpf_htons(len) + bpf_htons(IPPROTO_ICMPV6);

	for (int i = 0; i < 4; i++) {
		sum += v6->saddr.in6_u.u6_addr32[i];
		sum += v6->daddr.in6_u.u6_addr32[i];
	}
	return sum;
}

#endif
