/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of the HTTP helper: what a record adds, sums of workers, shares of time. */
#include "test.h"

#include <stdlib.h>

#include "l7/stats.h"

static struct l7_stats *stats;

static struct record request(uint64_t duration_ns)
{
	return (struct record){
		.duration_ns = duration_ns,
		.status = 200,
		.bytes_received = 5,
		.bytes_sent = 7,
		.vip = {.port = 80, .protocol = 6},
		.service = "shop",
		.service_number = 3,
		.pod_number = 11,
		.pod_born = 2,
	};
}

static void stats_begin(void)
{
	free(stats);
	stats = calloc(1, sizeof(*stats));
}

static void test_request(void)
{
	struct record record = request(1000);
	const struct l7_traffic *service, *pod;

	stats_begin();
	service = &stats->services[3];
	pod = &stats->pods[11];
	record.flags = 1U << RECORD_DC | 1U << RECORD_UF | 1U << 31;
	record.retries = 2;
	stats_count(stats, &record);
	record.status = 503;
	record.pod_number = UINT32_MAX;
	stats_count(stats, &record);
	EXPECT_EQ(service->requests, 2);
	EXPECT_EQ(service->statuses[2], 1);
	EXPECT_EQ(service->statuses[5], 1);
	EXPECT_EQ(service->flags[RECORD_DC], 2);
	EXPECT_EQ(service->flags[RECORD_UC], 0);
	EXPECT_EQ(service->retries, 4);
	EXPECT_EQ(service->bytes_received, 10);
	EXPECT_EQ(service->bytes_sent, 14);
	EXPECT_EQ(service->duration_ns, 2000);
	EXPECT_EQ(service->buckets[0], 2);
	EXPECT_EQ(service->born, stats_born(&record.vip));
	EXPECT_EQ(pod->requests, 1);
	EXPECT_EQ(pod->statuses[2], 1);
	EXPECT_EQ(pod->born, 2);
}

static void test_strange_statuses(void)
{
	static const unsigned statuses[] = {0, 99, 600, 999, UINT32_MAX};
	struct record record = request(0);

	stats_begin();
	for (size_t i = 0; i < 5; i++) {
		record.status = statuses[i];
		stats_count(stats, &record);
	}
	EXPECT_EQ(stats->services[3].statuses[0], 5);
	EXPECT_EQ(stats->services[3].requests, 5);
}

static void test_numbers_out_of_reach(void)
{
	struct record record = request(0);

	stats_begin();
	record.service_number = SP_SERVICES_MAX;
	record.pod_number = SP_PODS_MAX;
	stats_count(stats, &record);
	EXPECT_EQ(stats->pods[0].requests, 0);
}

static void test_buckets(void)
{
	for (unsigned i = 0; i < STATS_BUCKETS; i++) {
		uint64_t end = stats_bucket_end(i);
		struct record record = request(end - 1);

		stats_begin();
		stats_count(stats, &record);
		EXPECT_EQ(stats->pods[11].buckets[i], 1);
		if (i == STATS_BUCKETS - 1)
			break;
		EXPECT_EQ(end, (uint64_t)64000 << i);
		record.duration_ns = end;
		stats_count(stats, &record);
		EXPECT_EQ(stats->pods[11].buckets[i + 1], 1);
	}
}

static void test_new_birth(void)
{
	struct record record = request(0);

	stats_begin();
	stats_count(stats, &record);
	stats_count(stats, &record);
	record.pod_born = 9;
	record.vip.port = 81;
	stats_count(stats, &record);
	EXPECT_EQ(stats->pods[11].requests, 1);
	EXPECT_EQ(stats->services[3].requests, 1);
}

static void test_sum(void)
{
	struct record record = request(100000);
	struct l7_traffic sum = {.born = 2};

	stats_begin();
	stats_count(stats, &record);
	stats_add(&sum, &stats->pods[11]);
	stats_add(&sum, &stats->pods[11]);
	stats_add(&sum, &stats->pods[12]);
	EXPECT_EQ(sum.requests, 2);
	EXPECT_EQ(sum.buckets[1], 2);
	EXPECT_EQ(sum.bytes_sent, 14);
	sum.born = 3;
	stats_add(&sum, &stats->pods[11]);
	EXPECT_EQ(sum.requests, 2);
}

static void test_quantiles(void)
{
	struct l7_traffic traffic = {0};

	EXPECT_EQ(stats_quantile(&traffic, 0.5), 0);
	traffic.buckets[0] = 100;
	EXPECT_EQ(stats_quantile(&traffic, 0.5), 32000);
	EXPECT_EQ(stats_quantile(&traffic, 1), 64000);
	traffic.buckets[2] = 100;
	EXPECT_EQ(stats_quantile(&traffic, 0.25), 32000);
	EXPECT_EQ(stats_quantile(&traffic, 0.5), 64000);
	EXPECT_EQ(stats_quantile(&traffic, 0.75), 192000);
	traffic.buckets[STATS_BUCKETS - 1] = 200;
	EXPECT_EQ(stats_quantile(&traffic, 0.99), (uint64_t)64000 << 18);
	EXPECT_EQ(stats_quantile(&traffic, 0), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{"a request counts for its service, and for its pod if it had one",
			test_request},
		{"a status that is none counts as none sent", test_strange_statuses},
		{"numbers beyond the tables count nowhere", test_numbers_out_of_reach},
		{"a bucket ends where its name says", test_buckets},
		{"who has a number anew begins at 0", test_new_birth},
		{"sums add what is of the same birth", test_sum},
		{"quantiles lie evenly within a bucket", test_quantiles},
	};
	int code = TESTS_RUN(tests);

	free(stats);
	return code;
}
