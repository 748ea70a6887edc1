/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One slot of a table: current pod, previous pod and state, in 64 bits.
 *
 *   bits  0..17  current pod
 *   bits 18..35  previous pod, or SP_POD_NONE
 *   bits 36..63  when the slot began to move, in seconds of CLOCK_MONOTONIC + 1, which
 *                lasts for 8 years; 0 when the slot is clean
 *
 * A pod is its number in sp_pods, or in a table that is not in the kernel its place in
 * the service's list. A slot is read and written as one word, so that a packet never
 * sees half of a change.
 *
 * No process need run for the state to be right: the time in the slot tells it. */
#ifndef SP_SLOT_H
#define SP_SLOT_H

#include <linux/types.h>

#define SP_POD_BITS 18
#define SP_POD_NONE ((1U << SP_POD_BITS) - 1)
#define SP_SLOT_MOVED_SHIFT (2 * SP_POD_BITS)

typedef __u64 sp_slot;

enum sp_slot_state {
	SP_SLOT_CLEAN,	/* all to the current pod; no flow is remembered */
	SP_SLOT_MOVING, /* new flows to the current pod, older ones to the previous */
	SP_SLOT_PINNED, /* flows that are remembered keep their pod, others: current */
};

static inline sp_slot sp_slot_clean(__u32 current)
{
	return (__u64)SP_POD_NONE << SP_POD_BITS | current;
}

/* `previous` may be SP_POD_NONE: then flows that are not remembered go to the current
 * pod, but those that are keep theirs. */
static inline sp_slot sp_slot_moved(__u32 current, __u32 previous, __u32 now_s)
{
	return ((__u64)now_s + 1) << SP_SLOT_MOVED_SHIFT |
	       (__u64)previous << SP_POD_BITS | current;
}

static inline __u32 sp_slot_current(sp_slot slot)
{
	return slot & SP_POD_NONE;
}

static inline __u32 sp_slot_previous(sp_slot slot)
{
	return slot >> SP_POD_BITS & SP_POD_NONE;
}

static inline _Bool sp_slot_is_clean(sp_slot slot)
{
	return !(slot >> SP_SLOT_MOVED_SHIFT);
}

/* When it began to move; of a slot that is not clean. */
static inline __u32 sp_slot_moved_s(sp_slot slot)
{
	return (slot >> SP_SLOT_MOVED_SHIFT) - 1;
}

/* How long slots move: for `len_s` seconds, but for those that began before `over_s`.
 * Their window was over when it was made longer, and what has come to the current pod
 * since then is not remembered: they must not move again. */
struct sp_window {
	__u32 len_s;
	__u32 over_s;
};

static inline enum sp_slot_state sp_slot_state(
	sp_slot slot, __u32 now_s, const struct sp_window *window)
{
	__u32 moved_s = sp_slot_moved_s(slot);

	if (sp_slot_is_clean(slot))
		return SP_SLOT_CLEAN;
	if (moved_s < window->over_s)
		return SP_SLOT_PINNED;
	/* So it is moving to a clock, too, that lags behind the one that stamped it. */
	return now_s < moved_s + window->len_s ? SP_SLOT_MOVING : SP_SLOT_PINNED;
}

#endif
