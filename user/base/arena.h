/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is given back all at once: what one run reads and builds. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

/* Zero-initialised means empty and ready. */
struct arena {
	struct arena_block *blocks;
};

/* `size` zeroed bytes, aligned for any type, owned by the arena until arena_done().
 * NULL when memory is out. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of `len` bytes of `text` with a final NUL; NULL when memory is out. */
char *arena_strndup(struct arena *arena, const char *text, size_t len);

/* Formatted text, as by asprintf; NULL when memory is out. */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An array that may take one more: returns `items` itself while `len` is below its
 * capacity, else a copy of twice the capacity. Capacities are 0, 8, 16, 32, ... as `len`
 * passes them, so only `len` need be kept. `size` is that of one item. NULL when memory
 * is out (the old array stays). */
void *arena_grow(struct arena *arena, void *items, size_t len, size_t size);

void arena_done(struct arena *arena);

#endif
