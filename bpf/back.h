/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Third stage, on the way back: from a pod to its service's VIP. */
#ifndef BACK_H
#define BACK_H

#include "maps.h"
#include "packet.h"

/* The live version of a pod; NULL: not published yet, or gone. */
static __always_inline const struct sp_pod_version *back_find_live(
	const struct packet *packet, const struct sp_pod *pod)
{
	int live = sp_version_live(pod->versions[0].generation,
		pod->versions[1].generation, packet->generation);
	const struct sp_pod_version *version;

	if (live < 0)
		return NULL;
	barrier_var(live); /* or clang 19 leaves out the mask, which bounds it for 6.18 */
	version = &pod->versions[live & 1];
	return version->state == SP_POD_GONE ? NULL : version;
}

/* Sets `source` to the VIP, and `owner`, when the packet comes from a pod. */
static __always_inline _Bool back_find_vip(struct packet *packet)
{
	const __u32 *number = bpf_map_lookup_elem(&sp_backs, &packet->source);
	const struct sp_pod_version *version;
	const struct sp_service *service;
	const struct sp_pod *pod;

	if (!number)
		return packet_stop(packet, SP_REASON_NOT_OURS);
	pod = bpf_map_lookup_elem(&sp_pods, number);
	if (!pod)
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	version = back_find_live(packet, pod);
	if (!version)
		return packet_stop(packet, SP_REASON_NOT_OURS);
	service = bpf_map_lookup_elem(&sp_services, &version->service);
	if (!service || !packet_fits(packet, &service->vip))
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	packet->source = service->vip;
	packet->owner = PACKET_SERVICE(version->service);
	packet->reason = SP_REASON_TO_CLIENT;
	return 1;
}

#endif
