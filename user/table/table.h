/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of one service: built here once, used by XDP and user space alike. Pure. */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include <stdint.h>

#include "lookup.h"
#include "model/model.h"
#include "slot.h"

/* Words as include/lookup.h lays them out, from `at.first` = 0. Zero-initialised = empty.
 * In a built table a slot's current pod is the pod's place in service->pods. */
struct table {
	struct sp_table_at at; /* size 0: no pod takes clients */
	uint64_t *words;
	uint32_t words_len;
};

/* Build the table of `service` as its policy says: ring hash or maglev, bit for bit as
 * Envoy builds it from the same pods in the same order.
 *
 * Pods with weight 0 and draining pods get no slot; if every pod with a weight is
 * draining, they are used all the same, since a client is better served than refused.
 * A policy of size 0 means maglev over about 100 slots a pod: the smallest power of two
 * from 256 to 2^22 that is >= 100 x pods. It depends on the number of pods alone, so that
 * all nodes agree.
 *
 * ret_table  written only on success; table_done() frees it
 * Returns 0; -ENOMEM; -EINVAL when the policy's size is out of range (model_check()
 * reports that first). */
int table_build(const struct service *service, struct table *ret_table);

/* The size that stands for a policy's 0. */
uint32_t table_size_for_pods(size_t pods_len);

void table_done(struct table *table);

/* The place in service->pods of the pod that `hash` falls on; -1: no pod.
 * ret_slot gets the slot's number when it is not NULL. */
long table_find(const struct table *table, uint64_t hash, uint32_t *ret_slot);

#endif
