// SPDX-License-Identifier: BSD-2-Clause
/* A list of what is free, through the objects themselves. */
#include "l7/pool.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>

struct batch {
	alignas(max_align_t) struct batch *next;
	alignas(max_align_t) unsigned char objects[];
};

void pool_init(struct pool *pool, size_t size, size_t batch)
{
	size_t align = alignof(max_align_t);

	*pool = (struct pool){.size = (size + align - 1) / align * align, .batch = batch};
}

static bool pool_grow(struct pool *pool)
{
	struct batch *batch = calloc(1, sizeof(*batch) + pool->size * pool->batch);

	if (!batch)
		return false;
	batch->next = pool->batches;
	pool->batches = batch;
	for (size_t i = pool->batch; i > 0; i--)
		pool_put(pool, batch->objects + (i - 1) * pool->size);
	return true;
}

void *pool_get(struct pool *pool)
{
	void **object;

	if (!pool->free && !pool_grow(pool))
		return NULL;
	object = pool->free;
	pool->free = *object;
	return object;
}

void pool_put(struct pool *pool, void *object)
{
	*(void **)object = pool->free;
	pool->free = object;
}

void pool_each(
	const struct pool *pool, void (*take)(void *context, void *object), void *context)
{
	for (struct batch *batch = pool->batches; batch; batch = batch->next)
		for (size_t i = 0; i < pool->batch; i++)
			take(context, batch->objects + i * pool->size);
}

void pool_done(struct pool *pool)
{
	struct batch *batch = pool->batches;

	while (batch) {
		struct batch *next = batch->next;

		free(batch);
		batch = next;
	}
	*pool = (struct pool){0};
}
