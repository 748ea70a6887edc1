/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of one size that are used anew: in the steady state nothing is allocated. */
#ifndef L7_POOL_H
#define L7_POOL_H

#include <stddef.h>

struct pool {
	size_t size;  /* of one object */
	size_t batch; /* objects that are allocated together */
	void *free;
	void *batches;
};

void pool_init(struct pool *pool, size_t size, size_t batch);

/* An object with whatever it held before, or zeros, the one put back last first: that one
 * is in the caches. Aligned for any type. NULL when memory is out. */
void *pool_get(struct pool *pool);

void pool_put(struct pool *pool, void *object);

/* Call `take` with each object, those that are free as well: they are as they were when
 * they were put back but for their first bytes, or all zero. */
void pool_each(const struct pool *pool, void (*take)(void *context, void *object),
	void *context);

/* Frees all objects, those in use as well. */
void pool_done(struct pool *pool);

#endif
