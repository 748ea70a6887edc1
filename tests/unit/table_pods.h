/* SPDX-License-Identifier: BSD-2-Clause */
/* Made-up pods for the tests of tables. */
#ifndef TABLE_PODS_H
#define TABLE_PODS_H

#include "test.h"

#include "table/build.h"

#define PODS_MAX 16

/* Pods with key texts of our own and the weights 1, or those given. */
static inline size_t make_pods(struct table_pod *pods, const char *const *keys,
	size_t len, const double *weights)
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
static inline size_t make_local_pods(
	struct table_pod *pods, unsigned port, size_t len, const double *weights)
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
static inline void expect_slots(
	const struct table *table, const unsigned *want, size_t len)
{
	EXPECT_EQ(table->at.size, len);
	for (size_t i = 0; i < len && i < table->at.size; i++)
		EXPECT_EQ(table->words[i], sp_slot_clean(want[i]));
}

#endif
