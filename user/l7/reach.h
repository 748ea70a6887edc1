/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of the kernel's tables in a worker: chunks that an apply has added since it was
 * forked are asked from the keeper, who may open them. */
#ifndef L7_REACH_H
#define L7_REACH_H

#include <stdint.h>

#include "limits.h"

struct reach {
	const uint64_t *words; /* addresses for all chunks that there can be */
	uint32_t chunks;       /* so many are mapped from the front */
	int socket;	       /* to the keeper: CONTROL_CHUNK (control.h) */
};

/* l7_tables.reach of such a worker; `context` is a struct reach. Waits for the keeper.
 * Returns 0; -EINVAL there are no such words; -EPIPE the keeper is gone; another negative
 * errno. */
int reach_words(void *context, uint32_t first, uint32_t len);

#endif
