/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between the stages: fragments of a datagram follow the first one, which alone has
 * ports.
 *
 * A first fragment that is forwarded leaves its ports behind; with them a later one takes
 * the same way through all stages, and a slot that moves holds on to the pod that the
 * first one went to. A later fragment that comes first goes to the stack: nothing can
 * wait here. Both directions are alike. */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "clock.h"
#include "event.h"
#include "maps.h"
#include "packet.h"

/* How long a receiver waits for fragments (Linux: 30 s, IPv6 60 s); identifications are
 * used again. */
#define FRAGMENT_S 60

/* Of the addresses in the frame: those of the packet may have changed. */
static __always_inline void fragment_write_key(
	const struct packet *packet, struct sp_fragment_key *ret_key)
{
	*ret_key = (struct sp_fragment_key){.id = packet->fragment_id};
	if (packet->is_v4) {
		ret_key->source = sp_addr_from_v4(packet->v4->saddr);
		ret_key->dest = sp_addr_from_v4(packet->v4->daddr);
		ret_key->protocol = packet->v4->protocol;
	} else {
		__builtin_memcpy(&ret_key->source, &packet->v6->saddr, 16);
		__builtin_memcpy(&ret_key->dest, &packet->v6->daddr, 16);
	}
}

/* Give a later fragment the ports that the first one had. */
static __noinline _Bool fragment_find_ports(struct packet *packet)
{
	struct sp_fragment_key key;
	const struct sp_fragment *first;

	fragment_write_key(packet, &key);
	first = bpf_map_lookup_elem(&sp_fragments, &key);
	if (!first || clock_now_s() >= first->seen_s + FRAGMENT_S)
		return packet_stop(packet, SP_REASON_FRAGMENT);
	packet->source.port = first->source_port;
	packet->dest.port = first->dest_port;
	packet->source.protocol = packet->dest.protocol = first->protocol;
	return 1;
}

static __noinline void fragment_remember_ports(const struct packet *packet)
{
	struct sp_fragment first = {
		.protocol = packet->dest.protocol,
		.seen_s = clock_now_s(),
	};
	struct sp_fragment_key key;

	first.source_port = packet->ports->source;
	first.dest_port = packet->ports->dest;
	fragment_write_key(packet, &key);
	bpf_map_update_elem(&sp_fragments, &key, &first, BPF_ANY);
	event_count(SP_EVENT_FRAGMENT_REMEMBERED);
}

/* Behind parse: a later fragment goes on as what the first one was, if that is known. */
static __always_inline _Bool fragment_follow(struct packet *packet)
{
	return packet->ports || fragment_find_ports(packet);
}

/* Before rewrite: the later fragments may follow. */
static __always_inline void fragment_lead(const struct packet *packet)
{
	if (packet->more && packet->ports)
		fragment_remember_ports(packet);
}

#endif
