/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* First stage of the decapsulating program: the tunnel header around a packet.
 *
 * IP in IP, or GUE of variant 1 over UDP, where the packet follows the UDP header at once
 * (RFC draft-ietf-intarea-gue, section 4). Its UDP checksum is not looked at: all that it
 * protects is protected inside as well, by the IPv4 header's checksum or the pseudo
 * header of TCP or UDP, and ends that arrive wrong are no VIP's. So none at all is as
 * good over IPv6, too (RFC 6935).
 *
 * IPv4 options, IPv6 extension headers and fragments outside are the stack's, as it alone
 * can put a datagram together. */
#ifndef OUTER_H
#define OUTER_H

#include <linux/in.h>

#include <bpf/bpf_endian.h>

#include "csum.h"
#include "decap.h"
#include "limits.h"
#include "packet.h"
#include "parse.h"

struct outer {
	struct sp_addr source, dest; /* of the tunnel */
	void *inner;		     /* the packet in the tunnel */
	__u32 inner_len;	     /* bytes that there can be of it */
	__u8 tos;		     /* or traffic class */
	__u8 protocol;
	enum sp_decap_reason reason; /* why the packet leaves */
};

static __always_inline _Bool outer_stop(struct outer *outer, enum sp_decap_reason reason)
{
	outer->reason = reason;
	return 0;
}

/* Of UDP nobody has seen a port by then, if there is one. */
static __always_inline _Bool outer_stop_early(
	struct outer *outer, enum sp_decap_reason reason)
{
	return outer_stop(
		outer, outer->protocol == IPPROTO_UDP ? SP_DECAP_NOT_TUNNEL : reason);
}

/* A header that says how long the whole is, itself with it. */
static __always_inline _Bool outer_take(
	struct outer *outer, void *header, __u32 header_len, __u32 len)
{
	if (len < header_len)
		return outer_stop(outer, SP_DECAP_TRUNCATED);
	outer->inner = header + header_len;
	outer->inner_len = len - header_len;
	return 1;
}

static __always_inline _Bool outer_is_tunnel(__u8 protocol)
{
	return protocol == IPPROTO_IPIP || protocol == IPPROTO_IPV6 ||
	       protocol == IPPROTO_UDP;
}

static __always_inline _Bool outer_read_v4(struct packet *packet, struct outer *outer)
{
	struct iphdr *v4 = (void *)(packet->eth + 1);

	if ((void *)(v4 + 1) > packet->end || v4->version != 4 ||
		!outer_is_tunnel(v4->protocol))
		return outer_stop(outer, SP_DECAP_NOT_TUNNEL);
	outer->protocol = v4->protocol;
	outer->tos = v4->tos;
	outer->source = sp_addr_from_v4(v4->saddr);
	outer->dest = sp_addr_from_v4(v4->daddr);
	if (v4->ihl != 5)
		return outer_stop_early(outer, SP_DECAP_OUTER_HEADER);
	if (v4->frag_off & bpf_htons(PARSE_MORE | PARSE_OFFSET))
		return outer_stop_early(outer, SP_DECAP_OUTER_FRAGMENT);
	return outer_take(outer, v4, sizeof(*v4), bpf_ntohs(v4->tot_len));
}

static __always_inline _Bool outer_read_v6(struct packet *packet, struct outer *outer)
{
	struct ipv6hdr *v6 = (void *)(packet->eth + 1);

	if ((void *)(v6 + 1) > packet->end || v6->version != 6 ||
		!outer_is_tunnel(v6->nexthdr))
		return outer_stop(outer, SP_DECAP_NOT_TUNNEL);
	outer->protocol = v6->nexthdr;
	outer->tos = bpf_ntohl(*(__be32 *)v6) >> 20;
	__builtin_memcpy(&outer->source, &v6->saddr, sizeof(outer->source));
	__builtin_memcpy(&outer->dest, &v6->daddr, sizeof(outer->dest));
	/* They would be taken for IPv4 ones, of a sender above all. */
	if (sp_addr_is_v4(&outer->source) || sp_addr_is_v4(&outer->dest))
		return outer_stop(outer, SP_DECAP_OUTER_HEADER);
	return outer_take(
		outer, v6, sizeof(*v6), sizeof(*v6) + bpf_ntohs(v6->payload_len));
}

/* Behind the UDP header: the first bits are GUE's variant, and those of an IP version. */
static __always_inline _Bool outer_read_gue(struct packet *packet, struct outer *outer)
{
	struct udphdr *udp = outer->inner;
	__u32 room = outer->inner_len;

	if ((void *)(udp + 1) > packet->end)
		return outer_stop(outer, SP_DECAP_NOT_TUNNEL);
	if (udp->dest != bpf_htons(SP_GUE_PORT))
		return outer_stop(outer, SP_DECAP_NOT_TUNNEL);
	if (bpf_ntohs(udp->len) > room ||
		!outer_take(outer, udp, sizeof(*udp), bpf_ntohs(udp->len)) ||
		outer->inner + 1 > packet->end)
		return outer_stop(outer, SP_DECAP_TRUNCATED);
	switch (*(__u8 *)outer->inner >> 4) {
	case 4:
		outer->protocol = IPPROTO_IPIP;
		return 1;
	case 6:
		outer->protocol = IPPROTO_IPV6;
		return 1;
	default:
		return outer_stop(outer, SP_DECAP_GUE_VARIANT);
	}
}

/* The stack would look at that, but it never sees this header. */
static __always_inline _Bool outer_check_v4(struct packet *packet, struct outer *outer)
{
	const struct iphdr *v4 = (const void *)(packet->eth + 1);

	if ((void *)(v4 + 1) > packet->end)
		return outer_stop(outer, SP_DECAP_TRUNCATED);
	return !csum_of_v4(v4) || outer_stop(outer, SP_DECAP_OUTER_HEADER);
}

/* Sets all of `outer`. */
static __always_inline _Bool outer_read(struct packet *packet, struct outer *outer)
{
	_Bool is_read = 0;

	outer->reason = SP_DECAP_NOT_TUNNEL;
	if (!parse_ethernet(packet))
		return 0;
	if (packet->eth->type == bpf_htons(ETH_P_IP))
		is_read = outer_read_v4(packet, outer);
	else if (packet->eth->type == bpf_htons(ETH_P_IPV6))
		is_read = outer_read_v6(packet, outer);
	if (is_read && outer->protocol == IPPROTO_UDP)
		is_read = outer_read_gue(packet, outer);
	return is_read && (packet->eth->type == bpf_htons(ETH_P_IPV6) ||
				  outer_check_v4(packet, outer));
}

#endif
