// SPDX-License-Identifier: BSD-2-Clause
/* From a VIP to its service and from a hash to its pod, in tables that an apply may
 * change at any time.
 *
 * What is live in a generation stays as it is until the next one but one is written, and
 * that is after the next one was published: what was read while the generation stayed the
 * same is whole. */
#include "l7/tables.h"

#include <errno.h>
#include <string.h>

#include "lookup.h"
#include "model/live.h"
#include "model/text.h"
#include "slot.h"

static uint32_t generation_read(const struct l7_tables *tables)
{
	return __atomic_load_n(&tables->state->generation, __ATOMIC_ACQUIRE);
}

/* Whether all that was read before this call is of that generation. */
static bool generation_holds(const struct l7_tables *tables, uint32_t generation)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&tables->state->generation, __ATOMIC_RELAXED) ==
	       generation;
}

/* --- Services --- */

/* What one look at the tables finds of a VIP. */
struct seen {
	uint32_t generation, number;
	struct sp_service_version version; /* present 0: nothing */
	char policy[SP_POLICY_LEN];
	char name[SP_NAME_LEN];
};

static const struct sp_service_version *version_of(const struct l7_tables *tables,
	uint32_t number, const struct sp_endpoint *vip, uint32_t generation)
{
	const struct sp_service *entry = &tables->services[number];

	if (memcmp(&entry->vip, vip, sizeof(*vip)) != 0)
		return NULL;
	return service_live(entry, generation);
}

/* A service keeps its number while it lives. */
static const struct sp_service_version *version_find(const struct l7_tables *tables,
	const struct l7_service *service, uint32_t generation, uint32_t *ret_number)
{
	const struct sp_service_version *version = NULL;

	*ret_number = service->number;
	if (service->version.present)
		version = version_of(tables, service->number, &service->vip, generation);
	for (uint32_t i = 0; i < tables->services_len && !version; i++) {
		version = version_of(tables, i, &service->vip, generation);
		*ret_number = i;
	}
	return version;
}

static void seen_read(const struct l7_tables *tables, const struct l7_service *service,
	struct seen *ret_seen)
{
	const struct sp_service_version *version =
		version_find(tables, service, ret_seen->generation, &ret_seen->number);
	const struct sp_service *entry;

	ret_seen->version = (struct sp_service_version){0};
	if (!version)
		return;
	entry = &tables->services[ret_seen->number];
	ret_seen->version = *version;
	memcpy(ret_seen->policy, entry->policy[version - entry->versions],
		sizeof(ret_seen->policy));
	ret_seen->policy[SP_POLICY_LEN - 1] = 0;
	memcpy(ret_seen->name, entry->name, sizeof(ret_seen->name));
	ret_seen->name[SP_NAME_LEN - 1] = 0;
}

static struct sp_table_at table_of(const struct sp_service_version *version)
{
	return (struct sp_table_at){
		.first = version->first,
		.size = version->size,
		.algorithm = version->algorithm,
		.index_bits = version->index_bits,
	};
}

/* A table that cannot be touched has no slots. */
static bool words_reach(const struct l7_tables *tables, struct l7_service *service)
{
	const struct sp_table_at at = table_of(&service->version);

	if (!at.size || !tables->reach(tables->context, at.first, sp_table_words(&at)))
		return true;
	service->version.size = 0;
	return false;
}

/* Returns whether all of it could be had. */
static bool service_take(const struct l7_tables *tables, struct l7_service *service,
	const struct seen *seen)
{
	arena_done(&service->arena);
	service->policy = (struct policy){0};
	service->number = seen->number;
	service->version = seen->version;
	memcpy(service->name, seen->name, sizeof(service->name));
	if (!seen->version.present)
		return true;
	if (!policy_parse(seen->policy, &service->arena, &service->policy))
		return words_reach(tables, service);
	service->version.present = 0;
	return false;
}

static bool service_is_same(const struct l7_service *service, const struct seen *seen)
{
	return service->version.present && service->number == seen->number &&
	       service->version.generation == seen->version.generation;
}

bool l7_service_refresh(const struct l7_tables *tables, struct l7_service *service)
{
	struct seen seen = {.generation = generation_read(tables)};
	bool whole = true;

	if (service->generation == seen.generation)
		return service->version.present;
	seen_read(tables, service, &seen);
	while (!generation_holds(tables, seen.generation)) {
		seen.generation = generation_read(tables);
		seen_read(tables, service, &seen);
	}
	if (!service->generation || !service_is_same(service, &seen))
		whole = service_take(tables, service, &seen);
	service->generation = whole ? seen.generation : 0;
	return service->version.present;
}

void l7_service_done(struct l7_service *service)
{
	arena_done(&service->arena);
	*service = (struct l7_service){.vip = service->vip};
}

/* --- Pods --- */

/* The words of one table. An index may be another table's by the time it is read: what it
 * says need not lie in this one. */
struct words {
	const uint64_t *at;
	uint32_t first, end;
};

static inline const __u64 *word_at(const void *context, __u32 index)
{
	const struct words *words = context;

	return index >= words->first && index < words->end
		       ? (const __u64 *)words->at + index
		       : NULL;
}

/* The version of a pod that a slot names, if it is this service's. */
static const struct sp_pod_version *pod_of(
	const struct l7_tables *tables, const struct l7_service *service, uint32_t number)
{
	const struct sp_pod_version *version =
		number < tables->pods_len
			? pod_live(&tables->pods[number], service->generation)
			: NULL;

	return version && version->service == service->number ? version : NULL;
}

/* Returns -ENOENT too when what was read is no table and no pod of the service. */
static int slot_read(const struct l7_tables *tables, const struct l7_service *service,
	uint32_t slot, struct l7_pick *ret_pick)
{
	uint32_t number = sp_slot_current(__atomic_load_n(
		&tables->words[service->version.first + slot], __ATOMIC_RELAXED));

	if (!pod_of(tables, service, number))
		return -ENOENT;
	*ret_pick = (struct l7_pick){
		.pod = tables->pods[number].at,
		.number = number,
		.born = tables->pods[number].born,
		.slot = slot,
	};
	return 0;
}

int l7_pick_slot(const struct l7_tables *tables, const struct l7_service *service,
	uint32_t slot, struct l7_pick *ret_pick)
{
	struct l7_pick pick;
	int error = slot_read(tables, service, slot, &pick);

	if (!generation_holds(tables, service->generation))
		return -EAGAIN;
	if (!error)
		*ret_pick = pick;
	return error;
}

int l7_pick_hashed(const struct l7_tables *tables, const struct l7_service *service,
	uint64_t hash, struct l7_pick *ret_pick)
{
	const struct sp_table_at at = table_of(&service->version);
	const struct words words = {.at = tables->words,
		.first = at.first,
		.end = at.first + sp_table_words(&at)};
	long slot;

	if (!at.size)
		return -ENOENT;
	slot = sp_table_find(&at, hash, word_at, &words);
	if (slot >= 0)
		return l7_pick_slot(tables, service, (uint32_t)slot, ret_pick);
	return generation_holds(tables, service->generation) ? -ENOENT : -EAGAIN;
}
