/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What each pod gets: packets, bytes and flows, counted where a packet is sure to go
 * there. */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include "flow.h"
#include "maps.h"
#include "packet.h"

/* Bytes are those of the IP packet as the client sent it: no Ethernet header, no padding,
 * no tunnel. A flow counts at its SYN, so twice when that is sent twice; UDP has no
 * beginning. Before rewrite_packet(), which may move the frame. */
static __always_inline void traffic_count(const struct packet *packet)
{
	__u32 number = packet->owner;
	struct sp_traffic *traffic;

	if (!packet_is_to_pod(packet))
		return;
	traffic = bpf_map_lookup_elem(&sp_traffic, &number);
	if (!traffic)
		return;
	traffic->packets++;
	traffic->bytes += packet->ip_len;
	traffic->flows += flow_is_new(packet);
}

#endif
