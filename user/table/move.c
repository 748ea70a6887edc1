/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots that move, in maglev tables and in rings. */
#include "table/move.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table/build.h"

/* A ring of more points has no index (lookup.h). */
#define POINTS_MAX (1U << SP_INDEX_BITS_MAX)

static bool is_alive(const struct move *move, uint32_t pod)
{
	return pod != SP_POD_NONE && move->alive[pod / 64] >> pod % 64 & 1;
}

static uint32_t pod_if_alive(const struct move *move, uint32_t pod)
{
	return is_alive(move, pod) ? pod : SP_POD_NONE;
}

/* What a slot becomes whose pod should be `wanted`. */
static sp_slot slot_move(const struct move *move, sp_slot slot, uint32_t wanted)
{
	enum sp_slot_state state = sp_slot_state(slot, move->now_s, &move->window);
	uint32_t current = sp_slot_current(slot);
	uint32_t previous = pod_if_alive(move, sp_slot_previous(slot));

	if (wanted == current)
		return state == SP_SLOT_CLEAN
			       ? slot
			       : sp_slot_moved(current, previous, sp_slot_moved_s(slot));
	if (state == SP_SLOT_MOVING && previous != SP_POD_NONE)
		return sp_slot_moved(wanted, previous, move->now_s);
	previous = pod_if_alive(move, current);
	if (state == SP_SLOT_CLEAN && previous == SP_POD_NONE)
		return sp_slot_clean(wanted);
	return sp_slot_moved(wanted, previous, move->now_s);
}

static bool are_clean(const uint64_t *slots, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (!sp_slot_is_clean(slots[i]))
			return false;
	return true;
}

/* --- Maglev --- */

static int move_maglev(const struct table *live, const struct table *wanted,
	const struct move *move, struct table *ret_moved)
{
	uint32_t size = live->at.size > wanted->at.size ? live->at.size : wanted->at.size;
	uint64_t *slots = malloc(size * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < size; i++)
		slots[i] = slot_move(move, live->words[i % live->at.size],
			sp_slot_current(wanted->words[i % wanted->at.size]));
	*ret_moved = (struct table){
		.at = {.size = size, .algorithm = SP_ALGORITHM_MAGLEV},
		.words = slots,
		.words_len = size,
	};
	return 0;
}

/* --- Rings --- */

/* The way around a ring, point by point. */
struct way {
	const uint64_t *slots, *points;
	uint32_t size, at;
};

static struct way way_start(const struct table *ring)
{
	return (struct way){
		.slots = ring->words,
		.points = ring->words + ring->at.size,
		.size = ring->at.size,
	};
}

/* Behind the last point the ring begins again. */
static sp_slot way_slot(const struct way *way)
{
	return way->slots[way->at < way->size ? way->at : 0];
}

static void way_pass(struct way *way, uint64_t point)
{
	while (way->at < way->size && way->points[way->at] == point)
		way->at++;
}

static uint64_t next_point(const struct way *a, const struct way *b)
{
	if (a->at == a->size)
		return b->points[b->at];
	if (b->at == b->size || a->points[a->at] < b->points[b->at])
		return a->points[a->at];
	return b->points[b->at];
}

/* Arcs of both rings, cut at the points of both; equal neighbours are one. There is room
 * for all points. Returns how many there are. */
static uint32_t arcs_cut(struct way live, struct way wanted, const struct move *move,
	uint64_t *slots, uint64_t *points)
{
	uint32_t len = 0;

	while (live.at < live.size || wanted.at < wanted.size) {
		uint64_t point = next_point(&live, &wanted);
		sp_slot slot = slot_move(
			move, way_slot(&live), sp_slot_current(way_slot(&wanted)));

		if (!len || slots[len - 1] != slot)
			slots[len++] = slot;
		points[len - 1] = point;
		way_pass(&live, point);
		way_pass(&wanted, point);
	}
	return len;
}

static void ring_write_index(struct table *ring)
{
	const uint64_t *points = ring->words + ring->at.size;
	uint64_t *index = ring->words + 2 * (size_t)ring->at.size;
	int shift = 64 - ring->at.index_bits;
	uint32_t next = 0;

	for (uint64_t bucket = 0; bucket < 1ULL << ring->at.index_bits; bucket++) {
		uint32_t first = next;

		while (next < ring->at.size && points[next] >> shift == bucket)
			next++;
		index[bucket] = (uint64_t)next << 32 | first;
	}
}

static int ring_make(const uint64_t *slots, const uint64_t *points, uint32_t size,
	struct table *ret_ring)
{
	struct table ring = {.at = {.size = size,
				     .algorithm = SP_ALGORITHM_RING_HASH,
				     .index_bits = ring_index_bits(size)}};

	ring.words_len = sp_table_words(&ring.at);
	ring.words = malloc(ring.words_len * sizeof(*ring.words));
	if (!ring.words)
		return -ENOMEM;
	memcpy(ring.words, slots, size * sizeof(*slots));
	memcpy(ring.words + size, points, size * sizeof(*points));
	ring_write_index(&ring);
	*ret_ring = ring;
	return 0;
}

static int move_ring(const struct table *live, const struct table *wanted,
	const struct move *move, struct table *ret_moved)
{
	size_t room = (size_t)live->at.size + wanted->at.size;
	uint64_t *arcs = malloc(2 * room * sizeof(*arcs));
	uint32_t len;
	int err;

	if (!arcs)
		return -ENOMEM;
	len = arcs_cut(way_start(live), way_start(wanted), move, arcs, arcs + room);
	err = ring_make(arcs, arcs + room, len, ret_moved);
	free(arcs);
	return err;
}

/* --- The whole --- */

static bool can_follow(const struct sp_table_at *live, const struct sp_table_at *wanted)
{
	if (!live->size || !wanted->size || live->algorithm != wanted->algorithm)
		return false;
	if (live->algorithm == SP_ALGORITHM_RING_HASH)
		return live->size <= POINTS_MAX - wanted->size;
	return live->size % wanted->size == 0 || wanted->size % live->size == 0;
}

int table_move(const struct table *live, const struct move *move, struct table *table,
	enum move_result *ret_result)
{
	struct table moved = {0};
	int err;

	if (!can_follow(&live->at, &table->at)) {
		*ret_result = table_has_flows(live, move) ? MOVE_BREAKS : MOVE_CLEAN;
		return 0;
	}
	err = table->at.algorithm == SP_ALGORITHM_RING_HASH
		      ? move_ring(live, table, move, &moved)
		      : move_maglev(live, table, move, &moved);
	if (err)
		return err;
	if (are_clean(moved.words, moved.at.size)) {
		table_done(&moved);
		*ret_result = MOVE_CLEAN;
		return 0;
	}
	table_done(table);
	*table = moved;
	*ret_result = MOVE_MOVING;
	return 0;
}

bool table_has_flows(const struct table *table, const struct move *move)
{
	for (uint32_t i = 0; i < table->at.size; i++)
		if (is_alive(move, sp_slot_current(table->words[i])) ||
			is_alive(move, sp_slot_previous(table->words[i])))
			return true;
	return false;
}
