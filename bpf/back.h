/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Third stage, on the way back: from a pod to its service's VIP. */
#ifndef BACK_H
#define BACK_H

#include "maps.h"
#include "packet.h"
#include "pod.h"
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

/* The live version of the pod behind the packet's source; NULL: `reason` says why. */
static __always_inline const struct sp_pod_version *back_find_pod(struct packet *packet)
{
	const __u32 *number = bpf_map_lookup_elem(&sp_backs, &packet->source);
	const struct sp_pod_version *version;
	const struct sp_pod *pod;

	packet->reason = SP_REASON_NOT_OURS;
	if (!number)
		return NULL;
	pod = bpf_map_lookup_elem(&sp_pods, number);
	if (!pod) {
		packet->reason = SP_REASON_BROKEN_MAP;
		return NULL;
	}
	version = pod_find_version(packet, pod);
	if (!version || version->state != SP_POD_GONE)
		return version;
	pod = back_find_successor(packet, version);
	return pod ? pod_find_live(packet, pod) : NULL;
}

/* Sets `source` to the VIP, and `owner`, when the packet comes from a pod. */
static __always_inline _Bool back_find_vip(struct packet *packet)
{
	const struct sp_pod_version *version = back_find_pod(packet);
	const struct sp_service *service;
	const __u32 *number;

	if (!version)
		return 0;
	number = version->shared ? way_find_service(packet) : &version->service;
	if (!number)
		return packet_stop(packet, SP_REASON_NO_WAY);
	service = bpf_map_lookup_elem(&sp_services, number);
	if (!service || !packet_fits(packet, &service->vip))
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	packet->source = service->vip;
	packet->owner = PACKET_SERVICE(*number);
	packet->reason = SP_REASON_TO_CLIENT;
	return 1;
}

#endif
