/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Echo requests to the address of a VIP: answered here, because a VIP is no address of
 * the node. */
#ifndef ECHO_H
#define ECHO_H

#include "csum.h"
#include "icmp.h"
#include "maps.h"
#include "packet.h"

#define ECHO_TTL 64
#define ECHO_LEN_MAX 2048 /* of the message; longer ones go to the stack */

/* The folded sum of the `len` bytes at `at` in the frame; -1: there are fewer, or they
 * are too many. A function of its own for the verifier, which checks it once. */
__noinline int echo_sum(struct xdp_md *ctx, __u32 at, __u32 len)
{
	void *end = (void *)(long)ctx->data_end;
	void *next = (void *)(long)ctx->data + at;
	__u64 sum = 0;

	if (at > ETH_FRAME_LEN || len > ECHO_LEN_MAX)
		return -1;
	for (__u32 i = 0; i < len / 4; i++, next += 4) {
		/* Else the compiler counts rounds by arithmetic on `end` (6.18: "pointer
		 * arithmetic on pkt_end prohibited"). */
		asm volatile("" : "+r"(next));
		if (next + 4 > end)
			return -1;
		sum += *(__be32 *)next;
	}
	if (len & 2) {
		if (next + 2 > end)
			return -1;
		sum += *(__be16 *)next;
		next += 2;
	}
	if (len & 1) {
		if (next + 1 > end)
			return -1;
		sum += bpf_htons(*(__u8 *)next << 8);
	}
	return csum_fold(sum);
}

/* ICMPv6 sums a pseudo header, too. */
static __always_inline __u64 echo_sum_pseudo(const struct packet *packet, __u32 len)
{
	__u64 sum = bpf_htons(len);

	if (packet->is_v4)
		return 0;
	for (int i = 0; i < 4; i++) {
		sum += packet->source.addr.word[i];
		sum += packet->dest.addr.word[i];
	}
	return sum + bpf_htons(IPPROTO_ICMPV6);
}

static __always_inline _Bool echo_is_intact(
	const struct packet *packet, const struct icmp *icmp)
{
	__u32 at = (void *)icmp - (void *)packet->eth;
	__u32 len = packet->ip_len - ((void *)icmp - (void *)packet->v4);
	int sum = echo_sum(packet->ctx, at, len);

	return sum >= 0 && csum_fold(sum + echo_sum_pseudo(packet, len)) == 0xffff;
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
	struct mac mac = packet->eth->dest;

	packet->eth->dest = packet->eth->source;
	packet->eth->source = mac;
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
		packet->v6->hop_limit = ECHO_TTL;
		return;
	}
	v4->check = csum_update(v4->check,
		csum_diff16(bpf_htons(v4->ttl << 8), bpf_htons(ECHO_TTL << 8)));
	v4->ttl = ECHO_TTL;
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
