/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps that loader and program share: what each holds, who writes it, who reads it,
 * what a miss means. (What the program remembers for itself is in service.h and
 * next_hop.h.)
 *
 * The loader pins them all, so that they outlive it and all devices share them. Numbers
 * are host byte order; addresses and ports are network byte order, as in the packet.
 * "Dies" is when an element may be used for something else: always after the generation
 * that no longer names it was published and all packets of the time before have left. */
#ifndef MAPS_H
#define MAPS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "reasons.h"
#include "types.h"

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

/* VIP -> service number.
 * Written by the loader before the service is published; dies after the service is
 * gone. Read for every packet with its destination. A miss: not on its way to a VIP. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SP_SERVICES_MAX);
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

#endif
