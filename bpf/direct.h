/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Last stage for pods that answer their clients directly: what the client has sent goes
 * to the pod as it is, one hop older; to the pod's MAC address (l2), or behind another
 * header (ipip, gue). */
#ifndef DIRECT_H
#define DIRECT_H

#include "csum.h"
#include "macs.h"
#include "packet.h"
#include "parse.h"
#include "quote.h"
#include "rewrite.h"
#include "sum.h"
#include "tunnel.h"

#define DIRECT_TTL 64 /* of the outer header */

/* An IPv4 packet that the stack sends on must not come from the node itself: the stack
 * takes that for forged. So it comes from its client, and if that has no IPv4 address,
 * from the address that is nobody's (RFC 7600). */
#define DIRECT_NOBODY bpf_htonl(0xc0000008)

/* What the headers in front say of the packet. */
struct direct_header {
	__be32 source_v4;
	__be16 id, fragment; /* IPv4 */
	__be16 len;	     /* of the packet, and UDP's header if there is one */
	__be16 port;	     /* gue */
	__sum16 check;	     /* gue */
	__u8 tos, protocol;
	__be32 first_word; /* IPv6 */
};

/* Summed byte by byte, since a checksum inside that is wrong must not come out right. */
static __always_inline __sum16 direct_udp_check(
	const struct packet *packet, const struct direct_header *header)
{
	__u64 sum = (__u16)sum_frame(packet->ctx, sizeof(struct eth), packet->ip_len);

	for (int i = 0; i < 4; i++)
		sum += (__u64)sp_source_v6[i] + packet->dest.addr.word[i];
	sum += bpf_htons(IPPROTO_UDP) + header->len; /* pseudo header */
	sum += header->port + TUNNEL_GUE_PORT + header->len;
	sum = csum_fold(sum);
	return sum == 0xffff ? sum : (__u16)~sum;
}

static __always_inline void direct_read_v4(
	const struct packet *packet, struct direct_header *ret_header, __u64 hash)
{
	_Bool is_resolved = packet_is_forwarded(packet);

	ret_header->source_v4 = is_resolved	? sp_source_v4
				: packet->is_v4 ? packet->source.addr.word[3]
						: DIRECT_NOBODY;
	if (!packet->is_v4) {
		ret_header->fragment = bpf_htons(PARSE_DONT_FRAGMENT);
		return;
	}
	ret_header->fragment = packet->v4->frag_off & bpf_htons(PARSE_DONT_FRAGMENT);
	if (!ret_header->fragment)
		ret_header->id = packet->v4->id ^ (__u16)(hash >> 32);
}

/* All that comes from the packet, before the frame moves. */
static __always_inline void direct_read(
	const struct packet *packet, struct direct_header *ret_header)
{
	__u64 hash = tunnel_hash(packet);
	_Bool is_gue = packet->forward == SP_FORWARD_GUE;

	ret_header->len =
		bpf_htons(packet->ip_len + (is_gue ? sizeof(struct udphdr) : 0));
	ret_header->tos = packet_tos(packet);
	ret_header->protocol = tunnel_protocol(packet);
	ret_header->port = tunnel_port(hash);
	ret_header->first_word = tunnel_first_word(ret_header->tos, hash);
	if (tunnel_is_v4(packet))
		direct_read_v4(packet, ret_header, hash);
	else if (is_gue)
		ret_header->check = direct_udp_check(packet, ret_header);
}

static __always_inline void direct_write_v4(
	const struct packet *packet, const struct direct_header *header, struct iphdr *v4)
{
	*v4 = (struct iphdr){
		.version = 4,
		.ihl = sizeof(*v4) / 4,
		.tos = header->tos,
		.tot_len = bpf_htons(packet->ip_len + packet->tunnel_len),
		.id = header->id,
		.frag_off = header->fragment,
		.ttl = DIRECT_TTL,
		.protocol = header->protocol,
		.saddr = header->source_v4,
		.daddr = packet->dest.addr.word[3],
	};
	v4->check = csum_of_v4(v4);
}

static __always_inline void direct_write_v6(const struct packet *packet,
	const struct direct_header *header, struct ipv6hdr *v6)
{
	*(__be32 *)v6 = header->first_word;
	v6->payload_len = header->len;
	v6->nexthdr = header->protocol;
	v6->hop_limit = DIRECT_TTL;
	for (int i = 0; i < 4; i++)
		v6->saddr.in6_u.u6_addr32[i] = sp_source_v6[i];
	__builtin_memcpy(&v6->daddr, &packet->dest.addr, sizeof(v6->daddr));
}

static __always_inline void direct_write_udp(
	const struct direct_header *header, struct udphdr *udp)
{
	*udp = (struct udphdr){
		.source = header->port,
		.dest = TUNNEL_GUE_PORT,
		.len = header->len,
		.check = header->check,
	};
}

/* Behind the outer IP header there is always as much as UDP's takes: that, or the packet.
 */
static __always_inline _Bool direct_write(
	const struct packet *packet, const struct direct_header *header, struct eth *eth)
{
	_Bool to_v4 = tunnel_is_v4(packet);
	void *ip = eth + 1;
	struct udphdr *udp = ip + (to_v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr));

	barrier_var(udp);
	if ((void *)(udp + 1) > (void *)(long)packet->ctx->data_end)
		return 0;
	if (packet_is_forwarded(packet)) {
		eth->dest = packet->hop.dest_mac;
		eth->source = packet->hop.source_mac;
	}
	eth->type = to_v4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	if (to_v4)
		direct_write_v4(packet, header, ip);
	else
		direct_write_v6(packet, header, ip);
	if (packet->forward == SP_FORWARD_GUE)
		direct_write_udp(header, udp);
	return 1;
}

/* Afterwards the packet's pointers into the frame are void. */
static __always_inline _Bool direct_put_in_tunnel(struct packet *packet)
{
	struct direct_header header = {};
	struct eth *eth;

	direct_read(packet, &header);
	eth = macs_move(packet->ctx, -(int)packet->tunnel_len);
	if (!eth || !direct_write(packet, &header, eth))
		return packet_stop(packet, SP_REASON_NO_ROOM);
	return 1;
}

/* A function of its own: its headers take no room on the stack of what comes before, and
 * packets that are rewritten have all registers. */
static __noinline void direct_send(struct packet *packet)
{
	__u64 diff = packet->forward == SP_FORWARD_L2 ? rewrite_hop(packet)
						      : rewrite_ttl(packet);

	if (packet->is_v4)
		packet->v4->check = csum_update(packet->v4->check, diff);
	if (packet->tunnel_len && !direct_put_in_tunnel(packet))
		return;
	if (packet->is_error)
		packet->reason = quote_reason(packet->reason);
}

#endif
