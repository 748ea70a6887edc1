/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Echo requests to the address of a VIP: answered here, because a VIP is no address of
 * the node. */
#ifndef ECHO_H
#define ECHO_H

#include "answer.h"
#include "csum.h"
#include "icmp.h"
#include "maps.h"
#include "packet.h"

#define ECHO_LEN_MAX 2048 /* of the message; longer ones go to the stack */

static __always_inline _Bool echo_is_intact(
	const struct packet *packet, const struct icmp *icmp)
{
	__u32 at = (void *)icmp - (void *)packet->eth;
	__u32 len = packet->ip_len - ((void *)icmp - (void *)packet->v4);
	__u64 pseudo = packet->is_v4 ? 0 : answer_sum_pseudo(packet->v6, len);
	int sum = len > ECHO_LEN_MAX ? -1 : sum_frame(packet->ctx, at, len);

	return sum >= 0 && csum_fold(sum + pseudo) == 0xffff;
}

static __always_inline _Bool echo_is_request(
	const struct packet *packet, const struct icmp *icmp)
{
	return icmp->type == (packet->is_v4 ? ICMP_V4_ECHO : ICMP_V6_ECHO) && !icmp->code;
}

static __always_inline _Bool echo_is_to_vip(const struct packet *packet)
{
	struct sp_endpoint address = {.addr = packet->dest.addr,
		.protocol = packet->is_v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6};

	return bpf_map_lookup_elem(&sp_vips, &address);
}

static __always_inline void echo_swap_words(__be32 *source, __be32 *dest, int len)
{
	for (int i = 0; i < len; i++) {
		__be32 word = source[i];

		source[i] = dest[i];
		dest[i] = word;
	}
}

/* Back where it came from; that changes no sum. */
static __always_inline void echo_turn(struct packet *packet)
{
	answer_turn(packet->eth);
	if (packet->is_v4)
		echo_swap_words(&packet->v4->saddr, &packet->v4->daddr, 1);
	else
		echo_swap_words(packet->v6->saddr.in6_u.u6_addr32,
			packet->v6->daddr.in6_u.u6_addr32, 4);
}

static __always_inline void echo_set_ttl(struct packet *packet)
{
	struct iphdr *v4 = packet->v4;

	if (!packet->is_v4) {
		packet->v6->hop_limit = ANSWER_TTL;
		return;
	}
	v4->check = csum_update(v4->check,
		csum_diff16(bpf_htons(v4->ttl << 8), bpf_htons(ANSWER_TTL << 8)));
	v4->ttl = ANSWER_TTL;
}

/* Turn a request into its answer. */
static __always_inline void echo_answer(struct packet *packet, struct icmp *icmp)
{
	__u8 type = packet->is_v4 ? ICMP_V4_ECHO_REPLY : ICMP_V6_ECHO_REPLY;

	echo_turn(packet);
	echo_set_ttl(packet);
	icmp->check = csum_update(icmp->check,
		csum_diff16(bpf_htons(icmp->type << 8), bpf_htons(type << 8)));
	icmp->type = type;
}

#endif
