/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one clock of all that is remembered. */
#ifndef CLOCK_H
#define CLOCK_H

#include "maps.h"

#define CLOCK_NS_PER_S 1000000000

/* 0 -> when this CPU last read the clock, in jiffies, in the high half; what it said, in
 * the low half. The coarse clock goes on with the jiffies, which cost nothing to read,
 * while it takes 18 ns itself and its division some more (6.18).
 * Written and read by the program; not pinned. Never dies, never missed. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sp_clock SEC(".maps");

/* Seconds of CLOCK_MONOTONIC, as slots and settings have them (the coarse helper reads
 * that clock as of the last tick, not CLOCK_BOOTTIME). Not for packets of clean slots. */
static __always_inline __u32 clock_now_s(void)
{
	const __u32 only = 0;
	__u64 *known = bpf_map_lookup_elem(&sp_clock, &only);
	__u64 jiffies = bpf_jiffies64() << 32;
	__u32 now_s;

	if (known && *known >> 32 == jiffies >> 32)
		return *known;
	now_s = bpf_ktime_get_coarse_ns() / CLOCK_NS_PER_S;
	if (known)
		*known = jiffies | now_s;
	return now_s;
}

#endif
