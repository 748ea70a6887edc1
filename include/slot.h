/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One slot of a table: current pod, previous pod and state, in 64 bits.
 *
 *   bits  0..23  current pod
 *   bits 24..47  previous pod, SP_POD_NONE when the slot is clean
 *   bits 48..63  when the slot began to move; 0 when it is clean
 *
 * A pod is its number in sp_pods, or in a table that is not in the kernel its place in
 * the service's list. A slot is read and written as one word, so that a packet never
 * sees half of a change. */
#ifndef SP_SLOT_H
#define SP_SLOT_H

#include <linux/types.h>

#define SP_POD_BITS 24
#define SP_POD_NONE ((1U << SP_POD_BITS) - 1)

typedef __u64 sp_slot;

static inline sp_slot sp_slot_clean(__u32 current)
{
	return (__u64)SP_POD_NONE << SP_POD_BITS | current;
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
	return sp_slot_previous(slot) == SP_POD_NONE;
}

#endif
