/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which pods are alive, as the packet's generation has them. */
#ifndef POD_H
#define POD_H

#include "maps.h"
#include "packet.h"

/* The version of a pod that counts, which may say that it is gone; NULL: not published
 * yet. */
static __always_inline const struct sp_pod_version *pod_find_version(
	const struct packet *packet, const struct sp_pod *pod)
{
	int live = sp_version_live(pod->versions[0].generation,
		pod->versions[1].generation, packet->generation);

	if (live < 0)
		return NULL;
	barrier_var(live); /* or clang 19 leaves out the mask, which bounds it for 6.18 */
	return &pod->versions[live & 1];
}

/* The same of a pod that is there; NULL: it is gone or not published yet. */
static __always_inline const struct sp_pod_version *pod_find_live(
	const struct packet *packet, const struct sp_pod *pod)
{
	const struct sp_pod_version *version = pod_find_version(packet, pod);

	return version && version->state != SP_POD_GONE ? version : NULL;
}

/* The pod with this number, if it lives and is one of the packet's service; NULL: it is
 * no target. */
static __always_inline const struct sp_pod *pod_find_alive(
	const struct packet *packet, __u32 number)
{
	const struct sp_pod *pod = bpf_map_lookup_elem(&sp_pods, &number);
	const struct sp_pod_version *version = pod ? pod_find_live(packet, pod) : NULL;

	return version && version->service == packet->service ? pod : NULL;
}

/* Whether the pod that had this number at its birth is a target still. */
static __always_inline _Bool pod_is_alive(
	const struct packet *packet, __u32 number, __u32 born)
{
	const struct sp_pod *pod = pod_find_alive(packet, number);

	return pod && pod->born == born;
}

/* When the number was taken; 0, which no pod was born in, when it is out of range. */
static __always_inline __u32 pod_get_born(__u32 number)
{
	const struct sp_pod *pod = bpf_map_lookup_elem(&sp_pods, &number);

	return pod ? pod->born : 0;
}

#endif
