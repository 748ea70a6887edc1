/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fourth stage: device and MAC addresses of the next hop, from the kernel's routes and
 * neighbours. */
#ifndef NEXT_HOP_H
#define NEXT_HOP_H

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>

#include "packet.h"

#define NEXT_HOP_INET 2 /* AF_INET and AF_INET6; <sys/socket.h> is not for BPF */
#define NEXT_HOP_INET6 10
#define NEXT_HOP_FLOWINFO 0x0fffffff /* traffic class and flow label */

static __always_inline _Bool next_hop_has_ttl(const struct packet *packet)
{
	return (packet->is_v4 ? packet->v4->ttl : packet->v6->hop_limit) > 1;
}

/* Ask for the packet as it is to leave. */
static __always_inline void next_hop_ask(
	const struct packet *packet, struct bpf_fib_lookup *ret_query)
{
	*ret_query = (struct bpf_fib_lookup){
		.l4_protocol = packet->dest.protocol,
		.sport = packet->source.port,
		.dport = packet->dest.port,
		.tot_len = packet->ip_len,
		.ifindex = packet->ctx->ingress_ifindex,
	};
	if (packet->is_v4) {
		ret_query->family = NEXT_HOP_INET;
		ret_query->tos = packet->v4->tos;
		ret_query->ipv4_src = packet->source.addr.word[3];
		ret_query->ipv4_dst = packet->dest.addr.word[3];
	} else {
		ret_query->family = NEXT_HOP_INET6;
		ret_query->flowinfo =
			*(__be32 *)packet->v6 & bpf_htonl(NEXT_HOP_FLOWINFO);
		__builtin_memcpy(ret_query->ipv6_src, &packet->source.addr, 16);
		__builtin_memcpy(ret_query->ipv6_dst, &packet->dest.addr, 16);
	}
}

/* What the kernel's answer means for a packet that it cannot be forwarded by. */
static __always_inline enum sp_reason next_hop_reason(long answer)
{
	switch (answer) {
	case BPF_FIB_LKUP_RET_FWD_DISABLED:
		return SP_REASON_FORWARDING_OFF;
	case BPF_FIB_LKUP_RET_FRAG_NEEDED:
		return SP_REASON_TOO_BIG;
	default:
		return SP_REASON_NO_ROUTE;
	}
}

/* Sets the frame's new MAC addresses and device in `ret_query`. Without a neighbour entry
 * the packet goes on all the same, as one that the stack is to resolve and forward. */
static __always_inline _Bool next_hop_find(
	struct packet *packet, struct bpf_fib_lookup *ret_query)
{
	long answer;

	if (!next_hop_has_ttl(packet))
		return packet_stop(packet, SP_REASON_TTL_EXPIRED);
	next_hop_ask(packet, ret_query);
	answer = bpf_fib_lookup(packet->ctx, ret_query, sizeof(*ret_query), 0);
	if (answer == BPF_FIB_LKUP_RET_SUCCESS) {
		packet->out_ifindex = ret_query->ifindex;
		return 1;
	}
	if (answer != BPF_FIB_LKUP_RET_NO_NEIGH)
		return packet_stop(packet, next_hop_reason(answer));
	packet->reason = packet->reason == SP_REASON_TO_POD ? SP_REASON_RESOLVE_POD
							    : SP_REASON_RESOLVE_CLIENT;
	return 1;
}

#endif
