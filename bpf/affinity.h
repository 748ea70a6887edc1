/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Third stage, to a pod: the client's key, its hash, its slot, and the slot's pod. */
#ifndef AFFINITY_H
#define AFFINITY_H

#include "flow.h"
#include "hash.h"
#include "lookup.h"
#include "maps.h"
#include "packet.h"
#include "session.h"
#include "slot.h"
#include "tunnel.h"
#include "way.h"

static __always_inline const __u64 *affinity_word_at(const void *words, __u32 index)
{
	__u32 chunk_number = index >> SP_CHUNK_BITS;
	__u32 at = index & (SP_CHUNK_WORDS - 1);
	void *chunk = bpf_map_lookup_elem((void *)words, &chunk_number);

	return chunk ? bpf_map_lookup_elem(chunk, &at) : NULL;
}

/* A function of its own: the text of an IPv6 address takes much of the stack, and all
 * that comes later would be without it. */
static __noinline __u64 affinity_hash_v6(const struct packet *packet)
{
	return sp_hash_source_v6(&packet->source.addr);
}

static __always_inline __u64 affinity_hash(const struct packet *packet, __u8 key)
{
	if (key == SP_KEY_SOURCE_IP)
		return packet->is_v4 ? sp_hash_source_v4(packet->source.addr.word[3])
				     : affinity_hash_v6(packet);
	return sp_hash_source_ip_port(&packet->source, packet->dest.port);
}

/* The slot that `hash` falls on; NULL: a word of the table is missing. */
static __always_inline const sp_slot *affinity_find_slot(
	const struct sp_service_version *service, __u64 hash)
{
	struct sp_table_at table = {
		.first = service->first,
		.size = service->size,
		.algorithm = service->algorithm,
		.index_bits = service->index_bits,
	};
	long number = sp_table_find(&table, hash, affinity_word_at, &sp_tables);

	return number < 0 ? NULL : affinity_word_at(&sp_tables, table.first + number);
}

/* Sets `dest` and `owner`, and how the packet goes there. */
static __always_inline _Bool affinity_choose_pod(
	struct packet *packet, const struct sp_service_version *service)
{
	const struct sp_pod *pod;
	const sp_slot *found;
	sp_slot slot;
	__u32 number;

	if (sp_version_is_l7(service))
		return packet_stop(packet, SP_REASON_L7);
	if (!service->size)
		return packet_stop(packet, SP_REASON_NO_POD);
	found = affinity_find_slot(service, affinity_hash(packet, service->key));
	if (!found)
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	slot = *(const volatile sp_slot *)found;
	if (service->session_timeout_s)
		slot = session_find_slot(packet, service->session_timeout_s, slot);
	number = sp_slot_is_clean(slot) ? sp_slot_current(slot)
					: flow_choose_pod(packet, slot);
	pod = bpf_map_lookup_elem(&sp_pods, &number);
	if (!pod)
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	if (service->forward != SP_FORWARD_NAT)
		tunnel_enter(packet, service->forward, pod);
	else if (way_may_be_shared(pod) && !packet->is_error)
		way_remember(packet, pod);
	if (!packet_fits(packet, &pod->at))
		return packet_stop(packet, SP_REASON_BROKEN_MAP);
	packet->dest = pod->at;
	packet->owner = PACKET_POD(number);
	packet->reason = SP_REASON_TO_POD;
	return 1;
}

#endif
