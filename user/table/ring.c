/* SPDX-License-Identifier: BSD-2-Clause */
/* Hash rings. */
#include "table/build.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct entry {
	uint64_t point;
	uint32_t place;
};

/* "KEY_0", "KEY_1", ...: the texts whose hashes are a pod's points. */
struct entry_text {
	char bytes[ENDPOINT_TEXT_MAX + 12];
	size_t digits_at;
	size_t len;
};

static void entry_text_first(struct entry_text *text, const struct table_pod *pod)
{
	memcpy(text->bytes, pod->key, pod->key_len);
	memcpy(text->bytes + pod->key_len, "_0", 2);
	text->digits_at = pod->key_len + 1;
	text->len = pod->key_len + 2;
}

/* Count one up, in the text itself. */
static void entry_text_next(struct entry_text *text)
{
	size_t digit = text->len;

	while (digit > text->digits_at && text->bytes[digit - 1] == '9')
		text->bytes[--digit] = '0';
	if (digit > text->digits_at) {
		text->bytes[digit - 1]++;
		return;
	}
	text->bytes[digit] = '1'; /* all were nines: 10...0 */
	text->bytes[text->len++] = '0';
}

/* How many entries make the ring, for the pod of the smallest weight to get a whole
 * number of them. Not whole itself. */
static double ring_scale(
	const struct table_pod *pods, size_t len, uint32_t size_min, uint32_t size_max)
{
	double weight_min = 1;

	for (size_t i = 0; i < len; i++)
		weight_min = fmin(weight_min, pods[i].weight);
	return fmin(ceil(weight_min * size_min) / weight_min, size_max);
}

/* Fill `entries` (of `size`), pod by pod, so many for each that their number keeps up
 * with the sum of the shares. Returns how many there are. */
static uint32_t entries_make(struct entry *entries, uint32_t size, double scale,
	const struct table_pod *pods, size_t len)
{
	uint32_t made = 0;
	double target = 0;

	for (size_t i = 0; i < len; i++) {
		struct entry_text text;

		target += scale * pods[i].weight;
		entry_text_first(&text, &pods[i]);
		for (; made < target && made < size; made++) {
			entries[made].point = XXH64(text.bytes, text.len, 0);
			entries[made].place = pods[i].place;
			entry_text_next(&text);
		}
	}
	return made;
}

uint8_t ring_index_bits(uint32_t size)
{
	uint8_t bits = 1;

	while (1U << bits < size)
		bits++;
	return bits;
}

/* Move one entry down to its place among those of its bucket that are there already. */
static void bucket_insert(uint64_t *slots, uint64_t *points, uint32_t low, uint32_t at,
	const struct entry *entry)
{
	for (; at > low && points[at - 1] > entry->point; at--) {
		points[at] = points[at - 1];
		slots[at] = slots[at - 1];
	}
	points[at] = entry->point;
	slots[at] = sp_slot_clean(entry->place);
}

/* Sort by buckets: points are hashes and spread evenly, so that a bucket has about one.
 * The index is what the sort needs, and it stays. */
static void ring_sort(struct table *table, const struct entry *entries)
{
	uint32_t size = table->at.size, sum = 0, buckets = 1U << table->at.index_bits;
	int shift = 64 - table->at.index_bits;
	uint64_t *slots = table->words, *points = slots + size, *index = points + size;

	for (uint32_t i = 0; i < size; i++)
		index[entries[i].point >> shift]++;
	for (uint32_t bucket = 0; bucket < buckets; bucket++) {
		uint32_t first = sum;

		sum += index[bucket];
		index[bucket] = (uint64_t)first << 32 | first;
	}
	/* The high half of a bucket's word is where its next entry goes: in the end,
	 * where the next bucket begins. */
	for (uint32_t i = 0; i < size; i++) {
		uint64_t *bucket = &index[entries[i].point >> shift];

		bucket_insert(
			slots, points, (uint32_t)*bucket, *bucket >> 32, &entries[i]);
		*bucket += 1ULL << 32;
	}
}

static int ring_finish(
	const struct entry *entries, uint32_t size, struct table *ret_table)
{
	struct table table = {.at = {.size = size,
				      .algorithm = SP_ALGORITHM_RING_HASH,
				      .index_bits = ring_index_bits(size)}};

	table.words_len = sp_table_words(&table.at);
	table.words = calloc(table.words_len, sizeof(*table.words));
	if (!table.words)
		return -ENOMEM;
	ring_sort(&table, entries);
	*ret_table = table;
	return 0;
}

int ring_build(const struct table_pod *pods, size_t pods_len, uint32_t size_min,
	uint32_t size_max, struct table *ret_table)
{
	struct entry *entries;
	double scale;
	uint32_t size;
	int err;

	if (!pods_len || !size_min || size_min > size_max || size_max > SP_RING_SIZE_MAX)
		return -EINVAL;
	scale = ring_scale(pods, pods_len, size_min, size_max);
	/* The shares add up to the scale but for their rounding. */
	size = (uint32_t)ceil(scale) + 1;
	entries = malloc(size * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	size = entries_make(entries, size, scale, pods, pods_len);
	err = ring_finish(entries, size, ret_table);
	free(entries);
	return err;
}
