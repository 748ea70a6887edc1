/* SPDX-License-Identifier: BSD-2-Clause */
/* A map that is to say what the system says. */
#ifndef KERNEL_HOLD_H
#define KERNEL_HOLD_H

#include <stddef.h>

/* Make a hash map or trie hold exactly these elements. One that was there and stays is
 * never missing meanwhile.
 *
 * elements  each a key with its value right behind it; they are sorted. Of those with the
 *           same key the last by its bytes counts.
 * Returns 0 or a negative errno; some elements may be in place then. */
int hold_exactly(
	int map, void *elements, size_t len, size_t key_size, size_t element_size);

#endif
