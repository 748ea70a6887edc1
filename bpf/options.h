/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv4 options: which packets that carry them may be forwarded here.
 *
 * Options go on untouched. A source route changes where the packet must go, and what is
 * malformed is for the stack to judge: both stop here. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <linux/bpf.h>
#include <linux/ip.h>

#include <bpf/bpf_helpers.h>

#define OPTIONS_LEN_MAX 40 /* what a header of 15 words leaves */

enum option { /* the first byte */
	OPTION_END = 0,
	OPTION_NOTHING = 1, /* this one and the end are a byte alone */
	OPTION_LOOSE_ROUTE = 131,
	OPTION_STRICT_ROUTE = 137,
};

/* Whether the `len` bytes of options at `at` in the frame may go on.
 *
 * A function of its own for the verifier, which checks it once, whatever the packet is;
 * and it steps byte by byte, because a place in the frame that depends on what was read
 * before costs 250,000 instructions of the million that it looks at (6.18). */
__noinline int options_may_pass(struct xdp_md *ctx, __u32 at, __u32 len)
{
	__u8 *options = (void *)(long)ctx->data + at;
	__u32 next = 0; /* where the next option begins */

	if (at > ETH_FRAME_LEN)
		return 0;
	for (__u32 i = 0; i < OPTIONS_LEN_MAX && i < len; i++) {
		if ((void *)(options + i + 1) > (void *)(long)ctx->data_end)
			return 0;
		if (i < next)
			continue;
		if (options[i] == OPTION_END)
			return 1;
		if (options[i] == OPTION_LOOSE_ROUTE || options[i] == OPTION_STRICT_ROUTE)
			return 0;
		if (options[i] == OPTION_NOTHING) {
			next = i + 1;
			continue;
		}
		if ((void *)(options + i + 2) > (void *)(long)ctx->data_end ||
			options[i + 1] < 2)
			return 0;
		next = i + options[i + 1];
	}
	return next == len;
}

#endif
