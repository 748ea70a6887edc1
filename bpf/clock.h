/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one clock of all that is remembered. */
#ifndef CLOCK_H
#define CLOCK_H

#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#define CLOCK_NS_PER_S 1000000000

/* Seconds of CLOCK_MONOTONIC, as slots and settings have them (the coarse helper reads
 * that clock as of the last tick, not CLOCK_BOOTTIME). 18 ns (6.18): not for packets of
 * clean slots. */
static __always_inline __u32 clock_now_s(void)
{
	return bpf_ktime_get_coarse_ns() / CLOCK_NS_PER_S;
}

#endif
