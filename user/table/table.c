/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of one service: which pods get slots, and how many slots there are. */
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table/build.h"

#define SLOTS_PER_POD 100

/* Primes, each just below a power of two: the sizes of tables without a policy. */
static const uint32_t size_ladder[] = {251, 509, 1021, 2039, 4093, 8191, 16381, 32749,
	65521, 131071, 262139, 524287, 1048573, 2097143, 4194301};

uint32_t table_size_for_pods(size_t pods_len)
{
	size_t step = 0;

	while (step < sizeof(size_ladder) / sizeof(size_ladder[0]) - 1 &&
		size_ladder[step] < pods_len * SLOTS_PER_POD)
		step++;
	return size_ladder[step];
}

/* Put the pods of that state which take clients into `chosen`; returns how many. */
static size_t pods_choose(
	const struct service *service, enum sp_pod_state state, struct table_pod *chosen)
{
	size_t len = 0;
	double sum = 0;

	for (size_t i = 0; i < service->pods_len; i++) {
		const struct pod *pod = &service->pods[i];

		if (!pod->weight || pod->state != state)
			continue;
		pod_format(&pod->at, chosen[len].key);
		chosen[len].key_len = (uint32_t)strlen(chosen[len].key);
		chosen[len].place = (uint32_t)i;
		chosen[len].weight = pod->weight;
		sum += pod->weight;
		len++;
	}
	for (size_t i = 0; i < len; i++)
		chosen[i].weight /= sum;
	return len;
}

static int pods_build(const struct service *service, const struct table_pod *pods,
	size_t pods_len, struct table *ret_table)
{
	const struct policy *policy = &service->policy;

	if (policy->algorithm == SP_ALGORITHM_RING_HASH)
		return ring_build(
			pods, pods_len, policy->size, SP_RING_SIZE_MAX, ret_table);
	return maglev_build(pods, pods_len,
		policy->size ? policy->size : table_size_for_pods(service->pods_len),
		ret_table);
}

int table_build(const struct service *service, struct table *ret_table)
{
	struct table_pod *pods = calloc(service->pods_len + 1, sizeof(*pods));
	size_t pods_len;
	int err = 0;

	if (!pods)
		return -ENOMEM;
	pods_len = pods_choose(service, SP_POD_READY, pods);
	if (!pods_len)
		pods_len = pods_choose(service, SP_POD_DRAINING, pods);
	if (pods_len)
		err = pods_build(service, pods, pods_len, ret_table);
	else
		*ret_table = (struct table){.at.algorithm = service->policy.algorithm};
	free(pods);
	return err;
}

void table_done(struct table *table)
{
	free(table->words);
	*table = (struct table){0};
}

static inline const __u64 *table_word(const void *words, __u32 index)
{
	return (const __u64 *)words + index;
}

long table_find(const struct table *table, uint64_t hash, uint32_t *ret_slot)
{
	long slot;

	if (!table->at.size)
		return -1;
	slot = sp_table_find(&table->at, hash, table_word, table->words);
	if (ret_slot)
		*ret_slot = (uint32_t)slot;
	return sp_slot_current(table->words[slot]);
}
