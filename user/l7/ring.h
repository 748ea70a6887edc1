/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the access log only: the ring's memory.
 *
 * Its bytes are mapped twice, one behind the other, so that a line is never cut by the
 * ring's end. `put` and `taken` count bytes and never go back; what lies between them
 * is whole lines. */
#ifndef L7_RING_H
#define L7_RING_H

#include <stdatomic.h>

#include "l7/log.h"

struct log_ring {
	/* The worker's. */
	_Alignas(64) _Atomic uint64_t put;
	_Atomic uint64_t lost; /* lines */
	/* The writer's. */
	_Alignas(64) _Atomic uint64_t taken;
	_Atomic uint64_t told;	 /* of the lines lost: on stderr */
	_Atomic uint32_t asleep; /* 1: wake the writer by wake_fd */
	int wake_fd;		 /* an eventfd */
	_Alignas(4096) char bytes[];
};

#endif
