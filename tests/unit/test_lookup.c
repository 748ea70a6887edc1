/* SPDX-License-Identifier: BSD-2-Clause */
/* include/lookup.h: a hash finds its slot, wherever it falls on the ring. */
#include "test.h"

#include <stdint.h>

#include "lookup.h"

#define RING_SIZE_MAX 64

/* Where a made-up ring keeps its words: some words in front, as in the maps. */
#define FIRST 5

struct ring {
	struct sp_table_at at;
	uint64_t words[FIRST + 2 * RING_SIZE_MAX + 1024];
	uint32_t missing; /* this word cannot be had */
};

static const __u64 *ring_word(const void *words, __u32 index)
{
	const struct ring *ring = words;

	EXPECT(index >= FIRST && index < FIRST + sp_table_words(&ring->at));
	return index == ring->missing ? NULL : (const __u64 *)&ring->words[index];
}

/* The index as its definition says, point by point. */
static void ring_make(
	struct ring *ring, const uint64_t *points, uint32_t size, uint8_t index_bits)
{
	uint64_t *index = ring->words + FIRST + 2 * size;

	*ring = (struct ring){.at = {.first = FIRST,
				      .size = size,
				      .algorithm = SP_ALGORITHM_RING_HASH,
				      .index_bits = index_bits}};
	memcpy(ring->words + FIRST + size, points, size * sizeof(*points));
	for (uint64_t bucket = 0; bucket < 1ULL << index_bits; bucket++) {
		uint64_t low = 0, high = 0;

		while (low < size && points[low] >> (64 - index_bits) < bucket)
			low++;
		while (high < size && points[high] >> (64 - index_bits) <= bucket)
			high++;
		index[bucket] = high << 32 | low;
	}
}

static void expect_found(struct ring *ring, uint64_t hash)
{
	const uint64_t *points = ring->words + FIRST + ring->at.size;
	long want = 0;

	while (want < ring->at.size && points[want] < hash)
		want++;
	if (want == ring->at.size)
		want = 0;
	EXPECT_EQ(sp_table_find(&ring->at, hash, ring_word, ring), want);
}

/* Each point, its neighbours, and both sides of each edge of a bucket. */
static void expect_all_found(const uint64_t *points, uint32_t size, uint8_t index_bits)
{
	static struct ring ring;

	ring_make(&ring, points, size, index_bits);
	for (uint32_t i = 0; i < size; i++) {
		for (int step = -1; step <= 1; step++)
			expect_found(&ring, points[i] + (uint64_t)step);
	}
	for (uint64_t bucket = 0; bucket < 1ULL << index_bits; bucket++) {
		for (int step = -1; step <= 1; step++)
			expect_found(
				&ring, (bucket << (64 - index_bits)) + (uint64_t)step);
	}
	expect_found(&ring, 0);
	expect_found(&ring, UINT64_MAX);
}

static void test_spread_points(void)
{
	uint64_t points[RING_SIZE_MAX];

	for (uint32_t size = 1; size <= RING_SIZE_MAX; size++) {
		for (uint32_t i = 0; i < size; i++)
			points[i] = UINT64_MAX / size * i + i * 7919;
		for (uint8_t index_bits = 1; index_bits <= 10; index_bits++)
			expect_all_found(points, size, index_bits);
	}
}

static void test_points_at_edges(void)
{
	static const uint64_t points[] = {0, 1, 1ULL << 62, (1ULL << 62) + 1,
		(1ULL << 63) - 1, 1ULL << 63, 3ULL << 62, UINT64_MAX - 1, UINT64_MAX};

	for (uint8_t index_bits = 1; index_bits <= 10; index_bits++)
		expect_all_found(points, sizeof(points) / sizeof(points[0]), index_bits);
}

static void test_one_bucket_holds_all(void)
{
	uint64_t points[RING_SIZE_MAX];

	for (uint32_t i = 0; i < RING_SIZE_MAX; i++)
		points[i] = (0x155ULL << 54) + i * 3;
	for (uint8_t index_bits = 1; index_bits <= 10; index_bits++)
		expect_all_found(points, RING_SIZE_MAX, index_bits);
}

static void test_equal_points(void)
{
	static const uint64_t points[] = {
		5, 5, 5, 1ULL << 40, 1ULL << 40, UINT64_MAX, UINT64_MAX};

	expect_all_found(points, sizeof(points) / sizeof(points[0]), 3);
}

static void test_missing_words(void)
{
	static const uint64_t points[] = {10, 20, 30};
	static struct ring ring;

	ring_make(&ring, points, 3, 1);
	ring.missing = FIRST + 6;
	EXPECT_EQ(sp_table_find(&ring.at, 15, ring_word, &ring), -1);
	ring.missing = FIRST + 3 + 1;
	EXPECT_EQ(sp_table_find(&ring.at, 15, ring_word, &ring), -1);
}

static void test_maglev(void)
{
	struct sp_table_at at = {.size = 65537, .algorithm = SP_ALGORITHM_MAGLEV};

	EXPECT_EQ(sp_table_find(&at, UINT64_MAX, ring_word, NULL), UINT64_MAX % 65537);
	EXPECT_EQ(sp_table_find(&at, 65537, ring_word, NULL), 0);
	EXPECT_EQ(sp_table_words(&at), 65537);
}

int main(void)
{
	static const struct test tests[] = {
		{"rings of 1 to 64 spread points, indexes of 1 to 10 bits",
			test_spread_points},
		{"points at the edges of buckets and of the ring", test_points_at_edges},
		{"all points in one bucket", test_one_bucket_holds_all},
		{"equal points: the first one is found", test_equal_points},
		{"a missing word is an error", test_missing_words},
		{"maglev: the remainder", test_maglev},
	};

	return TESTS_RUN(tests);
}
