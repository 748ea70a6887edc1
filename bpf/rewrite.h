/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Last stage, the only one that writes: the frame is made to say what the packet says,
 * checksums included. A later fragment has nothing but addresses. */
#ifndef REWRITE_H
#define REWRITE_H

#include <bpf/bpf_endian.h>

#include "csum.h"
#include "packet.h"

/* Overwrite an address in the frame, all of it or its last word; returns the difference.
 */
static __always_inline __u64 rewrite_words(__be32 *words, const __be32 *to, int len)
{
	__u64 diff = 0;

	for (int i = 0; i < len; i++) {
		diff += csum_diff32(words[i], to[i]);
		words[i] = to[i];
	}
	return diff;
}

/* Of the two ends only the one that is ours changes: to a pod the destination, on the
 * way back the source. */
static __always_inline __u64 rewrite_address(struct packet *packet)
{
	const __be32 *source = packet->source.addr.word, *dest = packet->dest.addr.word;

	if (packet_is_to_pod(packet))
		return packet->is_v4 ? rewrite_words(&packet->v4->daddr, dest + 3, 1)
				     : rewrite_words(packet->v6->daddr.in6_u.u6_addr32,
					       dest, 4);
	return packet->is_v4
		       ? rewrite_words(&packet->v4->saddr, source + 3, 1)
		       : rewrite_words(packet->v6->saddr.in6_u.u6_addr32, source, 4);
}

static __always_inline __u64 rewrite_port(struct packet *packet)
{
	_Bool to_pod = packet_is_to_pod(packet);
	__be16 *port = to_pod ? &packet->ports->dest : &packet->ports->source;
	__be16 to = to_pod ? packet->dest.port : packet->source.port;
	__u64 diff = csum_diff16(*port, to);

	*port = to;
	return diff;
}

/* A UDP checksum of 0 says that there is none, and stays so. One that comes out as 0 is
 * sent as 0xffff, which is the same number to a receiver. */
static __always_inline __sum16 rewrite_udp_check(__sum16 check, __u64 diff)
{
	if (!check)
		return 0;
	check = csum_update(check, diff);
	return check ? check : (__sum16)0xffff;
}

/* `diff`: of the address, which is part of the checksum as a pseudo header. */
static __always_inline void rewrite_transport(struct packet *packet, __u64 diff)
{
	diff += rewrite_port(packet);
	if (packet->dest.protocol == IPPROTO_TCP)
		*packet->check = csum_update(*packet->check, diff);
	else
		*packet->check = rewrite_udp_check(*packet->check, diff);
}

/* One hop less; returns the difference to an IPv4 header's checksum. */
static __always_inline __u64 rewrite_ttl(struct packet *packet)
{
	if (!packet->is_v4) {
		packet->v6->hop_limit--;
		return 0;
	}
	packet->v4->ttl--;
	return csum_diff16(bpf_htons(1 << 8), 0); /* TTL: the first byte of its word */
}

/* A router's part; the stack does it for a packet that it forwards itself. */
static __always_inline __u64 rewrite_hop(struct packet *packet)
{
	packet->eth->dest = packet->hop.dest_mac;
	packet->eth->source = packet->hop.source_mac;
	return rewrite_ttl(packet);
}

static __always_inline void rewrite_packet(struct packet *packet)
{
	__u64 diff = rewrite_address(packet);

	if (packet->ports)
		rewrite_transport(packet, diff);
	if (packet_is_forwarded(packet))
		diff += rewrite_hop(packet);
	if (packet->is_v4)
		packet->v4->check = csum_update(packet->v4->check, diff);
}

#endif
