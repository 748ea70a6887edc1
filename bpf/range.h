/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who may come to a service: its list of source prefixes, if it has one. */
#ifndef RANGE_H
#define RANGE_H

#include <bpf/bpf_endian.h>

#include "maps.h"
#include "packet.h"

#define RANGE_BITS (8 * (sizeof(struct sp_range_key) - sizeof(__u32)))

/* Not inlined: its key takes no room on the stack of what comes later. */
static __noinline _Bool range_has_source(const struct packet *packet, __u8 filtered)
{
	struct sp_range_key key = {
		.prefix_len = RANGE_BITS,
		.list = bpf_htonl(sp_range_list(packet->service, filtered)),
		.source = packet->source.addr,
	};

	return bpf_map_lookup_elem(&sp_ranges, &key) != NULL;
}

/* Whether the packet's source is in the list of the service, or the service has none. */
static __always_inline _Bool range_admits(
	struct packet *packet, const struct sp_service_version *service)
{
	if (!service->filtered || range_has_source(packet, service->filtered))
		return 1;
	return packet_stop(packet, SP_REASON_REFUSED);
}

#endif
