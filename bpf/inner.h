/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Second stage of the decapsulating program: the packet in the tunnel, and whether this
 * node takes it.
 *
 * A tunnel lets its sender choose any source, past all filters on the way. So the packet
 * must be to a VIP of this node, never to its other addresses or through it, and be of
 * what a balancer sends: TCP, UDP, fragments of them, ICMP errors. */
#ifndef INNER_H
#define INNER_H

#include "decap_maps.h"
#include "icmp.h"
#include "outer.h"
#include "packet.h"
#include "parse.h"

/* Returns enum sp_local; 0: not of this node. */
static __always_inline __u32 inner_find_local(const struct sp_addr *addr)
{
	struct sp_prefix key = {.len = 128, .addr = *addr};
	const __u32 *local = bpf_map_lookup_elem(&sp_locals, &key);

	return local ? *local : 0;
}

static __always_inline _Bool inner_has_sender(const struct sp_addr *addr)
{
	struct sp_prefix key = {.len = 128, .addr = *addr};

	return bpf_map_lookup_elem(&sp_senders, &key);
}

/* What parse has stopped: an ICMP error may go on. */
static __noinline int inner_is_error(struct packet *packet)
{
	struct icmp *icmp;

	if (packet->reason != SP_REASON_NOT_TCP_UDP || !icmp_is_plain(packet))
		return 0;
	icmp = icmp_find(packet);
	return icmp && icmp_is_error(packet, icmp->type);
}

/* Sets what parse sets, of the packet inside. */
static __always_inline _Bool inner_parse(struct packet *packet, struct outer *outer)
{
	if (outer->protocol == IPPROTO_IPIP)
		return parse_v4(packet, outer->inner) || inner_is_error(packet);
	return parse_v6(packet, outer->inner) || inner_is_error(packet);
}

static __always_inline _Bool inner_read(struct packet *packet, struct outer *outer)
{
	if (!inner_find_local(&outer->dest))
		return outer_stop(outer, SP_DECAP_OTHER_NODE);
	if (!inner_parse(packet, outer))
		return outer_stop(outer, packet->reason == SP_REASON_TRUNCATED
						 ? SP_DECAP_TRUNCATED
						 : SP_DECAP_INNER_HEADER);
	if (packet->ip_len > outer->inner_len)
		return outer_stop(outer, SP_DECAP_TRUNCATED);
	if (inner_find_local(&packet->dest.addr) != SP_LOCAL_VIP)
		return outer_stop(outer, SP_DECAP_NO_VIP);
	if (!inner_has_sender(&outer->source))
		return outer_stop(outer, SP_DECAP_REFUSED);
	return 1;
}

#endif
