/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Second stage: the service whose VIP the packet is on its way to. */
#ifndef SERVICE_H
#define SERVICE_H

#include "maps.h"
#include "packet.h"

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

/* The live version of the service behind the packet's destination; NULL: there is none,
 * or it is not published yet or not any more. */
static __always_inline const struct sp_service_version *service_find_live(
	const struct packet *packet)
{
	const __u32 *number = bpf_map_lookup_elem(&sp_vips, &packet->dest);
	const struct sp_service_version *version;
	const struct sp_service *service;
	int live;

	if (!number)
		return NULL;
	service = bpf_map_lookup_elem(&sp_services, number);
	if (!service)
		return NULL;
	live = sp_version_live(service->versions[0].generation,
		service->versions[1].generation, packet->generation);
	if (live < 0)
		return NULL;
	version = &service->versions[live & 1];
	return version->present ? version : NULL;
}

#endif
