/* SPDX-License-Identifier: BSD-2-Clause */
/* Hash rings: Envoy's own test vectors, and the layout that look-ups rely on. */
#include "table_pods.h"

#include <errno.h>

/* One entry of a ring as the vectors list it. */
struct point {
	unsigned port;
	uint64_t hash;
};

static void expect_ring(const struct table *table, unsigned first_port,
	const struct point *want, size_t len)
{
	unsigned pods[64];

	for (size_t i = 0; i < len; i++)
		pods[i] = want[i].port - first_port;
	expect_slots(table, pods, len);
	for (size_t i = 0; i < len && i < table->at.size; i++)
		EXPECT_EQ(table->words[len + i], want[i].hash);
}

static void test_six_pods(void)
{
	static const struct point want[] = {{94, 833437586790550860ULL},
		{92, 928266305478181108ULL}, {90, 1033482794131418490ULL},
		{95, 3551244743356806947ULL}, {93, 3851675632748031481ULL},
		{91, 5583722120771150861ULL}, {91, 6311230543546372928ULL},
		{93, 7700377290971790572ULL}, {95, 13144177310400110813ULL},
		{92, 13444792449719432967ULL}, {94, 15516499411664133160ULL},
		{90, 16117243373044804889ULL}};
	struct table_pod pods[PODS_MAX];
	struct table table;
	size_t len = make_local_pods(pods, 90, 6, NULL);
	uint32_t slot;

	EXPECT_EQ(ring_build(pods, len, 12, SP_RING_SIZE_MAX, &table), 0);
	expect_ring(&table, 90, want, 12);
	EXPECT_EQ(table_find(&table, 0, NULL), 4);
	EXPECT_EQ(table_find(&table, UINT64_MAX, &slot), 4);
	EXPECT_EQ(slot, 0);
	EXPECT_EQ(table_find(&table, 3551244743356806947ULL, &slot), 5);
	EXPECT_EQ(slot, 3);
	EXPECT_EQ(table_find(&table, 3551244743356806948ULL, NULL), 3);
	table_done(&table);
}

static void test_two_pods(void)
{
	static const struct point want[] = {{80, 5454692015285649509ULL},
		{81, 7859399908942313493ULL}, {80, 13838424394637650569ULL},
		{81, 16064866803292627174ULL}};
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(ring_build(pods, make_local_pods(pods, 80, 2, NULL), 3,
			  SP_RING_SIZE_MAX, &table),
		0);
	expect_ring(&table, 80, want, 4);
	table_done(&table);
}

static const double weights_123[] = {1, 2, 3};

static void test_weights(void)
{
	static const struct point want[] = {{92, 928266305478181108ULL},
		{92, 4443673547860492590ULL}, {91, 5583722120771150861ULL},
		{91, 6311230543546372928ULL}, {92, 13444792449719432967ULL},
		{90, 16117243373044804889ULL}};
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(
		ring_build(pods, make_local_pods(pods, 90, 3, weights_123), 6, 6, &table),
		0);
	expect_ring(&table, 90, want, 6);
	table_done(&table);
}

/* Entries a pod, and how many of `probes` evenly spread hashes it gets. */
static void expect_shares(const struct table *table, size_t pods, const unsigned *entries,
	unsigned probes, const unsigned *hits)
{
	unsigned got_entries[PODS_MAX] = {0}, got_hits[PODS_MAX] = {0};

	for (uint32_t i = 0; i < table->at.size; i++)
		got_entries[sp_slot_current(table->words[i])]++;
	for (uint64_t i = 0; i < probes; i++)
		got_hits[table_find(table, i * (UINT64_MAX / probes), NULL)]++;
	for (size_t i = 0; i < pods; i++) {
		EXPECT_EQ(got_entries[i], entries[i]);
		EXPECT_EQ(got_hits[i], hits[i]);
	}
}

static void test_shares(void)
{
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(ring_build(pods, make_local_pods(pods, 90, 3, weights_123), 6144,
			  SP_RING_SIZE_MAX, &table),
		0);
	EXPECT_EQ(table.at.size, 6144);
	expect_shares(&table, 3, (const unsigned[]){1024, 2048, 3072}, 6000,
		(const unsigned[]){987, 1932, 3081});
	table_done(&table);
	EXPECT_EQ(
		ring_build(pods, make_local_pods(pods, 90, 2, NULL), 1023, 1023, &table),
		0);
	EXPECT_EQ(table.at.size, 1023);
	expect_shares(&table, 2, (const unsigned[]){512, 511}, 1023,
		(const unsigned[]){526, 497});
	table_done(&table);
	EXPECT_EQ(ring_build(pods, make_local_pods(pods, 90, 4, NULL), 2, 2, &table), 0);
	EXPECT_EQ(table.at.size, 2);
	table_done(&table);
}

static void test_sizes_refused(void)
{
	struct table_pod pods[PODS_MAX];
	struct table table;
	size_t len = make_local_pods(pods, 90, 2, NULL);

	EXPECT_EQ(ring_build(pods, len, 11, 10, &table), -EINVAL);
	EXPECT_EQ(ring_build(pods, len, 0, 10, &table), -EINVAL);
	EXPECT_EQ(ring_build(pods, len, 1, SP_RING_SIZE_MAX + 1, &table), -EINVAL);
	EXPECT_EQ(ring_build(pods, 0, 1, 10, &table), -EINVAL);
}

/* The index holds what its definition says, and points ascend. */
static void test_layout(void)
{
	struct table_pod pods[PODS_MAX];
	struct table table;
	uint64_t *points, *index;
	uint32_t size, low = 0;

	EXPECT_EQ(ring_build(pods, make_local_pods(pods, 90, 7, NULL), 5000,
			  SP_RING_SIZE_MAX, &table),
		0);
	size = table.at.size;
	points = table.words + size;
	index = points + size;
	EXPECT_EQ(table.words_len, sp_table_words(&table.at));
	for (uint32_t i = 1; i < size; i++)
		EXPECT(points[i - 1] < points[i]);
	for (uint64_t bucket = 0; bucket < 1ULL << table.at.index_bits; bucket++) {
		EXPECT_EQ((uint32_t)index[bucket], low);
		while (low < size && points[low] >> (64 - table.at.index_bits) == bucket)
			low++;
		EXPECT_EQ(index[bucket] >> 32, low);
	}
	EXPECT_EQ(low, size);
	table_done(&table);
}

static void test_largest(void)
{
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(ring_build(pods, make_local_pods(pods, 90, 3, weights_123),
			  SP_RING_SIZE_MAX, SP_RING_SIZE_MAX, &table),
		0);
	EXPECT_EQ(table.at.size, SP_RING_SIZE_MAX);
	EXPECT(table.at.index_bits <= SP_INDEX_BITS_MAX);
	table_done(&table);
}

int main(void)
{
	static const struct test tests[] = {
		{"six pods, 12 entries, four look-ups", test_six_pods},
		{"two pods, at least 3 entries", test_two_pods},
		{"weights 1, 2, 3 over 6 entries", test_weights},
		{"entries and probes a pod", test_shares},
		{"sizes out of range are refused", test_sizes_refused},
		{"points ascend and the index fits them", test_layout},
		{"the largest ring", test_largest},
	};

	return TESTS_RUN(tests);
}
