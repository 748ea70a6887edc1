/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays of the heap that grow by one. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

/* `items` with room for one more than `len`; NULL when memory is out (the old array
 * stays). *size: of items that there is room for, 0 at first. */
void *array_grow(void *items, size_t len, size_t *size, size_t item_size);

#endif
