/* SPDX-License-Identifier: BSD-2-Clause */
/* Made-up tables for the tests of tables that move. */
#ifndef MOVE_TABLES_H
#define MOVE_TABLES_H

#include "test.h"

#include <stdlib.h>

#include "table/build.h"
#include "table/move.h"

#define NOW 5000
#define WINDOW 100
#define NONE SP_POD_NONE

static uint64_t alive[SP_POD_NONE / 64 + 1];

static inline void set_alive(uint32_t pod, bool is)
{
	alive[pod / 64] &= ~(1ULL << pod % 64);
	alive[pod / 64] |= (uint64_t)is << pod % 64;
}

static inline struct table make_maglev(const sp_slot *slots, uint32_t size)
{
	struct table table = {
		.at = {.size = size, .algorithm = SP_ALGORITHM_MAGLEV},
		.words = malloc(size * sizeof(*slots)),
		.words_len = size,
	};

	memcpy(table.words, slots, size * sizeof(*slots));
	return table;
}

struct ring_arc {
	uint64_t point;
	sp_slot slot;
};

static inline void write_index(struct table *ring)
{
	const uint64_t *points = ring->words + ring->at.size;
	uint64_t *index = ring->words + 2 * ring->at.size;

	for (uint64_t b = 0; b < 1ULL << ring->at.index_bits; b++) {
		uint64_t low = 0, high = 0;

		for (uint32_t i = 0; i < ring->at.size; i++) {
			low += points[i] >> (64 - ring->at.index_bits) < b;
			high += points[i] >> (64 - ring->at.index_bits) <= b;
		}
		index[b] = high << 32 | low;
	}
}

static inline struct table make_ring(const struct ring_arc *arcs, uint32_t size)
{
	struct table ring = {.at = {.size = size,
				     .algorithm = SP_ALGORITHM_RING_HASH,
				     .index_bits = ring_index_bits(size)}};

	ring.words_len = sp_table_words(&ring.at);
	ring.words = malloc(ring.words_len * sizeof(*ring.words));
	for (uint32_t i = 0; i < size; i++) {
		ring.words[i] = arcs[i].slot;
		ring.words[size + i] = arcs[i].point;
	}
	write_index(&ring);
	return ring;
}

#endif
