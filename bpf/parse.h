/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* First stage: from a frame to source, destination and the places of its headers.
 *
 * Ethernet, then IPv4 without options or IPv6 without extension headers, then TCP or
 * UDP. The frame may be longer than its IP packet (padding), never shorter. */
#ifndef PARSE_H
#define PARSE_H

#include <linux/in.h>

#include <bpf/bpf_endian.h>

#include "device.h"
#include "extensions.h"
#include "options.h"
#include "packet.h"
#include "vlan.h"

#define PARSE_DONT_FRAGMENT 0x4000
#define PARSE_MORE 0x2000   /* flag: fragments follow */
#define PARSE_OFFSET 0x1fff /* of a fragment */
#define PARSE_TCP_FLAGS 13  /* offset in the TCP header */

/* Whether the frame ends before its IP packet at `ip`. Of a frame in more than one buffer
 * (jumbo) the first is in sight, and has all headers. */
static __always_inline _Bool parse_is_cut(const struct packet *packet, void *ip)
{
	__u64 at = ip - (void *)packet->eth;

	return ip + packet->ip_len > packet->end &&
	       at + packet->ip_len > bpf_xdp_get_buff_len(packet->ctx);
}

/* The header behind an IP header that is at `ip` and `ip_header_len` long. Data offset
 * and UDP length are the receiver's business. */
static __always_inline _Bool parse_transport(
	struct packet *packet, void *ip, __u32 ip_header_len, __u8 protocol)
{
	void *transport = ip + ip_header_len;
	struct tcphdr *tcp;
	struct udphdr *udp;
	__u32 len;

	/* The last comparison below follows from the others, but the verifier believes
	 * only one with a constant (6.18: "R4 offset is outside of the packet"); clang 19
	 * would leave it out if it knew where the pointer comes from. */
	barrier_var(transport);
	tcp = transport;
	udp = transport;
	if (protocol == IPPROTO_TCP) {
		len = sizeof(*tcp);
		packet->check = &tcp->check;
		packet->tcp_flags = (const __u8 *)tcp + PARSE_TCP_FLAGS;
	} else if (protocol == IPPROTO_UDP) {
		len = sizeof(*udp);
		packet->check = &udp->check;
	} else {
		return packet_stop(packet, SP_REASON_NOT_TCP_UDP);
	}
	if (packet->ip_len < ip_header_len + len || parse_is_cut(packet, ip) ||
		transport + len > packet->end)
		return packet_stop(packet, SP_REASON_TRUNCATED);
	packet->ports = transport;
	packet->source.port = packet->ports->source;
	packet->dest.port = packet->ports->dest;
	packet->source.protocol = packet->dest.protocol = protocol;
	return 1;
}

/* A fragment that has no transport header; `protocol` 0: it does not know its own. */
static __always_inline _Bool parse_later_fragment(
	struct packet *packet, void *ip, __u32 ip_header_len, __u8 protocol)
{
	if (protocol && protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return packet_stop(packet, SP_REASON_NOT_TCP_UDP);
	if (packet->ip_len <= ip_header_len || parse_is_cut(packet, ip))
		return packet_stop(packet, SP_REASON_TRUNCATED);
	packet->source.protocol = packet->dest.protocol = protocol;
	return 1;
}

static __always_inline _Bool parse_v4(struct packet *packet, struct iphdr *v4)
{
	__u32 len, options_at;

	if ((void *)(v4 + 1) > packet->end)
		return packet_stop(packet, SP_REASON_TRUNCATED);
	if (v4->version != 4 || v4->ihl < 5)
		return packet_stop(packet, SP_REASON_BAD_HEADER);
	len = v4->ihl * 4;
	packet->v4 = v4;
	packet->is_v4 = 1;
	packet->ip_len = bpf_ntohs(v4->tot_len);
	packet->source.addr = sp_addr_from_v4(v4->saddr);
	packet->dest.addr = sp_addr_from_v4(v4->daddr);
	if (len > sizeof(*v4)) {
		if ((void *)v4 + len > packet->end)
			return packet_stop(packet, SP_REASON_TRUNCATED);
		options_at = (void *)(v4 + 1) - (void *)packet->eth;
		if (!options_may_pass(packet->ctx, options_at, len - sizeof(*v4)))
			return packet_stop(packet, SP_REASON_IP_OPTIONS);
	}
	packet->fragment_id = v4->id;
	packet->more = v4->frag_off & bpf_htons(PARSE_MORE);
	if (v4->frag_off & bpf_htons(PARSE_OFFSET))
		return parse_later_fragment(packet, v4, len, v4->protocol);
	return parse_transport(packet, v4, len, v4->protocol);
}

/* 0, but the verifier does not know: it takes the common case for one of the many, and
 * does not go through all later stages for each (half of 260,000 instructions, 6.18). */
static __always_inline __u32 parse_hide_zero(__u32 any)
{
	asm volatile("%0 -= %0" : "+r"(any));
	return any & (2 * EXTENSIONS_LEN_MAX - 1);
}

/* The header behind an IPv6 header and its extension headers. */
static __always_inline _Bool parse_v6_payload(struct packet *packet, struct ipv6hdr *v6)
{
	struct extensions extensions = {
		.len = parse_hide_zero(v6->nexthdr),
		.protocol = v6->nexthdr,
	};
	__u32 at = (void *)(v6 + 1) - (void *)packet->eth;

	if (extensions.protocol != IPPROTO_TCP && extensions.protocol != IPPROTO_UDP &&
		!extensions_read(packet->ctx, at, &extensions))
		return packet_stop(packet, extensions.reason);
	if (extensions.len > EXTENSIONS_LEN_MAX)
		return packet_stop(packet, SP_REASON_IP_EXTENSION);
	packet->fragment_id = extensions.fragment_id;
	packet->more = extensions.fragment & bpf_htons(EXTENSIONS_MORE);
	if (extensions.fragment & bpf_htons(EXTENSIONS_OFFSET))
		return parse_later_fragment(packet, v6, sizeof(*v6) + extensions.len, 0);
	return parse_transport(
		packet, v6, sizeof(*v6) + extensions.len, extensions.protocol);
}

static __always_inline _Bool parse_v6(struct packet *packet, struct ipv6hdr *v6)
{
	if ((void *)(v6 + 1) > packet->end)
		return packet_stop(packet, SP_REASON_TRUNCATED);
	if (v6->version != 6)
		return packet_stop(packet, SP_REASON_BAD_HEADER);
	packet->v6 = v6;
	packet->is_v4 = 0;
	packet->ip_len = sizeof(*v6) + bpf_ntohs(v6->payload_len);
	__builtin_memcpy(&packet->source.addr, &v6->saddr, sizeof(struct sp_addr));
	__builtin_memcpy(&packet->dest.addr, &v6->daddr, sizeof(struct sp_addr));
	if (sp_addr_is_v4(&packet->source.addr) || sp_addr_is_v4(&packet->dest.addr))
		return packet_stop(packet, SP_REASON_MAPPED_ADDR);
	return parse_v6_payload(packet, v6);
}

/* The same, but now the verifier knows that it is none of those that others look at with
 * the packet's headers in mind. */
static __always_inline enum sp_reason parse_vlan_reason(int reason)
{
	switch (reason) {
	case SP_REASON_TRUNCATED:
	case SP_REASON_OTHER_MAC:
		return reason;
	default:
		return SP_REASON_VLAN;
	}
}

/* Sets `entry`, `eth` and `end`; tags are off then. */
static __always_inline _Bool parse_ethernet(struct packet *packet)
{
	struct eth *eth = (void *)(long)packet->ctx->data;
	int reason;

	packet->end = (void *)(long)packet->ctx->data_end;
	packet->entry.ifindex = packet->ctx->ingress_ifindex;
	if ((void *)(eth + 1) > packet->end)
		return packet_stop(packet, SP_REASON_TRUNCATED);
	if (vlan_is_tag(eth->type)) {
		reason = vlan_take_off(packet->ctx, &packet->entry);
		if (reason) {
			packet->entry.tags.len = 0;
			return packet_stop(packet, parse_vlan_reason(reason));
		}
		eth = (void *)(long)packet->ctx->data;
		packet->end = (void *)(long)packet->ctx->data_end;
		if ((void *)(eth + 1) > packet->end)
			return packet_stop(packet, SP_REASON_TRUNCATED);
	} else if (!device_has_mac(&eth->dest)) {
		return packet_stop(packet, SP_REASON_OTHER_MAC);
	}
	packet->eth = eth;
	return 1;
}

/* Sets all of the packet that its frame says. */
static __always_inline _Bool parse_packet(struct packet *packet)
{
	if (!parse_ethernet(packet))
		return 0;
	switch (packet->eth->type) {
	case bpf_htons(ETH_P_IP):
		return parse_v4(packet, (void *)(packet->eth + 1));
	case bpf_htons(ETH_P_IPV6):
		return parse_v6(packet, (void *)(packet->eth + 1));
	default:
		return packet_stop(packet, SP_REASON_NOT_IP);
	}
}

#endif
