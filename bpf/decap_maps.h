/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps of the decapsulating program beside that of VLAN devices: what each holds, who
 * writes it, who reads it, what a miss means. The loader pins them, so that all devices
 * of a node share them. */
#ifndef DECAP_MAPS_H
#define DECAP_MAPS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "decap.h"

/* Prefix of an address -> enum sp_local: what this node answers for (its local routes).
 * Written by the loader when it attaches. Read for each tunnel packet with the
 * destination outside (a miss: OTHER_NODE), then with that inside (a miss, or an address
 * that is no VIP's: NO_VIP). */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, SP_LOCALS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sp_prefix);
	__type(value, __u32);
} sp_locals SEC(".maps");

/* Prefix of an address -> 1: who may send tunnel packets. Written by the loader when it
 * attaches. Read for each that would be decapsulated. A miss: REFUSED. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, SP_SENDERS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sp_prefix);
	__type(value, __u32);
} sp_senders SEC(".maps");

/* enum sp_decap_reason -> packets that left for this reason, one count per CPU. Written
 * by the program, read by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SP_DECAP_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} sp_decap SEC(".maps");

#endif
