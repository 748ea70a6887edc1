// SPDX-License-Identifier: BSD-2-Clause
/* Endpoints that services gain or lose: how many will have them, and which number the way
 * back finds. Only these are looked at, so that a small change stays cheap. */
#include <errno.h>
#include <stdlib.h>

#include "kernel/apply.h"

static int compare_owners(const void *a, const void *b)
{
	return model_compare_endpoints(
		&((const struct owner *)a)->at, &((const struct owner *)b)->at);
}

static struct owner *find(const struct owners *owners, const struct sp_endpoint *at)
{
	const struct owner key = {.at = *at};

	if (!owners->len)
		return NULL;
	return bsearch(&key, owners->at, owners->len, sizeof(key), compare_owners);
}

const struct owner *owners_find(const struct owners *owners, const struct sp_endpoint *at)
{
	return find(owners, at);
}

/* All endpoints that come or go, each once. */
static int owners_collect(struct owners *owners, const struct plan *plan)
{
	size_t room = 0, len = 0;

	for (size_t i = 0; i < plan->services_len; i++)
		room += plan->services[i].pods_len;
	owners->at = calloc(room + 1, sizeof(*owners->at));
	if (!owners->at)
		return -ENOMEM;
	for (size_t i = 0; i < plan->services_len; i++) {
		const struct plan_service *change = &plan->services[i];

		for (size_t j = 0; j < change->pods_len; j++) {
			const struct plan_pod *pod = &change->pods[j];

			if (pod->change != CHANGE_MODIFY)
				owners->at[len++] = (struct owner){
					.at = (pod->wanted ? pod->wanted : pod->live)->at,
					.number = SP_POD_NONE,
				};
		}
	}
	qsort(owners->at, len, sizeof(*owners->at), compare_owners);
	for (size_t i = 0; i < len; i++)
		if (!owners->len ||
			compare_owners(&owners->at[owners->len - 1], &owners->at[i]))
			owners->at[owners->len++] = owners->at[i];
	return 0;
}

static void owners_add(
	struct owners *owners, const struct sp_endpoint *at, uint32_t number)
{
	struct owner *owner = find(owners, at);

	if (!owner)
		return;
	owner->len++;
	owner->number = number;
}

static void owners_count(struct apply *apply)
{
	struct owners *owners = &apply->owners;

	for (size_t i = 0; i < apply->plan->services_len; i++) {
		const struct plan_service *change = &apply->plan->services[i];
		const struct service *live = change->live;

		for (size_t j = 0; live && j < live->pods_len; j++) {
			struct owner *owner = find(owners, &live->pods[j].at);

			if (!owner)
				continue;
			owner->is_known = true;
			if (change->change != CHANGE_NONE)
				continue;
			owner->len++;
			owner->number = live->pods[j].number;
			owners->has_others = true;
		}
	}
	for (size_t i = 0; i < apply->targets_len; i++) {
		const struct target *target = &apply->targets[i];
		const struct service *wanted = target->change->wanted;

		for (size_t j = 0; j < wanted->pods_len; j++)
			if (target->change->change != CHANGE_NONE)
				owners_add(owners, &wanted->pods[j].at, target->pods[j]);
	}
}

int owners_make(struct apply *apply)
{
	int error = owners_collect(&apply->owners, apply->plan);

	if (error)
		return fail_system(apply->diags, error, "cannot prepare the apply");
	if (apply->owners.len)
		owners_count(apply);
	return 0;
}
