/* SPDX-License-Identifier: BSD-2-Clause */
/* The two algorithms behind table_build(), for table.c and the tests. */
#ifndef TABLE_BUILD_H
#define TABLE_BUILD_H

#include "model/text.h"
#include "table/table.h"

/* A pod that gets slots. */
struct table_pod {
	char key[ENDPOINT_TEXT_MAX]; /* what Envoy hashes: pod_format() */
	uint32_t key_len;
	uint32_t place; /* what its slots say */
	double weight;	/* its share: all weights together are 1 */
};

/* Build a maglev table: slots are dealt in turns, to a pod of the greatest weight in each
 * turn, to others in proportion. Pods may come in any order; with more pods than slots
 * the last ones by key get none.
 *
 * size  prime, as Envoy's are, or a power of two; 2..SP_MAGLEV_SIZE_MAX
 * Returns 0; -EINVAL no pod, or another size; -ENOMEM.
 * Source: Maglev, NSDI 2016, section 3.4; order and weights as in Envoy. */
int maglev_build(const struct table_pod *pods, size_t pods_len, uint32_t size,
	struct table *ret_table);

/* Build a hash ring: so many entries that the pod of the smallest weight gets a whole
 * number of them and all together are at least `size_min`, but not above `size_max`.
 * Where the numbers are uneven, a pod that comes earlier gets one more.
 *
 * Returns 0; -EINVAL no pod, or not 1 <= size_min <= size_max <= SP_RING_SIZE_MAX;
 * -ENOMEM. Source: the ketama ring with weights as in Envoy. */
int ring_build(const struct table_pod *pods, size_t pods_len, uint32_t size_min,
	uint32_t size_max, struct table *ret_table);

/* How many bits the index of a ring of `size` points has: about as many buckets. */
uint8_t ring_index_bits(uint32_t size);

#endif
