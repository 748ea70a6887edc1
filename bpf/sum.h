/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The Internet checksum over the bytes of a frame, for what has to be summed anew. */
#ifndef SUM_H
#define SUM_H

#include <linux/if_ether.h>

#include "csum.h"
#include "maps.h"

#define SUM_PART 512  /* bytes that bpf_csum_diff() takes at once */
#define SUM_PARTS 128 /* in the largest IP packet */

/* Some bytes of a frame, and zeros behind them to a multiple of four. */
struct sum_part {
	__be32 words[SUM_PART / 4 + 1];
};

/* 0 -> a part of a frame.
 * Written and read by the program, each CPU for itself; not pinned. Never missed. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sum_part);
} sp_sum_part SEC(".maps");

/* The folded sum of the `len` bytes at `at` in the frame, in however many buffers they
 * are; -1: there are fewer. A function of its own for the verifier, which checks it once.
 */
__noinline int sum_frame(struct xdp_md *ctx, __u32 at, __u32 len)
{
	const __u32 only = 0;
	struct sum_part *part = bpf_map_lookup_elem(&sp_sum_part, &only);
	__u32 sum = 0, end = at + len;

	if (!part || at > ETH_FRAME_LEN || !len)
		return -1;
	/* Counted, or 6.1 does not see an end ("sequence of 8193 jumps is too complex").
	 */
	for (int i = 0; i < SUM_PARTS && len > SUM_PART; i++, len -= SUM_PART) {
		if (bpf_xdp_load_bytes(ctx, end - len, part->words, SUM_PART))
			return -1;
		sum = bpf_csum_diff(NULL, 0, part->words, SUM_PART, sum);
	}
	/* All that is left, 1 to 512 bytes, but the verifier believes only a mask (6.1:
	 * "R3 min value is outside of the allowed memory range"). */
	len--;
	barrier_var(len);
	len = (len & (SUM_PART - 1)) + 1;
	part->words[len / 4] = 0;
	if (bpf_xdp_load_bytes(ctx, end - len, part->words, len))
		return -1;
	return csum_fold(bpf_csum_diff(NULL, 0, part->words, (len + 3) & ~3U, sum));
}

#endif
