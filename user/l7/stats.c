/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of requests: each worker adds to its own, readers to sums. */
#include "l7/stats.h"

#include <stddef.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* One worker writes, so that a store is enough; readers see whole numbers. */
static void count(uint64_t *counter, uint64_t more)
{
	__atomic_store_n(counter, *counter + more, __ATOMIC_RELAXED);
}

static uint64_t counted(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

uint32_t stats_born(const struct sp_endpoint *vip)
{
	uint32_t hash = (uint32_t)XXH64(vip, sizeof(*vip), 0);

	return hash ? hash : 1;
}

uint64_t stats_bucket_end(unsigned bucket)
{
	if (bucket >= STATS_BUCKETS - 1)
		return UINT64_MAX;
	return (uint64_t)STATS_BUCKET_FIRST_NS << bucket;
}

static unsigned bucket_of(uint64_t ns)
{
	uint64_t steps = ns / STATS_BUCKET_FIRST_NS;
	unsigned bucket = steps ? 64 - (unsigned)__builtin_clzll(steps) : 0;

	return bucket < STATS_BUCKETS ? bucket : STATS_BUCKETS - 1;
}

/* Counters of who has the number now: others' are gone. */
static void traffic_claim(struct l7_traffic *traffic, uint32_t born)
{
	if (traffic->born == born)
		return;
	__atomic_store_n(&traffic->born, 0, __ATOMIC_RELEASE);
	memset(traffic, 0, sizeof(*traffic));
	__atomic_store_n(&traffic->born, born, __ATOMIC_RELEASE);
}

static void traffic_count(
	struct l7_traffic *traffic, uint32_t born, const struct record *record)
{
	unsigned hundreds = record->status / 100;

	traffic_claim(traffic, born);
	count(&traffic->requests, 1);
	count(&traffic->statuses[hundreds < STATS_STATUSES ? hundreds : 0], 1);
	for (unsigned i = 0; i < RECORD_FLAGS; i++)
		if (record->flags & 1U << i)
			count(&traffic->flags[i], 1);
	if (record->retries)
		count(&traffic->retries, record->retries);
	count(&traffic->bytes_received, record->bytes_received);
	count(&traffic->bytes_sent, record->bytes_sent);
	count(&traffic->duration_ns, record->duration_ns);
	count(&traffic->buckets[bucket_of(record->duration_ns)], 1);
}

void stats_count(struct l7_stats *stats, const struct record *record)
{
	if (record->service_number < SP_SERVICES_MAX)
		traffic_count(&stats->services[record->service_number],
			stats_born(&record->vip), record);
	if (record->pod_number < SP_PODS_MAX)
		traffic_count(&stats->pods[record->pod_number], record->pod_born, record);
}

void stats_add(struct l7_traffic *sum, const struct l7_traffic *more)
{
	size_t first = offsetof(struct l7_traffic, requests);
	uint64_t *to = (uint64_t *)((char *)sum + first);
	const uint64_t *from = (const uint64_t *)((const char *)more + first);

	if (__atomic_load_n(&more->born, __ATOMIC_ACQUIRE) != sum->born)
		return;
	for (size_t i = 0; i < (sizeof(*sum) - first) / sizeof(*to); i++)
		to[i] += counted(&from[i]);
}

uint64_t stats_quantile(const struct l7_traffic *traffic, double share)
{
	uint64_t all = 0, below = 0, begin = 0;
	unsigned i = 0;
	double wanted;

	for (unsigned j = 0; j < STATS_BUCKETS; j++)
		all += traffic->buckets[j];
	if (!all)
		return 0;
	wanted = share * (double)all;
	for (; i < STATS_BUCKETS - 1; i++) {
		if ((double)(below + traffic->buckets[i]) >= wanted)
			break;
		below += traffic->buckets[i];
		begin = stats_bucket_end(i);
	}
	if (i == STATS_BUCKETS - 1 || !traffic->buckets[i])
		return begin;
	return begin + (uint64_t)((double)(stats_bucket_end(i) - begin) *
				  (wanted - (double)below) / (double)traffic->buckets[i]);
}
