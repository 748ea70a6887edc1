/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the keeper has the tables from: the kernel's state, or manifests. */
#ifndef L7_ORIGIN_H
#define L7_ORIGIN_H

#include "base/diag.h"
#include "kernel/kernel.h"
#include "l7/reach.h"
#include "l7/snapshot.h"

/* Reads manifests, and prints what is wrong with them. What places in the model point to
 * lasts until the next call. Returns 0 or a negative errno. */
typedef int (*origin_read)(void *context, struct model *ret_model);

struct origin {
	struct l7_tables tables;
	struct reach reach;    /* of the kernel's state: how far words are mapped */
	struct kernel *kernel; /* NULL: manifests */
	struct snapshot snapshot;
	origin_read read;
	void *context;
};

/* The state pinned under `pin_dir`; an error when there is none. */
int origin_open_kernel(
	const char *pin_dir, struct origin *ret_origin, struct diags *diags);

/* What `read` reads. */
int origin_open_manifests(
	origin_read read, void *context, struct origin *ret_origin, struct diags *diags);

/* Read the manifests again; after a failure the tables are those of before. Of the
 * kernel's state, map what has been added. */
int origin_reload(struct origin *origin, struct diags *diags);

void origin_close(struct origin *origin);

static inline bool origin_is_live(const struct origin *origin)
{
	return origin->kernel;
}

/* Changes with every apply. */
static inline uint32_t origin_generation(const struct origin *origin)
{
	return __atomic_load_n(&origin->tables.state->generation, __ATOMIC_ACQUIRE);
}

#endif
