/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fourth stage: device and MAC addresses of the next hop, from the kernel's routes and
 * neighbours. */
#ifndef NEXT_HOP_H
#define NEXT_HOP_H

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "maps.h"
#include "packet.h"
#include "parse.h"
#include "tunnel.h"
#include "vlan.h"

#define NEXT_HOP_INET 2 /* AF_INET and AF_INET6; <sys/socket.h> is not for BPF */
#define NEXT_HOP_INET6 10
#define NEXT_HOP_FLOWINFO 0x0fffffff /* traffic class and flow label */
#define NEXT_HOP_LEN_MAX 0xffff	     /* of an IP packet */
#define NEXT_HOP_BUFFER_LEN 3400     /* of one in a single buffer: 4096 less its rooms */

/* The kernel's word for devices that send frames of several buffers. */
enum netdev_xdp_act___sp { NETDEV_XDP_ACT_NDO_XMIT_SG___sp = 64 };

/* bpf_fib_lookup costs more than all the rest of the program: 130 ns of 205 for IPv4, 340
 * of 400 for IPv6 (6.18). Its answer is therefore remembered, by each CPU for itself, for
 * 100 jiffies: 0.1 s to 1 s, as HZ is. That is how long a changed route or neighbour may
 * go unnoticed. (The clock that costs nothing counts jiffies; bpf_ktime_get_coarse_ns
 * takes 18 ns.)
 *
 * An answer holds for one address, for one pod on the way to it or one VIP on the way
 * back, and for one device that packets come in at, up to the MTU. So routing by the
 * VIP as source is honoured for each packet; routing by client, port or traffic class and
 * multipath only when the kernel is asked. */
#define NEXT_HOP_JIFFIES 100
#define NEXT_HOP_BITS 12

struct next_hop {
	__u64 since; /* jiffies */
	struct sp_addr dest;
	__u32 owner, generation, in_ifindex;
	__u32 mtu; /* 0: nothing is remembered */
	struct hop hop;
};

/* Place of address and owner -> the kernel's last answer at that place.
 * Written and read by the program, each CPU for itself; not pinned, every instance of the
 * program has its own. An entry dies of age, of a new generation (numbers may change
 * hands), or when another takes its place. A miss is impossible. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << NEXT_HOP_BITS);
	__type(key, __u32);
	__type(value, struct next_hop);
} sp_next_hops SEC(".maps");

static __always_inline _Bool next_hop_has_ttl(const struct packet *packet)
{
	return (packet->is_v4 ? packet->v4->ttl : packet->v6->hop_limit) > 1;
}

/* Bytes of the IP packet that is to leave. */
static __always_inline __u32 next_hop_len(const struct packet *packet)
{
	return packet->ip_len + packet->tunnel_len;
}

/* The question is about the packet as it is to leave. */
static __always_inline void next_hop_write_query(
	const struct packet *packet, struct bpf_fib_lookup *ret_query)
{
	*ret_query = (struct bpf_fib_lookup){
		.l4_protocol = packet->dest.protocol,
		.sport = packet->source.port,
		.dport = packet->dest.port,
		.tot_len = packet->ip_len,
		.ifindex = packet->entry.ifindex,
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

/* The same in a tunnel. */
static __always_inline void next_hop_write_tunnel_query(
	const struct packet *packet, struct bpf_fib_lookup *ret_query)
{
	__u64 hash = tunnel_hash(packet);

	*ret_query = (struct bpf_fib_lookup){
		.l4_protocol = tunnel_protocol(packet),
		.tot_len = next_hop_len(packet),
		.ifindex = packet->entry.ifindex,
	};
	if (packet->forward == SP_FORWARD_GUE) {
		ret_query->sport = tunnel_port(hash);
		ret_query->dport = TUNNEL_GUE_PORT;
	}
	if (tunnel_is_v4(packet)) {
		ret_query->family = NEXT_HOP_INET;
		ret_query->tos = packet_tos(packet);
		ret_query->ipv4_src = sp_source_v4;
		ret_query->ipv4_dst = packet->dest.addr.word[3];
	} else {
		ret_query->family = NEXT_HOP_INET6;
		ret_query->flowinfo = tunnel_first_word(packet_tos(packet), hash) &
				      bpf_htonl(NEXT_HOP_FLOWINFO);
		for (int i = 0; i < 4; i++)
			ret_query->ipv6_src[i] = sp_source_v6[i];
		__builtin_memcpy(ret_query->ipv6_dst, &packet->dest.addr, 16);
	}
}

/* What the kernel's answer means for a packet that it cannot be forwarded by. */
static __always_inline enum sp_reason next_hop_reason(long answer)
{
	switch (answer) {
	case BPF_FIB_LKUP_RET_FWD_DISABLED:
		return SP_REASON_FORWARDING_OFF;
	default:
		return SP_REASON_NO_ROUTE;
	}
}

/* Whether the packet's next hop is the pod itself; the kernel has put the gateway in its
 * place if there is one, which may be of the other family. */
static __always_inline _Bool next_hop_is_pod(
	const struct packet *packet, const struct bpf_fib_lookup *query)
{
	struct sp_addr next;

	if (query->family == NEXT_HOP_INET)
		next = sp_addr_from_v4(query->ipv4_dst);
	else
		__builtin_memcpy(&next, query->ipv6_dst, sizeof(next));
	return packet_is_addr(&next, &packet->dest.addr);
}

static __always_inline void next_hop_set(
	struct packet *packet, const struct bpf_fib_lookup *query)
{
	packet->hop.ifindex = vlan_find_base(query->ifindex);
	packet->hop.vlan = packet->hop.ifindex == query->ifindex ? 0 : query->ifindex;
	__builtin_memcpy(&packet->hop.dest_mac, query->dmac, ETH_ALEN);
	__builtin_memcpy(&packet->hop.source_mac, query->smac, ETH_ALEN);
}

/* The stack is to send the packet on. It cannot send one with the VIP as destination to
 * a neighbour that it does not know: that is lost, as if nat had sent it. */
static __always_inline _Bool next_hop_leave_to_stack(struct packet *packet)
{
	if (packet->forward == SP_FORWARD_L2)
		packet->forward = SP_FORWARD_NAT;
	packet->reason = packet->reason == SP_REASON_TO_POD ? SP_REASON_RESOLVE_POD
							    : SP_REASON_RESOLVE_CLIENT;
	return 1;
}

/* Whether the stack, which can make fragments, may make some of this packet. */
static __always_inline _Bool next_hop_may_fragment(const struct packet *packet)
{
	return packet->forward == SP_FORWARD_NAT && !packet->is_error && packet->is_v4 &&
	       !(packet->v4->frag_off & bpf_htons(PARSE_DONT_FRAGMENT));
}

static __always_inline _Bool next_hop_is_exceeded(struct packet *packet, __u32 mtu)
{
	if (next_hop_may_fragment(packet))
		return next_hop_leave_to_stack(packet);
	if (packet->reason == SP_REASON_TO_POD && !packet->is_error)
		packet->mtu = mtu;
	return packet_stop(packet, SP_REASON_TOO_BIG);
}

/* The kernel's answer for this very packet; *ret_mtu is set with a hop only. Without a
 * neighbour entry the packet goes on all the same, as one that the stack is to resolve
 * and forward. A function of its own: few packets come here, and all have the stack that
 * the question takes. */
static __noinline _Bool next_hop_ask(struct packet *packet, __u32 *ret_mtu)
{
	struct bpf_fib_lookup query;
	long answer;

	if (!packet->tunnel_len)
		next_hop_write_query(packet, &query);
	else if (tunnel_has_source(packet))
		next_hop_write_tunnel_query(packet, &query);
	else
		return packet_stop(packet, SP_REASON_NO_SOURCE);
	if (next_hop_len(packet) > NEXT_HOP_LEN_MAX)
		return next_hop_is_exceeded(packet, NEXT_HOP_LEN_MAX);
	answer = bpf_fib_lookup(packet->ctx, &query, sizeof(query), 0);
	if (answer == BPF_FIB_LKUP_RET_FRAG_NEEDED)
		return next_hop_is_exceeded(packet, query.mtu_result);
	if (answer != BPF_FIB_LKUP_RET_SUCCESS && answer != BPF_FIB_LKUP_RET_NO_NEIGH)
		return packet_stop(packet, next_hop_reason(answer));
	if (packet->forward == SP_FORWARD_L2 && !next_hop_is_pod(packet, &query))
		return packet_stop(packet, SP_REASON_NOT_ON_LINK);
	if (answer == BPF_FIB_LKUP_RET_NO_NEIGH)
		return next_hop_leave_to_stack(packet);
	next_hop_set(packet, &query);
	*ret_mtu = query.mtu_result;
	return 1;
}

static __always_inline __u32 next_hop_place(const struct packet *packet)
{
	__u32 mixed = packet->dest.addr.word[3] + packet->owner * 0x85ebca6b;

	return mixed * 0x9e3779b1 >> (32 - NEXT_HOP_BITS);
}

/* Whether the remembered answer is also that for this packet. */
static __always_inline _Bool next_hop_is_known(
	const struct packet *packet, const struct next_hop *known, __u64 now)
{
	return known->owner == packet->owner &&
	       packet_is_addr(&known->dest, &packet->dest.addr) &&
	       known->generation == packet->generation &&
	       known->in_ifindex == packet->entry.ifindex &&
	       next_hop_len(packet) <= known->mtu &&
	       now - known->since <= NEXT_HOP_JIFFIES;
}

/* Ask the kernel, and remember its answer if that is a hop. */
static __always_inline _Bool next_hop_learn(
	struct packet *packet, struct next_hop *known, __u64 now)
{
	known->mtu = 0;
	if (!next_hop_ask(packet, &known->mtu))
		return 0;
	known->since = now;
	known->dest = packet->dest.addr;
	known->owner = packet->owner;
	known->generation = packet->generation;
	known->in_ifindex = packet->entry.ifindex;
	known->hop = packet->hop;
	return 1;
}

/* Before 6.3 the kernel drops a frame of several buffers that a program redirects, by
 * whatever device; it has no word for those that can then, which libbpf looks for. */
static __always_inline _Bool next_hop_takes_frame(const struct packet *packet)
{
	__u64 in_sight = packet->end - (void *)packet->eth;

	return bpf_core_enum_value_exists(
		       enum netdev_xdp_act___sp, NETDEV_XDP_ACT_NDO_XMIT_SG___sp) ||
	       bpf_xdp_get_buff_len(packet->ctx) == in_sight;
}

/* The stack can send a large frame on, where nothing but addresses changes; else the
 * client is to send less. */
static __always_inline _Bool next_hop_leave_frame(struct packet *packet)
{
	if (packet->forward == SP_FORWARD_NAT)
		return next_hop_leave_to_stack(packet);
	return next_hop_is_exceeded(packet, NEXT_HOP_BUFFER_LEN);
}

/* Sets `hop`, from what is remembered or what the kernel says. */
static __always_inline _Bool next_hop_look_up(struct packet *packet)
{
	__u64 now = bpf_jiffies64();
	struct next_hop *known;
	__u32 place;

	if (!next_hop_has_ttl(packet))
		return packet_stop(packet, SP_REASON_TTL_EXPIRED);
	place = next_hop_place(packet);
	known = bpf_map_lookup_elem(&sp_next_hops, &place);
	if (!known)
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	if (!next_hop_is_known(packet, known, now))
		return next_hop_learn(packet, known, now);
	packet->hop = known->hop;
	return 1;
}

/* Sets `hop`, or leaves the packet to the stack to send on. */
static __always_inline _Bool next_hop_find(struct packet *packet)
{
	if (!next_hop_look_up(packet))
		return 0;
	if (!packet_is_forwarded(packet) || next_hop_takes_frame(packet))
		return 1;
	return next_hop_leave_frame(packet);
}

#endif
