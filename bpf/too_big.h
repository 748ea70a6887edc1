/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In place of the way to the pod, for a packet that is too large for it: the client is
 * told which size fits (ICMP fragmentation needed, ICMPv6 packet too big), by the VIP,
 * which is all that it knows. */
#ifndef TOO_BIG_H
#define TOO_BIG_H

#include "answer.h"
#include "csum.h"
#include "icmp.h"
#include "macs.h"
#include "packet.h"
#include "parse.h"

#define TOO_BIG_FRAGMENTATION_NEEDED 4 /* code */
#define TOO_BIG_TOS 0xc0	       /* internetwork control, as Linux does */

/* What is quoted: of IPv4 the header and the ports behind it (RFC 792), of IPv6 as much
 * as the smallest MTU lets through (RFC 4443). */
#define TOO_BIG_QUOTE_V4 8
#define TOO_BIG_QUOTE_V6 (1280 - sizeof(struct ipv6hdr) - sizeof(struct icmp))

/* At most so many answers in so many jiffies (0.1 s to 1 s, as HZ is), by each CPU. */
#define TOO_BIG_ANSWERS 100
#define TOO_BIG_JIFFIES 100

struct too_big_window {
	__u64 since; /* jiffies */
	__u64 answers;
};

/* 0 -> how many answers this CPU has given lately.
 * Written and read by the program; not pinned. Never dies, never missed. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct too_big_window);
} sp_answers SEC(".maps");

/* An answer as it is to be. */
struct too_big {
	__u32 mtu;	 /* that fits */
	__u32 quote_len; /* bytes of the packet */
};

static __always_inline _Bool too_big_is_within_limit(void)
{
	const __u32 only = 0;
	struct too_big_window *window = bpf_map_lookup_elem(&sp_answers, &only);
	__u64 now = bpf_jiffies64();

	if (!window)
		return 0;
	if (now - window->since >= TOO_BIG_JIFFIES)
		*window = (struct too_big_window){.since = now};
	if (window->answers >= TOO_BIG_ANSWERS)
		return 0;
	window->answers++;
	return 1;
}

/* Whether the source is an address that one host has. */
static __always_inline _Bool too_big_has_sender(const struct packet *packet)
{
	const __be32 *word = packet->source.addr.word;
	__u8 first = bpf_ntohl(packet->is_v4 ? word[3] : word[0]) >> 24;

	if (packet->is_v4)
		return first && first != 127 && first < 224;
	return first != 0xff && (word[0] | word[1] | word[2]);
}

/* No error about an error (`mtu` is 0), about a packet that may be fragmented, or about
 * an IPv4 fragment that is not the first (RFC 1122). */
static __always_inline _Bool too_big_is_due(const struct packet *packet)
{
	__be16 fragment = bpf_htons(PARSE_DONT_FRAGMENT);

	if (packet->is_v4)
		fragment = packet->v4->frag_off &
			   bpf_htons(PARSE_DONT_FRAGMENT | PARSE_OFFSET);
	return packet->mtu && fragment == bpf_htons(PARSE_DONT_FRAGMENT) &&
	       too_big_has_sender(packet);
}

static __always_inline void too_big_read(
	const struct packet *packet, struct too_big *ret_answer)
{
	ret_answer->mtu = packet->mtu - packet->tunnel_len;
	if (packet->is_v4)
		ret_answer->quote_len = packet->v4->ihl * 4 + TOO_BIG_QUOTE_V4;
	else
		ret_answer->quote_len = packet->ip_len < TOO_BIG_QUOTE_V6
						? packet->ip_len
						: TOO_BIG_QUOTE_V6;
}

static __always_inline _Bool too_big_write_v4(
	struct xdp_md *ctx, const struct too_big *answer, struct eth *eth)
{
	struct iphdr *v4 = (void *)(eth + 1);
	struct icmp *icmp = (void *)(v4 + 1);
	const struct iphdr *quoted = (void *)(icmp + 1);
	__u32 len = sizeof(*icmp) + answer->quote_len;

	if ((void *)(quoted + 1) > (void *)(long)ctx->data_end)
		return 0;
	eth->type = bpf_htons(ETH_P_IP);
	*v4 = (struct iphdr){
		.version = 4,
		.ihl = sizeof(*v4) / 4,
		.tos = TOO_BIG_TOS,
		.tot_len = bpf_htons(sizeof(*v4) + len),
		.frag_off = bpf_htons(PARSE_DONT_FRAGMENT),
		.ttl = ANSWER_TTL,
		.protocol = IPPROTO_ICMP,
		.saddr = quoted->daddr,
		.daddr = quoted->saddr,
	};
	v4->check = csum_of_v4(v4);
	*icmp = (struct icmp){
		.type = ICMP_V4_UNREACHABLE,
		.code = TOO_BIG_FRAGMENTATION_NEEDED,
		.rest = bpf_htonl(answer->mtu),
	};
	icmp->check = ~sum_frame(ctx, sizeof(*eth) + sizeof(*v4), len);
	return 1;
}

static __always_inline _Bool too_big_write_v6(
	struct xdp_md *ctx, const struct too_big *answer, struct eth *eth)
{
	struct ipv6hdr *v6 = (void *)(eth + 1);
	struct icmp *icmp = (void *)(v6 + 1);
	const struct ipv6hdr *quoted = (void *)(icmp + 1);
	__u32 len = sizeof(*icmp) + answer->quote_len;

	if ((void *)(quoted + 1) > (void *)(long)ctx->data_end)
		return 0;
	eth->type = bpf_htons(ETH_P_IPV6);
	*(__be32 *)v6 = bpf_htonl(6U << 28);
	v6->payload_len = bpf_htons(len);
	v6->nexthdr = IPPROTO_ICMPV6;
	v6->hop_limit = ANSWER_TTL;
	v6->saddr = quoted->daddr;
	v6->daddr = quoted->saddr;
	*icmp = (struct icmp){
		.type = ICMP_V6_PACKET_TOO_BIG,
		.rest = bpf_htonl(answer->mtu),
	};
	icmp->check = ~csum_fold(answer_sum_pseudo(v6, len) +
				 sum_frame(ctx, sizeof(*eth) + sizeof(*v6), len));
	return 1;
}

/* The packet's beginning stays, and moves behind the headers of the answer. */
static __always_inline _Bool too_big_turn(const struct packet *packet)
{
	__u32 len = sizeof(struct icmp) +
		    (packet->is_v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));
	struct xdp_md *ctx = packet->ctx;
	struct too_big answer;
	struct eth *eth;

	too_big_read(packet, &answer);
	answer_turn(packet->eth);
	if (bpf_xdp_adjust_tail(ctx,
		    (int)(sizeof(*eth) + answer.quote_len - bpf_xdp_get_buff_len(ctx))))
		return 0;
	eth = macs_move(ctx, -(int)len);
	if (!eth)
		return 0;
	return packet->is_v4 ? too_big_write_v4(ctx, &answer, eth)
			     : too_big_write_v6(ctx, &answer, eth);
}

/* A function of its own, as few packets come here. */
static __noinline void too_big_answer(struct packet *packet)
{
	if (!too_big_is_due(packet))
		return;
	if (!too_big_is_within_limit())
		packet->reason = SP_REASON_LIMITED;
	else
		packet->reason = too_big_turn(packet) ? SP_REASON_PACKET_TOO_BIG
						      : SP_REASON_NO_ROOM;
}

#endif
