/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays of the heap that grow by one. */
#include "base/array.h"

#include <stdlib.h>

#define SIZE_FIRST 64

void *array_grow(void *items, size_t len, size_t *size, size_t item_size)
{
	size_t larger = *size ? 2 * *size : SIZE_FIRST;
	void *grown;

	if (len < *size)
		return items;
	grown = realloc(items, larger * item_size);
	if (grown)
		*size = larger;
	return grown;
}
