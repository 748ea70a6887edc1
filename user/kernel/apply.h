/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of an apply share: its order (apply.c), its writing (write.c). */
#ifndef KERNEL_APPLY_H
#define KERNEL_APPLY_H

#include <time.h>

#include "kernel/state.h"

/* Keys for one of the hash maps, put in together at the end. */
struct keys {
	struct sp_endpoint *at;
	uint32_t *numbers;
	__u32 len;
};

struct apply {
	struct kernel *kernel;
	const struct plan *plan;
	struct live live;
	uint32_t next; /* the generation that is being written */
	struct keys vips, backs;
	uint32_t *places; /* pods of one service: place -> number */
	bool gone;	  /* there is something to clear away afterwards */
	struct kernel_apply_result result;
	struct diags *diags;
};

/* Write what one changed service will be, with its pods and its table. */
int write_service(struct apply *apply, const struct plan_service *change);

/* Write that it will be gone; its pods' ends are written one by one. */
void write_service_gone(struct apply *apply, const struct service *live);
void write_pod_gone(struct apply *apply, const struct pod *live);

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

#endif
