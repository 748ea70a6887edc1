/* SPDX-License-Identifier: BSD-2-Clause */
/* Maglev tables. */
#include "table/build.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* A pod's walk through the slots: from `at` on in steps of `skip`, round and round. */
struct walk {
	const struct table_pod *pod;
	uint32_t at;
	uint32_t skip;
	double target; /* it sits out a turn while turn x weight is below */
};

static bool is_prime(uint32_t number)
{
	if (number < 2)
		return false;
	for (uint32_t divisor = 2; divisor * divisor <= number; divisor++) {
		if (number % divisor == 0)
			return false;
	}
	return true;
}

/* A walk meets every slot when its step and the size have no divisor in common. Envoy's
 * sizes are primes, where any step will do; in a power of two a step must be odd. */
static bool is_power_of_two(uint32_t number)
{
	return number >= 2 && !(number & (number - 1));
}

static int compare_keys(const void *a, const void *b)
{
	const struct walk *walk_a = a, *walk_b = b;

	return strcmp(walk_a->pod->key, walk_b->pod->key);
}

/* One walk a pod, by key, so that the order of the pods does not matter. */
static void walks_make(
	struct walk *walks, const struct table_pod *pods, size_t len, uint32_t size)
{
	for (size_t i = 0; i < len; i++) {
		const struct table_pod *pod = &pods[i];

		walks[i] = (struct walk){
			.pod = pod,
			.at = XXH64(pod->key, pod->key_len, 0) % size,
			.skip = XXH64(pod->key, pod->key_len, 1) % (size - 1) + 1,
		};
		if (is_power_of_two(size))
			walks[i].skip |= 1;
	}
	qsort(walks, len, sizeof(*walks), compare_keys);
}

/* The first slot on the pod's walk that is not taken; `taken` has a bit for each slot. */
static uint32_t walk_take(struct walk *walk, uint64_t *taken, uint32_t size)
{
	uint32_t at = walk->at, skip = walk->skip, slot;

	do {
		slot = at;
		at += skip;
		at -= at >= size ? size : 0;
	} while (taken[slot / 64] >> slot % 64 & 1);
	taken[slot / 64] |= 1ULL << slot % 64;
	walk->at = at;
	return slot;
}

static void slots_deal(
	uint64_t *slots, uint32_t size, struct walk *walks, size_t len, uint64_t *taken)
{
	uint32_t dealt = 0;
	double weight_max = 0;

	for (size_t i = 0; i < len; i++) {
		if (walks[i].pod->weight > weight_max)
			weight_max = walks[i].pod->weight;
	}
	for (uint32_t turn = 1; dealt < size; turn++) {
		for (size_t i = 0; i < len && dealt < size; i++) {
			struct walk *walk = &walks[i];

			if (turn * walk->pod->weight < walk->target)
				continue;
			walk->target += weight_max;
			slots[walk_take(walk, taken, size)] =
				sp_slot_clean(walk->pod->place);
			dealt++;
		}
	}
}

int maglev_build(const struct table_pod *pods, size_t pods_len, uint32_t size,
	struct table *ret_table)
{
	struct walk *walks;
	uint64_t *slots, *taken;
	int err = -ENOMEM;

	if (!pods_len || size > SP_MAGLEV_SIZE_MAX ||
		!(is_power_of_two(size) || is_prime(size)))
		return -EINVAL;
	walks = malloc(pods_len * sizeof(*walks));
	slots = malloc(size * sizeof(*slots));
	taken = calloc(size / 64 + 1, sizeof(*taken));
	if (walks && slots && taken) {
		walks_make(walks, pods, pods_len, size);
		slots_deal(slots, size, walks, pods_len, taken);
		*ret_table = (struct table){
			.at = {.size = size, .algorithm = SP_ALGORITHM_MAGLEV},
			.words = slots,
			.words_len = size,
		};
		slots = NULL;
		err = 0;
	}
	free(taken);
	free(slots);
	free(walks);
	return err;
}
