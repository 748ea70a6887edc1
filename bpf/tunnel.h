/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tunnels to pods: what the header in front of a packet will say, for the stages that
 * have to know it before it is there.
 *
 * ipip: IP in IP, of the pod's family, whatever family the packet is of. gue: UDP in
 * between, with nothing between UDP and the packet (GUE variant 1). */
#ifndef TUNNEL_H
#define TUNNEL_H

#include <linux/in.h>

#include <bpf/bpf_endian.h>

#include "hash.h"
#include "maps.h"
#include "packet.h"

#define TUNNEL_GUE_PORT bpf_htons(SP_GUE_PORT)
#define TUNNEL_PORTS 0xc000 /* source ports of gue are from here on, up to 65535 */
#define TUNNEL_FLOW_LABEL 0xfffff

/* Addresses that tunnels begin at: the device's own, set before the program is loaded
 * for that device; 0: it has none of that family. */
const volatile __be32 sp_source_v4;
const volatile __be32 sp_source_v6[4];

static __always_inline _Bool tunnel_is_v4(const struct packet *packet)
{
	return sp_addr_is_v4(&packet->dest.addr);
}

/* A packet on its way to `pod` of a service whose pods answer their clients directly. */
static __always_inline void tunnel_enter(
	struct packet *packet, __u8 forward, const struct sp_pod *pod)
{
	packet->forward = forward;
	if (forward == SP_FORWARD_L2)
		return;
	packet->tunnel_len = sp_addr_is_v4(&pod->at.addr) ? sizeof(struct iphdr)
							  : sizeof(struct ipv6hdr);
	if (forward == SP_FORWARD_GUE)
		packet->tunnel_len += sizeof(struct udphdr);
}

static __always_inline _Bool tunnel_has_source(const struct packet *packet)
{
	if (tunnel_is_v4(packet))
		return sp_source_v4;
	return sp_source_v6[0] | sp_source_v6[1] | sp_source_v6[2] | sp_source_v6[3];
}

static __always_inline __u8 tunnel_protocol(const struct packet *packet)
{
	if (packet->forward == SP_FORWARD_GUE)
		return IPPROTO_UDP;
	return packet->is_v4 ? IPPROTO_IPIP : IPPROTO_IPV6;
}

/* Fragments and errors have that of their flow. The VIP's port is the pod's. */
static __always_inline __u64 tunnel_hash(const struct packet *packet)
{
	return sp_hash_source_ip_port(&packet->source, packet->dest.port);
}

/* Routers spread the flows to a pod by these. */
static __always_inline __be16 tunnel_port(__u64 hash)
{
	return bpf_htons(TUNNEL_PORTS | (hash & 0x3fff));
}

/* The first four bytes of an IPv6 header. */
static __always_inline __be32 tunnel_first_word(__u8 traffic_class, __u64 hash)
{
	return bpf_htonl(
		6U << 28 | (__u32)traffic_class << 20 | (hash >> 16 & TUNNEL_FLOW_LABEL));
}

#endif
