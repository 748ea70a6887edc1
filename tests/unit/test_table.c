/* SPDX-License-Identifier: BSD-2-Clause */
/* Maglev tables: Envoy's own test vectors; and what a service's policy makes of pods. */
#include "table_pods.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

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
	static const unsigned want[] = {
		1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1};
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(maglev_build(pods, make_local_pods(pods, 90, 2, (const double[]){1, 2}),
			  17, &table),
		0);
	expect_slots(&table, want, 17);
	table_done(&table);
}

static void test_maglev_more_pods_than_slots(void)
{
	static const char *const keys[] = {
		"10.0.0.9:80", "10.0.0.2:80", "10.0.0.10:80", "10.0.0.1:80"};
	struct table_pod pods[PODS_MAX];
	struct table table;

	EXPECT_EQ(maglev_build(pods, make_pods(pods, keys, 4, NULL), 3, &table), 0);
	for (uint32_t i = 0; i < 3; i++)
		EXPECT(sp_slot_current(table.words[i]) != 0);
	table_done(&table);
}

static void test_maglev_sizes_refused(void)
{
	static const uint32_t sizes[] = {
		0, 1, 6, 9, 65535, 5000010, 5000011, 8388608, UINT32_MAX};
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
	/* Without any pod that takes new clients, all that could. */
	for (int i = 0; i < 4; i++)
		pods[i].weight = 0;
	EXPECT_EQ(table_pods(&service), 0x4);
	pods[2].state = SP_POD_DRAINING;
	EXPECT_EQ(table_pods(&service), 0xf);
}

static void test_no_pod(void)
{
	struct service service = {0};
	struct table table;
	uint32_t slot;

	EXPECT_EQ(table_build(&service, &table), 0);
	EXPECT_EQ(table.at.size, 0);
	EXPECT_EQ(table.words_len, 0);
	EXPECT_EQ(table_find(&table, 1, &slot), -1);
	table_done(&table);
}

static void test_size_follows_pods(void)
{
	static const struct {
		size_t pods;
		uint32_t size;
	} rows[] = {{1, 256}, {2, 256}, {3, 512}, {5, 512}, {6, 1024}, {10, 1024},
		{11, 2048}, {40, 4096}, {655, 65536}, {656, 131072}, {50000, 4194304}};

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

	service.policy.size = 9;
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
static void expect_even_and_stable(uint32_t size)
{
	struct pod pods[11];
	struct service service = make_service(pods, 10);
	struct table before = {0}, after = {0};
	unsigned shares[11] = {0}, moved = 0;

	service.policy.size = size;
	EXPECT_EQ(table_build(&service, &before), 0);
	service = make_service(pods, 11);
	service.policy.size = size;
	EXPECT_EQ(table_build(&service, &after), 0);
	for (uint32_t i = 0; i < size; i++) {
		shares[sp_slot_current(before.words[i])]++;
		moved += before.words[i] != after.words[i];
	}
	for (int i = 0; i < 10; i++)
		EXPECT(shares[i] == size / 10 || shares[i] == size / 10 + 1);
	EXPECT(moved >= size / 11 && moved < size / 11 * 3 / 2);
	table_done(&before);
	table_done(&after);
}

static void test_maglev_even_and_stable(void)
{
	expect_even_and_stable(65537);
	expect_even_and_stable(65536);
}

int main(void)
{
	static const struct test tests[] = {
		{"maglev: six pods in any order, 7 slots", test_maglev_six_pods},
		{"maglev: other key texts", test_maglev_other_keys},
		{"maglev: weights 1, 2 over 17 slots", test_maglev_weights},
		{"maglev: more pods than slots", test_maglev_more_pods_than_slots},
		{"maglev: sizes out of range or not prime", test_maglev_sizes_refused},
		{"maglev: even shares, few clients move", test_maglev_even_and_stable},
		{"draining and weightless pods get no slot", test_who_gets_slots},
		{"no pod: an empty table", test_no_pod},
		{"no policy: the size follows the number of pods",
			test_size_follows_pods},
		{"a policy's size is kept or refused", test_policy_sizes},
	};

	return TESTS_RUN(tests);
}
