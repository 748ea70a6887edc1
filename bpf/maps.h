/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps that loader and program share: what each holds, who writes it, who reads it,
 * what a miss means; that of VLAN devices is in vlans.h. (What the program remembers for
 * itself is in service.h and next_hop.h, clock.h.)
 *
 * The loader pins them all, so that they outlive it and all devices share them. Numbers
 * are host byte order; addresses and ports are network byte order, as in the packet.
 * "Dies" is when an element may be used for something else: always after the generation
 * that no longer names it was published and all packets of the time before have left. */
#ifndef MAPS_H
#define MAPS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "events.h"
#include "reasons.h"
#include "types.h"
#include "vlans.h"

/* 0 -> which generation of services and pods is live.
 * Written by the loader: one store makes an apply live. Read once per packet. Never
 * dies, never missed. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sp_state);
} sp_state SEC(".maps");

/* VIP -> service number; and its address alone, port 0 and protocol ICMP or ICMPv6, ->
 * the number of a service that has it.
 * Written by the loader before the service is published; dies after the service is
 * gone, and the address after all that have it. Read for every packet with its
 * destination. A miss: not on its way to a VIP. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * SP_SERVICES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sp_endpoint);
	__type(value, __u32);
} sp_vips SEC(".maps");

/* Service number -> the service, in two versions.
 * Written in place by the loader, always the version that is not live. Read for each
 * packet to a VIP, and for its VIP on the way back. A miss (number out of range) hides
 * the VIP; on the way back it is BROKEN_MAP. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SP_SERVICES_MAX);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sp_service);
} sp_services SEC(".maps");

/* Pod -> pod number.
 * Written by the loader before the pod is published; dies after the pod is gone. Read
 * for every packet that is not on its way to a VIP, with its source. A miss: not ours. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SP_PODS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sp_endpoint);
	__type(value, __u32);
} sp_backs SEC(".maps");

/* Pod number -> the pod, in two versions.
 * Written in place by the loader, always the version that is not live. Read with the
 * number that a slot or sp_backs gives. A miss (number out of range): BROKEN_MAP. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SP_PODS_MAX);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct sp_pod);
} sp_pods SEC(".maps");

/* A chunk: word in the chunk -> a slot, a ring's point or an index (lookup.h). */
struct sp_chunk {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SP_CHUNK_WORDS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
};

/* Chunk number -> chunk; word i of the tables lies in chunk i >> SP_CHUNK_BITS.
 * The loader adds chunks when it needs more words and writes words that no live service
 * names. A miss: BROKEN_MAP. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SP_CHUNKS_MAX);
	__type(key, __u32);
	__array(values, struct sp_chunk);
} sp_tables SEC(".maps");

/* enum sp_reason -> packets that left for this reason, one count per CPU.
 * Written by the program, read by the loader. A miss is impossible and would change
 * nothing for the packet. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SP_REASON_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} sp_counters SEC(".maps");

/* Flow -> its pod, for flows of slots that are not clean (slot.h): those that keep an
 * older pod, and new ones that have proven to be alive. Times are whole seconds.
 * Written and read by the program; the loader removes what is idle, dead or needless. A
 * miss: the slot decides. Full: nothing is pushed out, the flow goes unpinned and is
 * counted (FLOWS_FULL). Where sessions are, a pin to the table's current pod may be
 * needed all the same: the session's slot decides there.
 *
 * Allocated beforehand: with a million flows a hit then takes 20 to 35 % less time, as
 * the elements lie side by side (6.18). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SP_FLOWS_MAX);
	__type(key, struct sp_flow_key);
	__type(value, struct sp_flow);
} sp_flows SEC(".maps");

/* New TCP flow of a moving slot -> its pod, from its SYN to its next packet, which takes
 * it to sp_flows. A flood of SYNs pushes out what is oldest here and nothing elsewhere.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SP_SYNS_MAX);
	__type(key, struct sp_flow_key);
	__type(value, struct sp_flow);
} sp_syns SEC(".maps");

/* Client of a service with sessions -> its slot. Written and read by the program; dies of
 * the service's timeout, or when newer ones push it out. A miss: the table decides. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SP_SESSIONS_MAX);
	__type(key, struct sp_session_key);
	__type(value, struct sp_session);
} sp_sessions SEC(".maps");

/* Flow of a pod behind more than one VIP -> the VIP that it came by. Written on the way
 * to the pod, read on the way back. A miss on the way back: the service that had
 * the pod alone until a short while ago (sp_pod.alone_s), else NO_WAY. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SP_WAYS_MAX);
	__type(key, struct sp_way_key);
	__type(value, struct sp_way);
} sp_ways SEC(".maps");

/* Datagram -> the ports of its first fragment, which the later ones do not carry.
 * Written by a first fragment that is forwarded, read by the later ones; dies of age, or
 * when newer ones push it out. A miss: FRAGMENT. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SP_FRAGMENTS_MAX);
	__type(key, struct sp_fragment_key);
	__type(value, struct sp_fragment);
} sp_fragments SEC(".maps");

/* Version of a service and source prefix -> may come (loadBalancerSourceRanges). Written
 * by the loader before the version is published, dies after it; read for versions that
 * are `filtered`. A miss: REFUSED. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, SP_RANGES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sp_range_key);
	__type(value, __u32); /* 1 */
} sp_ranges SEC(".maps");

/* Pod number -> packets that went there, one count per CPU. Written by the program, read
 * by the loader, which clears it before a number is used again. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SP_PODS_MAX);
	__type(key, __u32);
	__type(value, struct sp_traffic);
} sp_traffic SEC(".maps");

/* enum sp_event -> how often, one count per CPU. As sp_counters. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SP_EVENT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} sp_events SEC(".maps");

#endif
