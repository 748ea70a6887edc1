/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of one service: which pods get slots, and how many slots there are. */
#include "table/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table/build.h"

#define SLOTS_PER_POD 100

/* The sizes of tables without a policy: powers of two, so that a table that grows or
 * shrinks divides or is divided by the one before it (move.h). */
#define SIZE_MIN 256
#define SIZE_MAX_DEFAULT (1U << 22)

uint32_t table_size_for_pods(size_t pods_len)
{
	uint32_t size = SIZE_MIN;

	while (size < SIZE_MAX_DEFAULT && size < pods_len * SLOTS_PER_POD)
		size *= 2;
	return size;
}

/* Who takes clients: of these kinds of pods the first that there is one of. A client is
 * better served than refused, and the flows of pods that take no new clients stay whole.
 */
static const struct turn {
	enum sp_pod_state state;
	bool is_weightless; /* weight 0, all alike */
} turns[] = {
	{SP_POD_READY, false},
	{SP_POD_DRAINING, false},
	{SP_POD_READY, true},
	{SP_POD_DRAINING, true},
};

/* Put the pods of that kind into `chosen`; returns how many. */
static size_t pods_choose(
	const struct service *service, const struct turn *turn, struct table_pod *chosen)
{
	size_t len = 0;
	double sum = 0;

	for (size_t i = 0; i < service->pods_len; i++) {
		const struct pod *pod = &service->pods[i];

		if (!pod->weight != turn->is_weightless || pod->state != turn->state)
			continue;
		pod_format(&pod->at, chosen[len].key);
		chosen[len].key_len = (uint32_t)strlen(chosen[len].key);
		chosen[len].place = (uint32_t)i;
		chosen[len].weight = turn->is_weightless ? 1 : pod->weight;
		sum += chosen[len].weight;
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
	size_t pods_len = 0;
	int err = 0;

	if (!pods)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]) && !pods_len; i++)
		pods_len = pods_choose(service, &turns[i], pods);
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
