/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Third stage, on the way back: from a pod to its service's VIP. */
#ifndef BACK_H
#define BACK_H

#include "clock.h"
#include "maps.h"
#include "next_hop.h"
#include "packet.h"
#include "pod.h"
#include "service.h"
#include "way.h"

/* The pod number that has the endpoint of one that is gone; NULL: none has. One hop: the
 * loader mends sp_backs before that number can go, too. */
static __always_inline const struct sp_pod *back_find_successor(
	const struct packet *packet, const struct sp_pod_version *gone)
{
	__u32 number = gone->place;
	const struct sp_pod *pod = bpf_map_lookup_elem(&sp_pods, &number);

	return pod && packet_is_endpoint(&pod->at, &packet->source) ? pod : NULL;
}

/* The pod behind the packet's source and its live version; NULL: `reason` says why. */
static __always_inline const struct sp_pod *back_find_pod(
	struct packet *packet, const struct sp_pod_version **ret_version)
{
	const __u32 *number = bpf_map_lookup_elem(&sp_backs, &packet->source);
	const struct sp_pod *pod;

	packet->reason = SP_REASON_NOT_OURS;
	if (!number)
		return NULL;
	pod = bpf_map_lookup_elem(&sp_pods, number);
	if (!pod) {
		packet->reason = SP_REASON_BROKEN_MAP;
		return NULL;
	}
	*ret_version = pod_find_version(packet, pod);
	if (*ret_version && (*ret_version)->state == SP_POD_GONE) {
		pod = back_find_successor(packet, *ret_version);
		*ret_version = pod ? pod_find_live(packet, pod) : NULL;
	}
	return *ret_version ? pod : NULL;
}

/* Whether the stack would forward the packet. */
static __noinline int back_leaves(const struct packet *packet)
{
	struct bpf_fib_lookup query;
	long answer;

	next_hop_write_query(packet, &query);
	answer = bpf_fib_lookup(packet->ctx, &query, sizeof(query), 0);
	return answer == BPF_FIB_LKUP_RET_SUCCESS ||
	       answer == BPF_FIB_LKUP_RET_NO_NEIGH ||
	       answer == BPF_FIB_LKUP_RET_FRAG_NEEDED;
}

/* Nobody knows by which VIP the client came. With the pod's own address the packet would
 * make the client reset the connection; without it the client's next packet mends all.
 * What the node itself asked the pod is its own business. */
static __always_inline _Bool back_stop(struct packet *packet)
{
	return packet_stop(
		packet, back_leaves(packet) ? SP_REASON_NO_WAY : SP_REASON_NOT_OURS);
}

/* The number of the service by whose VIP the client came; NULL: that is not known, or the
 * VIP is gone. */
static __always_inline const __u32 *back_find_service(const struct packet *packet,
	const struct sp_pod *pod, const struct sp_pod_version *version)
{
	const struct sp_way *way;

	if (!version->shared)
		return &version->service;
	way = way_find(packet);
	if (way)
		return bpf_map_lookup_elem(&sp_vips, &way->vip);
	return clock_now_s() < pod->alone_s ? &version->service : NULL;
}

/* Whether the pods of a service answer their clients themselves, as the VIP: what they
 * send as themselves is their own. */
static __always_inline _Bool back_is_direct(
	const struct packet *packet, const struct sp_service *service)
{
	const struct sp_service_version *version = service_find_version(packet, service);

	return version && version->forward != SP_FORWARD_NAT;
}

/* Sets `source` to the VIP, and `owner`, when the packet comes from a pod. */
static __always_inline _Bool back_find_vip(struct packet *packet)
{
	const struct sp_pod_version *version;
	const struct sp_pod *pod = back_find_pod(packet, &version);
	const struct sp_service *service;
	const __u32 *number;

	if (!pod)
		return 0;
	number = back_find_service(packet, pod, version);
	service = bpf_map_lookup_elem(&sp_services, number ? number : &version->service);
	if (!service)
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	if (back_is_direct(packet, service))
		return packet_stop(packet, SP_REASON_NOT_OURS);
	if (!number)
		return back_stop(packet);
	if (!packet_fits(packet, &service->vip))
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	packet->source = service->vip;
	packet->owner = PACKET_SERVICE(*number);
	packet->reason = SP_REASON_TO_CLIENT;
	return 1;
}

#endif
