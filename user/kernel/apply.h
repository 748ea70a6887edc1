/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of an apply share: its order (apply.c), numbers (claim.c), endpoints
 * that several services have (owners.c), its writing (write.c). */
#ifndef KERNEL_APPLY_H
#define KERNEL_APPLY_H

#include "base/clock.h"
#include "kernel/state.h"

/* Keys for one of the hash maps, put in together at the end. */
struct keys {
	struct sp_endpoint *at;
	uint32_t *numbers;
	__u32 len;
};

/* A service that is written: one that changes, or one whose table is to be as built
 * again. */
struct target {
	const struct plan_service *change;
	uint32_t number;
	const uint32_t *pods; /* place -> number in sp_pods */
};

/* An endpoint that some service gains or loses. */
struct owner {
	struct sp_endpoint at;
	uint32_t len;	 /* pods that will have it */
	uint32_t number; /* one of them; SP_POD_NONE: none */
	bool is_known;	 /* sp_backs has it */
};

struct owners {
	struct owner *at; /* by endpoint */
	size_t len;
	bool has_others; /* services that stay as they are have some of them, too */
};

struct apply {
	struct kernel *kernel;
	const struct plan *plan;
	struct live live;
	uint32_t next;	/* the generation that is being written */
	uint32_t now_s; /* of the slots that begin to move */
	struct target *targets;
	size_t targets_len;
	uint32_t *numbers; /* what the targets' `pods` point into */
	struct owners owners;
	uint64_t alive[SP_PODS_MAX / 64]; /* bit n: pod n will be ready or draining */
	struct keys vips, backs;
	bool gone; /* there is something to clear away afterwards */
	struct kernel_apply_result result;
	struct diags *diags;
};

int no_space(struct apply *apply, const char *what, unsigned long max);

/* claim.c: a number for every target and each of its pods; live ones keep theirs. */
int claim_numbers(struct apply *apply);

/* owners.c. Made once numbers are claimed; find: NULL when nothing changes there. */
int owners_make(struct apply *apply);
const struct owner *owners_find(
	const struct owners *owners, const struct sp_endpoint *at);

/* write.c: what one target will be, with its pods and its table. */
int write_target(struct apply *apply, const struct target *target);

/* Write that it will be gone; its pods' ends are written one by one. */
void write_service_gone(struct apply *apply, const struct service *live);
void write_pod_gone(struct apply *apply, const struct pod *live);

/* Write which pods of services that stay as they are others share from now on. */
void write_shared(struct apply *apply, const struct service *live);

#endif
