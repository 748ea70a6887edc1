/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One packet on its way through the stages: what each stage has found out about it. */
#ifndef PACKET_H
#define PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_helpers.h>

#include "addr.h"
#include "reasons.h"

struct ports {
	__be16 source, dest;
};

/* An Ethernet header in units that the compiler can load: the kernel's is packed, which
 * makes it move byte by byte. */
struct mac {
	__u16 word[3];
};

struct eth {
	struct mac dest, source;
	__be16 type;
};

/* An 802.1Q or 802.1ad tag as in the frame. */
struct vlan_tag {
	__be16 type, id; /* the ID is the lower 12 bits */
};

struct vlan_tags {
	__u32 len; /* bytes */
	struct vlan_tag tag[2];
};

/* Where a packet came in. */
struct vlan_entry {
	__u32 ifindex;	       /* a VLAN's device if the frame had tags */
	struct vlan_tags tags; /* they were taken off */
};

/* Where a forwarded packet goes next. */
struct hop {
	__u32 ifindex; /* of a device that is no VLAN's */
	__u32 vlan;    /* ifindex of the VLAN's device above it; 0: no tags */
	struct mac dest_mac, source_mac; /* as in the frame */
};

/* Pod and service numbers in one space. */
#define PACKET_POD(number) (number)
#define PACKET_SERVICE(number) ((number) | 1U << 31)

/* Stages are functions of a packet that return whether it goes on to the next stage.
 * Nothing in the frame changes before the last of them, so that a packet which stops
 * on the way reaches the stack as it came. */
struct packet {
	struct xdp_md *ctx;
	void *end; /* of the frame */
	struct eth *eth;
	union {
		struct iphdr *v4;
		struct ipv6hdr *v6;
	};
	/* 0 or 1. Eight bytes, because the verifier forgets the value of a smaller one on
	 * the stack (6.18: "R2 offset is outside of the packet", an IPv6 header's end
	 * taken for possible in an IPv4 packet). */
	__u64 is_v4;
	__u64 is_error; /* 0 or 1: an ICMP error about a packet of the flow (quote.h) */
	struct ports *ports; /* TCP and UDP begin with them; NULL: there are none here */
	__sum16 *check;	     /* of TCP or UDP */
	const __u8 *tcp_flags; /* the byte with FIN, SYN, RST, ACK; NULL: none here */
	__be16 more; /* not 0: fragments follow (the flag where the packet has it, so that
		      * the verifier need not look at each value on its own) */
	__be32 fragment_id; /* IPv4's 16 bits or IPv6's 32, as in the packet */
	/* As they came, then as they are to leave: affinity changes `dest` to the pod,
	 * back changes `source` to the VIP, and rewrite makes the frame say the same, or
	 * direct sends it there as it is. */
	struct sp_endpoint source, dest;
	enum sp_reason reason; /* why the packet leaves, valid when a stage has stopped it
				* or all are done */
	__u32 generation;      /* of services and pods, read once */
	struct vlan_entry entry;
	__u32 service;	  /* number of the service whose VIP `dest` came as */
	__u32 owner;	  /* PACKET_POD or PACKET_SERVICE: whose endpoint it was given */
	__u32 forward;	  /* enum sp_forward, how it goes to its pod */
	__u32 tunnel_len; /* bytes of headers that are put in front of it; 0: none */
	struct hop hop;	  /* when the packet is forwarded */
	__u32 ip_len;	  /* IP header and all behind it, without padding */
	__u32 mtu; /* of the way to the pod, when its client is to hear of it; else 0 */
};

/* The packet leaves for `reason`: what a stage returns when it stops a packet. */
static __always_inline _Bool packet_stop(struct packet *packet, enum sp_reason reason)
{
	packet->reason = reason;
	return 0;
}

static __always_inline _Bool packet_is_mac(const struct mac *a, const struct mac *b)
{
	return a->word[0] == b->word[0] && a->word[1] == b->word[1] &&
	       a->word[2] == b->word[2];
}

static __always_inline _Bool packet_is_addr(
	const struct sp_addr *a, const struct sp_addr *b)
{
	return !((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) |
		 (a->word[2] ^ b->word[2]) | (a->word[3] ^ b->word[3]));
}

static __always_inline _Bool packet_is_endpoint(
	const struct sp_endpoint *a, const struct sp_endpoint *b)
{
	return packet_is_addr(&a->addr, &b->addr) && a->port == b->port &&
	       a->protocol == b->protocol;
}

/* Whether the packet can be given this end instead of one that it has. Maps always say
 * so; were it otherwise, the rewrite would write a header of another kind. Only a tunnel
 * takes packets to a pod of the other family. */
static __always_inline _Bool packet_fits(
	const struct packet *packet, const struct sp_endpoint *endpoint)
{
	return endpoint->protocol == packet->dest.protocol &&
	       (sp_addr_is_v4(&endpoint->addr) == packet->is_v4 || packet->tunnel_len);
}

/* Type of service or traffic class, ECN included. */
static __always_inline __u8 packet_tos(const struct packet *packet)
{
	if (packet->is_v4)
		return packet->v4->tos;
	return packet->v6->priority << 4 | packet->v6->flow_lbl[0] >> 4;
}

static __always_inline _Bool packet_is_to_pod(const struct packet *packet)
{
	return packet->reason == SP_REASON_TO_POD ||
	       packet->reason == SP_REASON_RESOLVE_POD;
}

/* Whether the packet is forwarded here, not by the stack. */
static __always_inline _Bool packet_is_forwarded(const struct packet *packet)
{
	return packet->reason == SP_REASON_TO_POD ||
	       packet->reason == SP_REASON_TO_CLIENT;
}

#endif
