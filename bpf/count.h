/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters, one for each CPU; a packet's way never depends on them. */
#ifndef COUNT_H
#define COUNT_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/* `counts`: an array per CPU of 64-bit numbers. A miss changes nothing. */
static __always_inline void count_one(void *counts, __u32 key)
{
	__u64 *times = bpf_map_lookup_elem(counts, &key);

	if (times)
		(*times)++;
}

#endif
