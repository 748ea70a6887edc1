/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* First stage: from a frame to source, destination and the places of its headers.
 *
 * Ethernet, then IPv4 without options or IPv6 without extension headers, then TCP or
 * UDP. The frame may be longer than its IP packet (padding), never shorter. */
#ifndef PARSE_H
#define PARSE_H

#include <linux/in.h>

#include <bpf/bpf_endian.h>

#include "packet.h"

#define PARSE_FRAGMENT 0x3fff /* more-fragments flag and fragment offset */

/* The device's MAC address, set before the program is loaded for that device. */
const volatile __u8 sp_mac[ETH_ALEN] __attribute__((aligned(2)));

static __always_inline _Bool parse_is_our_mac(const struct mac *mac)
{
	const volatile struct mac *ours = (const volatile void *)sp_mac;

	return mac->word[0] == ours->word[0] && mac->word[1] == ours->word[1] &&
	       mac->word[2] == ours->word[2];
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
	} else if (protocol == IPPROTO_UDP) {
		len = sizeof(*udp);
		packet->check = &udp->check;
	} else {
		return packet_stop(packet, SP_REASON_NOT_TCP_UDP);
	}
	if (packet->ip_len < ip_header_len + len || ip + packet->ip_len > packet->end ||
		transport + len > packet->end)
		return packet_stop(packet, SP_REASON_TRUNCATED);
	packet->ports = transport;
	packet->source.port = packet->ports->source;
	packet->dest.port = packet->ports->dest;
	packet->source.protocol = packet->dest.protocol = protocol;
	return 1;
}

static __always_inline _Bool parse_v4(struct packet *packet, struct iphdr *v4)
{
	if ((void *)(v4 + 1) > packet->end)
		return packet_stop(packet, SP_REASON_TRUNCATED);
	if (v4->version != 4 || v4->ihl < 5)
		return packet_stop(packet, SP_REASON_BAD_HEADER);
	if (v4->ihl > 5)
		return packet_stop(packet, SP_REASON_IP_OPTIONS);
	if (v4->frag_off & bpf_htons(PARSE_FRAGMENT))
		return packet_stop(packet, SP_REASON_FRAGMENT);
	packet->v4 = v4;
	packet->is_v4 = 1;
	packet->ip_len = bpf_ntohs(v4->tot_len);
	packet->source.addr = sp_addr_from_v4(v4->saddr);
	packet->dest.addr = sp_addr_from_v4(v4->daddr);
	return parse_transport(packet, v4, sizeof(*v4), v4->protocol);
}

/* Why an IPv6 header is not followed by a transport header we know. */
static __always_inline enum sp_reason parse_v6_reason(__u8 next_header)
{
	switch (next_header) {
	case IPPROTO_FRAGMENT:
		return SP_REASON_FRAGMENT;
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
	case IPPROTO_MH:
		return SP_REASON_IP_EXTENSION;
	default:
		return SP_REASON_NOT_TCP_UDP;
	}
}

static __always_inline _Bool parse_v6(struct packet *packet, struct ipv6hdr *v6)
{
	if ((void *)(v6 + 1) > packet->end)
		return packet_stop(packet, SP_REASON_TRUNCATED);
	if (v6->version != 6)
		return packet_stop(packet, SP_REASON_BAD_HEADER);
	if (v6->nexthdr != IPPROTO_TCP && v6->nexthdr != IPPROTO_UDP)
		return packet_stop(packet, parse_v6_reason(v6->nexthdr));
	packet->v6 = v6;
	packet->is_v4 = 0;
	packet->ip_len = sizeof(*v6) + bpf_ntohs(v6->payload_len);
	__builtin_memcpy(&packet->source.addr, &v6->saddr, sizeof(struct sp_addr));
	__builtin_memcpy(&packet->dest.addr, &v6->daddr, sizeof(struct sp_addr));
	if (sp_addr_is_v4(&packet->source.addr) || sp_addr_is_v4(&packet->dest.addr))
		return packet_stop(packet, SP_REASON_MAPPED_ADDR);
	return parse_transport(packet, v6, sizeof(*v6), v6->nexthdr);
}

/* Sets all of the packet that its frame says. */
static __always_inline _Bool parse_packet(struct packet *packet)
{
	struct eth *eth = (void *)(long)packet->ctx->data;

	packet->end = (void *)(long)packet->ctx->data_end;
	if ((void *)(eth + 1) > packet->end)
		return packet_stop(packet, SP_REASON_TRUNCATED);
	if (!parse_is_our_mac(&eth->dest))
		return packet_stop(packet, SP_REASON_OTHER_MAC);
	packet->eth = eth;
	switch (eth->type) {
	case bpf_htons(ETH_P_IP):
		return parse_v4(packet, (void *)(eth + 1));
	case bpf_htons(ETH_P_IPV6):
		return parse_v6(packet, (void *)(eth + 1));
	case bpf_htons(ETH_P_8021Q):
	case bpf_htons(ETH_P_8021AD):
		return packet_stop(packet, SP_REASON_VLAN);
	default:
		return packet_stop(packet, SP_REASON_NOT_IP);
	}
}

#endif
