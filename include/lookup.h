/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a table lies in memory, and how a hash finds its slot there. */
#ifndef SP_LOOKUP_H
#define SP_LOOKUP_H

#include "types.h"

/* A table is a run of 64-bit words:
 *
 *   maglev      slot[size]
 *   ring-hash   slot[size]  point[size]  index[2^index_bits]
 *
 * Point i is the hash at which arc i ends; points ascend, and slot i belongs to point i.
 * index[b] tells where the entry of a hash with the top bits b lies: its low half is the
 * number of the first point that is not below b << (64 - index_bits), its high half that
 * of the next bucket (`size` for the last one). So one look says how many points are left
 * to compare: with about as many buckets as points, none or one.
 * 1 <= index_bits <= SP_INDEX_BITS_MAX. */
#define SP_INDEX_BITS_MAX 24

/* The search inside one bucket of the index halves what is left: no bucket holds more
 * than all 2^23 points of the largest ring. */
#define SP_BUCKET_STEPS_MAX 24

/* Word `index` of the tables, or NULL: then the table's description is wrong.
 * `words` is whatever the reader of this header keeps its words in. */
typedef const __u64 *(*sp_word_at)(const void *words, __u32 index);

struct sp_table_at {
	__u32 first; /* word */
	__u32 size;  /* slots, > 0 */
	__u8 algorithm;
	__u8 index_bits;
};

/* How many words the table is long. */
static inline __attribute__((always_inline)) __u32 sp_table_words(
	const struct sp_table_at *table)
{
	if (table->algorithm == SP_ALGORITHM_RING_HASH)
		return 2 * table->size + (1U << table->index_bits);
	return table->size;
}

static inline __attribute__((always_inline)) long sp_ring_find(
	const struct sp_table_at *table, __u64 hash, sp_word_at word_at,
	const void *words)
{
	__u32 points = table->first + table->size;
	__u32 index = points + table->size;
	__u32 bucket = hash >> (64 - table->index_bits);
	const __u64 *found = word_at(words, index + bucket);
	__u32 low, high;

	if (!found)
		return -1;
	low = *found;
	high = *found >> 32;
	for (int step = 0; step < SP_BUCKET_STEPS_MAX && low < high; step++) {
		__u32 middle = low + (high - low) / 2;
		const __u64 *point = word_at(words, points + middle);

		if (!point)
			return -1;
		if (*point < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->size ? low : 0;
}

/* The number of the slot that `hash` falls on, below table->size; -1 when a word is
 * missing. `word_at` must be a constant, so that it is inlined. */
static inline __attribute__((always_inline)) long sp_table_find(
	const struct sp_table_at *table, __u64 hash, sp_word_at word_at,
	const void *words)
{
	if (table->algorithm == SP_ALGORITHM_RING_HASH)
		return sp_ring_find(table, hash, word_at, words);
	return hash % table->size;
}

#endif
