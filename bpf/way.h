/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The way back from a pod behind more than one VIP: each flow's VIP is remembered on the
 * way to the pod, so that it need not be guessed. */
#ifndef WAY_H
#define WAY_H

#include "clock.h"
#include "event.h"
#include "maps.h"
#include "packet.h"

/* A look at the pod's cache line, which the packet needs anyway. */
static __always_inline _Bool way_may_be_shared(const struct sp_pod *pod)
{
	return pod->versions[0].shared | pod->versions[1].shared;
}

static __always_inline _Bool way_leads_to(
	const struct sp_way *way, const struct sp_endpoint *vip)
{
	return way && packet_is_endpoint(&way->vip, vip);
}

/* A packet on its way to `pod`, with the VIP as destination still. */
static __noinline void way_remember(const struct packet *packet, const struct sp_pod *pod)
{
	struct sp_way_key key = {.client = packet->source, .pod = pod->at};
	struct sp_way fresh = {.vip = packet->dest, .seen_s = clock_now_s()};
	struct sp_way *way = bpf_map_lookup_elem(&sp_ways, &key);

	if (!way_leads_to(way, &packet->dest)) {
		bpf_map_update_elem(&sp_ways, &key, &fresh, BPF_ANY);
		event_count(SP_EVENT_WAY_REMEMBERED);
	} else if (way->seen_s != fresh.seen_s) {
		way->seen_s = fresh.seen_s;
	}
}

/* What is remembered of the flow of a packet from a pod. */
static __always_inline const struct sp_way *way_find(const struct packet *packet)
{
	struct sp_way_key key = {.client = packet->dest, .pod = packet->source};

	return bpf_map_lookup_elem(&sp_ways, &key);
}

#endif
