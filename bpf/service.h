/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Second stage: the service whose VIP the packet is on its way to. */
#ifndef SERVICE_H
#define SERVICE_H

#include "maps.h"
#include "packet.h"

/* A look-up in sp_vips costs more than 30 ns of about 80 (6.18). So each CPU remembers
 * the number of the service at a few places, found by a hash that costs next to nothing.
 * It is a hint and no more: the service itself says whether it has this VIP and is live,
 * and if not, sp_vips is asked. */
#define SERVICE_HINT_BITS 10

/* Place of a VIP -> number of the service that was last found for a VIP of that place.
 * Written and read by the program, each CPU for itself; not pinned. Entries are never
 * wrong, only useless. A miss is impossible. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << SERVICE_HINT_BITS);
	__type(key, __u32);
	__type(value, __u32);
} sp_vip_hints SEC(".maps");

/* VIPs are alike but for their last bytes and their ports. */
static __always_inline __u32 service_hint_place(const struct sp_endpoint *vip)
{
	__u32 mixed = (vip->addr.word[3] + ((__u32)vip->port << 8)) * 0x9e3779b1;

	return mixed >> (32 - SERVICE_HINT_BITS);
}

/* Fix the generation that all look-ups of this packet see. */
static __always_inline _Bool service_read_generation(struct packet *packet)
{
	const __u32 only = 0;
	const struct sp_state *state = bpf_map_lookup_elem(&sp_state, &only);

	if (!state)
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	packet->generation = *(const volatile __u32 *)&state->generation;
	return 1;
}

/* The live version of service `number`; NULL: it is not published yet, or not any more.
 */
static __always_inline const struct sp_service_version *service_find_version(
	const struct packet *packet, const struct sp_service *service)
{
	int live = sp_version_live(service->versions[0].generation,
		service->versions[1].generation, packet->generation);
	const struct sp_service_version *version;

	if (live < 0)
		return NULL;
	barrier_var(live); /* or clang 19 leaves out the mask, which bounds it for 6.18 */
	version = &service->versions[live & 1];
	return version->present ? version : NULL;
}

/* The live version of the service that the hint names, if that service has the packet's
 * VIP; NULL says nothing. */
static __always_inline const struct sp_service_version *service_find_hinted(
	struct packet *packet, const __u32 *number)
{
	const struct sp_service *service = bpf_map_lookup_elem(&sp_services, number);

	if (!service || !packet_is_endpoint(&service->vip, &packet->dest))
		return NULL;
	packet->service = *number;
	return service_find_version(packet, service);
}

/* The live version of the service behind the packet's destination, and its number in
 * `service`; NULL: there is none. */
static __always_inline const struct sp_service_version *service_find_live(
	struct packet *packet)
{
	__u32 place = service_hint_place(&packet->dest);
	__u32 *hint = bpf_map_lookup_elem(&sp_vip_hints, &place);
	const struct sp_service_version *version;
	const struct sp_service *service;
	const __u32 *number;

	version = hint ? service_find_hinted(packet, hint) : NULL;
	if (version)
		return version;
	number = bpf_map_lookup_elem(&sp_vips, &packet->dest);
	if (!number)
		return NULL;
	if (hint)
		*hint = *number;
	packet->service = *number;
	service = bpf_map_lookup_elem(&sp_services, number);
	return service ? service_find_version(packet, service) : NULL;
}

#endif
