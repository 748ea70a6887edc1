/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* First and last stage for ICMP errors: they quote the beginning of a packet that did not
 * arrive, and go to who has sent it.
 *
 * Between the two stages the error is a packet like any other of that flow, on its way
 * from the quoted destination to the quoted source. So it finds its pod, or the VIP of
 * its pod, by the very stages that the flow's own packets pass. */
#ifndef QUOTE_H
#define QUOTE_H

#include "csum.h"
#include "icmp.h"
#include "packet.h"
#include "parse.h"
#include "rewrite.h"

/* Offsets of the quoted IP header in the outer packet. */
#define QUOTE_AT_V4 (sizeof(struct iphdr) + sizeof(struct icmp))
#define QUOTE_AT_V6 (sizeof(struct ipv6hdr) + sizeof(struct icmp))
#define QUOTE_TRANSPORT_LEN 8 /* what every error quotes at least (RFC 792) */
#define QUOTE_TCP_CHECK 16    /* offsets of checksums */
#define QUOTE_UDP_CHECK 6

/* An error says nothing about the flow's state: it is neither its begin nor its end. */
static const __u8 quote_tcp_flags = 0x10; /* ACK */

struct quote {
	union {
		struct iphdr *v4;
		struct ipv6hdr *v6;
	};
	struct ports *ports;
	__sum16 *check; /* of TCP or UDP; NULL: it is beyond what is quoted */
};

/* Whether the message has `len` bytes from `at` in the outer IP packet on. */
static __always_inline _Bool quote_has(const struct packet *packet, __u32 at, __u32 len)
{
	void *ip = packet->v4;

	return packet->ip_len >= at + len && ip + at + len <= packet->end;
}

static __always_inline _Bool quote_find_transport(
	struct packet *packet, __u32 at, __u8 protocol, struct quote *ret_quote)
{
	void *ip = packet->v4;

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return packet_stop(packet, SP_REASON_NOT_TCP_UDP);
	if (!quote_has(packet, at, QUOTE_TRANSPORT_LEN))
		return packet_stop(packet, SP_REASON_TRUNCATED);
	ret_quote->ports = ip + at;
	ret_quote->check = NULL;
	if (protocol == IPPROTO_UDP)
		ret_quote->check = ip + at + QUOTE_UDP_CHECK;
	else if (quote_has(packet, at, QUOTE_TCP_CHECK + sizeof(__sum16)))
		ret_quote->check = ip + at + QUOTE_TCP_CHECK;
	return 1;
}

static __always_inline _Bool quote_find_v4(struct packet *packet, struct quote *ret_quote)
{
	struct iphdr *v4 = (void *)packet->v4 + QUOTE_AT_V4;

	if (!quote_has(packet, QUOTE_AT_V4, sizeof(*v4)))
		return packet_stop(packet, SP_REASON_TRUNCATED);
	if (v4->version != 4 || v4->ihl < 5)
		return packet_stop(packet, SP_REASON_BAD_HEADER);
	if (v4->ihl > 5)
		return packet_stop(packet, SP_REASON_IP_OPTIONS);
	if (v4->frag_off & bpf_htons(PARSE_OFFSET))
		return packet_stop(packet, SP_REASON_FRAGMENT);
	ret_quote->v4 = v4;
	return quote_find_transport(
		packet, QUOTE_AT_V4 + sizeof(*v4), v4->protocol, ret_quote);
}

/* Why an IPv6 header that is not followed by TCP or UDP is no quote for us. */
static __always_inline enum sp_reason quote_v6_reason(__u8 next_header)
{
	if (next_header == IPPROTO_FRAGMENT)
		return SP_REASON_FRAGMENT;
	return extensions_is_known(next_header) ? SP_REASON_IP_EXTENSION
						: extensions_reason(next_header);
}

static __always_inline _Bool quote_find_v6(struct packet *packet, struct quote *ret_quote)
{
	struct ipv6hdr *v6 = (void *)packet->v6 + QUOTE_AT_V6;

	if (!quote_has(packet, QUOTE_AT_V6, sizeof(*v6)))
		return packet_stop(packet, SP_REASON_TRUNCATED);
	if (v6->version != 6)
		return packet_stop(packet, SP_REASON_BAD_HEADER);
	if (v6->nexthdr != IPPROTO_TCP && v6->nexthdr != IPPROTO_UDP)
		return packet_stop(packet, quote_v6_reason(v6->nexthdr));
	ret_quote->v6 = v6;
	return quote_find_transport(
		packet, QUOTE_AT_V6 + sizeof(*v6), v6->nexthdr, ret_quote);
}

static __always_inline _Bool quote_find(struct packet *packet, struct quote *ret_quote)
{
	return packet->is_v4 ? quote_find_v4(packet, ret_quote)
			     : quote_find_v6(packet, ret_quote);
}

/* The quoted addresses, as source and destination of the error. */
static __always_inline void quote_read_addresses(
	struct packet *packet, const struct quote *quote)
{
	if (packet->is_v4) {
		packet->source.addr = sp_addr_from_v4(quote->v4->daddr);
		packet->dest.addr = sp_addr_from_v4(quote->v4->saddr);
		packet->dest.protocol = quote->v4->protocol;
	} else {
		__builtin_memcpy(
			&packet->source.addr, &quote->v6->daddr, sizeof(struct sp_addr));
		__builtin_memcpy(
			&packet->dest.addr, &quote->v6->saddr, sizeof(struct sp_addr));
		packet->dest.protocol = quote->v6->nexthdr;
	}
	packet->source.protocol = packet->dest.protocol;
}

/* Sets source and destination to the ends of the flow that the error is about. An error
 * that goes to another than the sender of what it quotes is none. */
static __always_inline _Bool quote_read(struct packet *packet)
{
	struct sp_addr to = packet->dest.addr;
	struct quote quote;

	if (!quote_find(packet, &quote))
		return 0;
	quote_read_addresses(packet, &quote);
	if (!packet_is_addr(&to, &packet->dest.addr))
		return packet_stop(packet, SP_REASON_NOT_OURS);
	if (sp_addr_is_v4(&packet->source.addr) != packet->is_v4)
		return packet_stop(packet, SP_REASON_MAPPED_ADDR);
	packet->source.port = quote.ports->dest;
	packet->dest.port = quote.ports->source;
	packet->is_error = 1;
	packet->tcp_flags =
		packet->dest.protocol == IPPROTO_TCP ? &quote_tcp_flags : NULL;
	return 1;
}

/* Overwrite one of two adjacent addresses of an IP header, the source or the one behind
 * it. Returns the difference. */
static __always_inline __u64 quote_write_address(
	_Bool is_v4, void *ip, _Bool is_dest, const struct sp_addr *to)
{
	struct iphdr *v4 = ip;
	struct ipv6hdr *v6 = ip;

	if (is_v4)
		return rewrite_words(is_dest ? &v4->daddr : &v4->saddr, to->word + 3, 1);
	return rewrite_words(
		is_dest ? v6->daddr.in6_u.u6_addr32 : v6->saddr.in6_u.u6_addr32, to->word,
		4);
}

static __always_inline __u64 quote_write_port(struct packet *packet, struct quote *quote)
{
	_Bool to_pod = packet_is_to_pod(packet);
	__be16 *port = to_pod ? &quote->ports->source : &quote->ports->dest;
	__be16 to = to_pod ? packet->dest.port : packet->source.port;
	__u64 diff = csum_diff16(*port, to);

	*port = to;
	return diff;
}

/* The quoted checksums; `diff` is that of the quoted address. Returns the difference of
 * port and checksums. */
static __always_inline __u64 quote_write_checks(
	struct packet *packet, struct quote *quote, __u64 diff)
{
	__u64 port_diff = quote_write_port(packet, quote), check_diff = 0;
	__sum16 check;

	if (packet->is_v4) {
		check = quote->v4->check;
		quote->v4->check = csum_update(check, diff);
		check_diff += csum_diff16(check, quote->v4->check);
	}
	if (quote->check) {
		check = *quote->check;
		*quote->check = packet->dest.protocol == IPPROTO_TCP
					? csum_update(check, diff + port_diff)
					: rewrite_udp_check(check, diff + port_diff);
		check_diff += csum_diff16(check, *quote->check);
	}
	return port_diff + check_diff;
}

/* Whether the error comes from the host that the quoted packet was for, not from a router
 * on the way. */
static __always_inline _Bool quote_is_from_end(
	const struct packet *packet, const struct quote *quote)
{
	const __be32 *source, *end;

	if (packet->is_v4)
		return packet->v4->saddr == quote->v4->daddr;
	source = packet->v6->saddr.in6_u.u6_addr32;
	end = quote->v6->daddr.in6_u.u6_addr32;
	return !((source[0] ^ end[0]) | (source[1] ^ end[1]) | (source[2] ^ end[2]) |
		 (source[3] ^ end[3]));
}

/* The outer address that hides the pod: to it the destination, from it the source. */
static __always_inline __u64 quote_write_outer(
	struct packet *packet, const struct quote *quote)
{
	if (packet_is_to_pod(packet))
		return quote_write_address(
			packet->is_v4, packet->v4, 1, &packet->dest.addr);
	if (!quote_is_from_end(packet, quote))
		return 0;
	return quote_write_address(packet->is_v4, packet->v4, 0, &packet->source.addr);
}

static __always_inline enum sp_reason quote_reason(enum sp_reason reason)
{
	switch (reason) {
	case SP_REASON_TO_POD:
		return SP_REASON_ICMP_TO_POD;
	case SP_REASON_TO_CLIENT:
		return SP_REASON_ICMP_TO_CLIENT;
	default: /* the stack is to resolve the next hop */
		return reason;
	}
}

/* Make the frame say what the packet says, inside and outside. Of ICMPv6 the outer
 * addresses are part of the checksum, as a pseudo header. A function of its own, so that
 * other packets have all registers. */
static __noinline void quote_rewrite(struct packet *packet)
{
	_Bool to_pod = packet_is_to_pod(packet);
	struct icmp *icmp = icmp_find(packet);
	struct quote quote;
	__u64 outer, diff;

	if (!icmp || !quote_find(packet, &quote))
		return; /* never: they were found before */
	outer = quote_write_outer(packet, &quote);
	diff = quote_write_address(packet->is_v4, quote.v4, !to_pod,
		to_pod ? &packet->dest.addr : &packet->source.addr);
	diff += quote_write_checks(packet, &quote, diff);
	if (!packet->is_v4)
		diff += outer;
	icmp->check = csum_update(icmp->check, diff);
	if (packet_is_forwarded(packet))
		outer += rewrite_hop(packet);
	if (packet->is_v4)
		packet->v4->check = csum_update(packet->v4->check, outer);
	packet->reason = quote_reason(packet->reason);
}

#endif
