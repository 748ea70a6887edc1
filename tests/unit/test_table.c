/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables: Envoy's own test vectors, and what our policies make of pods. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "table/build.h"

#define PODS_MAX 16

/* One entry of a ring as the vectors list it. */
struct point {
	unsigned port;
	uint64_t hash;
};

/* Pods with key texts of our own and the weights 1, or those given. */
static size_t make_pods(struct table_pod *pods, const char *const *keys, size_t len,
	const double *weights)
{
	double sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += weights ? weights[i] : 1;
	for (size_t i = 0; i < len; i++) {
		pods[i] = (struct table_pod){.key_len = (uint32_t)strlen(keys[i]),
			.place = (uint32_t)i,
			.weight = (weights ? weights[i] : 1) / sum};
		memcpy(pods[i].key, keys[i], pods[i].key_len + 1);
	}
	return len;
}

/* 127.0.0.1 at `len` ports from `port` on. */
static size_t make_local_pods(struct table_pod *pods, unsigned port, size_t len,
	const double *weights)
{
	char texts[PODS_MAX][24];
	const char *keys[PODS_MAX];

	for (size_t i = 0; i < len; i++) {
		snprintf(texts[i], sizeof(texts[i]), "127.0.0.1:%zu", port + i);
		keys[i] = texts[i];
	}
	return make_pods(pods, keys, len, weights);
}

/* The pods of the slots are those, and every slot is clean. */
static void expect_slots(const struct table *table, const unsigned *want, size_t len)
{
	EXPECT_EQ(table->at.size, len);
	for (size_t i = 0; i < len && i < table->at.size; i++)
		EXPECT_EQ(table->words[i], sp_slot_clean(want[i]));
}

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

static void test_ring_six_pods(void)
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

static void test_ring_two_pods(void)
{
	static const struct point want[] = {{80, 5454692015285649509ULL},
		{81, 7859399908942313493ULL}, {80, 13838424394637650569ULL},
		{81, 16064866803292627174ULL}};
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(ring_build(pods, make_local_pods(pods, 80, 2, NULL), 3, SP_RING_SIZE_MAX,
			  &table),
		0);
	expect_ring(&table, 80, want, 4);
	table_done(&table);
}

static const double weights_123[] = {1, 2, 3};

static void test_ring_weights(void)
{
	static const struct point want[] = {{92, 928266305478181108ULL},
		{92, 4443673547860492590ULL}, {91, 5583722120771150861ULL},
		{91, 6311230543546372928ULL}, {92, 13444792449719432967ULL},
		{90, 16117243373044804889ULL}};
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(ring_build(pods, make_local_pods(pods, 90, 3, weights_123), 6, 6, &table),
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

static void test_ring_shares(void)
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
	EXPECT_EQ(ring_build(pods, make_local_pods(pods, 90, 2, NULL), 1023, 1023, &table), 0);
	EXPECT_EQ(table.at.size, 1023);
	expect_shares(&table, 2, (const unsigned[]){512, 511}, 1023,
		(const unsigned[]){526, 497});
	table_done(&table);
	EXPECT_EQ(ring_build(pods, make_local_pods(pods, 90, 4, NULL), 2, 2, &table), 0);
	EXPECT_EQ(table.at.size, 2);
	table_done(&table);
}

static void test_ring_sizes_refused(void)
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
static void test_ring_layout(void)
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

static void test_ring_largest(void)
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

static void test_maglev_six_pods(void)
{
	static const unsigned want[] = {2, 4, 0, 1, 5, 0, 3};
	struct table_pod pods[PODS_MAX], turned[PODS_MAX];
	struct table table;
	size_t len = make_local_pods(pods, 90, 6, NULL);

	for (size_t first = 0; first < len; first++) {
		for (size_t i = 0; i < len; i++)
			turned[i] = pods[(first + i * 5) % len];
		EXPECT_EQ(maglev_build(turned, len, 7, &table), 0);
		expect_slots(&table, want, 7);
		table_done(&table);
	}
}

static void test_maglev_other_keys(void)
{
	static const char *const keys[] = {"90", "91", "92", "93", "94", "95"};
	static const unsigned want[] = {2, 5, 0, 3, 4, 1, 0};
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(maglev_build(pods, make_pods(pods, keys, 6, NULL), 7, &table), 0);
	expect_slots(&table, want, 7);
	EXPECT_EQ(table_find(&table, 7 * 1000 + 3, NULL), 3);
	table_done(&table);
}

static void test_maglev_weights(void)
{
	static const unsigned want[] = {1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1};
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(maglev_build(pods, make_local_pods(pods, 90, 2, weights_123), 17, &table),
		0);
	expect_slots(&table, want, 17);
	table_done(&table);
}

static void test_maglev_more_pods_than_slots(void)
{
	static const char *const keys[] = {"10.0.0.9:80", "10.0.0.2:80", "10.0.0.10:80",
		"10.0.0.1:80"};
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(maglev_build(pods, make_pods(pods, keys, 4, NULL), 3, &table), 0);
	for (uint32_t i = 0; i < 3; i++)
		EXPECT(sp_slot_current(table.words[i]) != 0);
	table_done(&table);
}

static void test_maglev_sizes_refused(void)
{
	static const uint32_t sizes[] = {0, 1, 4, 8, 9, 65536, 5000010, 5000011, UINT32_MAX};
	struct table_pod pods[PODS_MAX];
	struct table table;
	size_t len = make_local_pods(pods, 90, 2, NULL);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		EXPECT_EQ(maglev_build(pods, len, sizes[i], &table), -EINVAL);
	EXPECT_EQ(maglev_build(pods, 0, 7, &table), -EINVAL);
	EXPECT_EQ(maglev_build(pods, len, 2, &table), 0);
	table_done(&table);
	EXPECT_EQ(maglev_build(pods, len, 4999999, &table), 0);
	table_done(&table);
}

/* A service of `len` pods 10.0.0.x:80, all ready with weight 1. */
static struct service make_service(struct pod *pods, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		pods[i] = (struct pod){
			.at = {.addr = sp_addr_from_v4(htonl(0x0a000000 + (uint32_t)i)),
				.port = htons(80),
				.protocol = IPPROTO_TCP},
			.weight = 1,
			.state = SP_POD_READY,
		};
	}
	return (struct service){.pods = pods, .pods_len = len};
}

/* Which pods have slots: bit i for pod i. */
static unsigned table_pods(const struct service *service)
{
	struct table table = {0};
	unsigned pods = 0;

	EXPECT_EQ(table_build(service, &table), 0);
	for (uint32_t i = 0; i < table.at.size; i++)
		pods |= 1U << sp_slot_current(table.words[i]);
	table_done(&table);
	return pods;
}

static void test_who_gets_slots(void)
{
	struct pod pods[4];
	struct service service = make_service(pods, 4);

	EXPECT_EQ(table_pods(&service), 0xf);
	pods[1].state = SP_POD_DRAINING;
	EXPECT_EQ(table_pods(&service), 0xd);
	pods[2].weight = 0;
	EXPECT_EQ(table_pods(&service), 0x9);
	pods[0].state = pods[3].state = SP_POD_DRAINING;
	EXPECT_EQ(table_pods(&service), 0xb);
	service.policy = (struct policy){.algorithm = SP_ALGORITHM_RING_HASH, .size = 64};
	EXPECT_EQ(table_pods(&service), 0xb);
}

static void test_no_pod(void)
{
	struct pod pods[2];
	struct service service = make_service(pods, 2);
	struct table table;
	uint32_t slot;

	pods[0].weight = pods[1].weight = 0;
	EXPECT_EQ(table_build(&service, &table), 0);
	EXPECT_EQ(table.at.size, 0);
	EXPECT_EQ(table.words_len, 0);
	EXPECT_EQ(table_find(&table, 1, &slot), -1);
	table_done(&table);
	service.pods_len = 0;
	EXPECT_EQ(table_build(&service, &table), 0);
	EXPECT_EQ(table_find(&table, 1, NULL), -1);
	table_done(&table);
}

static void test_size_follows_pods(void)
{
	static const struct {
		size_t pods;
		uint32_t size;
	} rows[] = {{1, 251}, {2, 251}, {3, 509}, {5, 509}, {6, 1021}, {10, 1021}, {11, 2039},
		{40, 4093}, {655, 65521}, {656, 131071}, {50000, 4194301}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pod *pods = calloc(rows[i].pods, sizeof(*pods));
		struct service service = make_service(pods, rows[i].pods);
		struct table table = {0};

		EXPECT_EQ(table_build(&service, &table), 0);
		EXPECT_EQ(table.at.size, rows[i].size);
		table_done(&table);
		free(pods);
	}
}

static void test_policy_sizes(void)
{
	struct pod pods[3];
	struct service service = make_service(pods, 3);
	struct table table = {0};

	service.policy.size = 8;
	EXPECT_EQ(table_build(&service, &table), -EINVAL);
	service.policy.size = 1021;
	EXPECT_EQ(table_build(&service, &table), 0);
	EXPECT_EQ(table.at.size, 1021);
	table_done(&table);
	service.policy.algorithm = SP_ALGORITHM_RING_HASH;
	service.policy.size = SP_RING_SIZE_MAX + 1;
	EXPECT_EQ(table_build(&service, &table), -EINVAL);
	service.policy.size = 1024;
	EXPECT_EQ(table_build(&service, &table), 0);
	EXPECT_EQ(table.at.size, 1026); /* 342 each */
	table_done(&table);
}

/* The least a maglev table may do: an even share, and few clients moved by a new pod. */
static void test_maglev_even_and_stable(void)
{
	struct pod pods[11];
	struct service service = make_service(pods, 10);
	struct table before = {0}, after = {0};
	unsigned shares[11] = {0}, moved = 0;

	service.policy.size = 65537;
	EXPECT_EQ(table_build(&service, &before), 0);
	service = make_service(pods, 11);
	service.policy.size = 65537;
	EXPECT_EQ(table_build(&service, &after), 0);
	for (uint32_t i = 0; i < 65537; i++) {
		shares[sp_slot_current(before.words[i])]++;
		moved += before.words[i] != after.words[i];
	}
	for (int i = 0; i < 10; i++)
		EXPECT(shares[i] == 6553 || shares[i] == 6554);
	EXPECT(moved >= 65537 / 11 && moved < 65537 / 11 * 3 / 2);
	table_done(&before);
	table_done(&after);
}

int main(void)
{
	static const struct test tests[] = {
		{"ring: six pods, 12 entries, four look-ups", test_ring_six_pods},
		{"ring: two pods, at least 3 entries", test_ring_two_pods},
		{"ring: weights 1, 2, 3 over 6 entries", test_ring_weights},
		{"ring: entries and probes a pod", test_ring_shares},
		{"ring: sizes out of range are refused", test_ring_sizes_refused},
		{"ring: points ascend and the index fits them", test_ring_layout},
		{"ring: the largest one", test_ring_largest},
		{"maglev: six pods in any order, 7 slots", test_maglev_six_pods},
		{"maglev: other key texts", test_maglev_other_keys},
		{"maglev: weights 1, 2 over 17 slots", test_maglev_weights},
		{"maglev: more pods than slots", test_maglev_more_pods_than_slots},
		{"maglev: sizes out of range or not prime", test_maglev_sizes_refused},
		{"maglev: even shares, few clients move", test_maglev_even_and_stable},
		{"draining and weightless pods get no slot", test_who_gets_slots},
		{"no pod: an empty table", test_no_pod},
		{"no policy: the size follows the number of pods", test_size_follows_pods},
		{"a policy's size is kept or refused", test_policy_sizes},
	};

	return TESTS_RUN(tests);
}
