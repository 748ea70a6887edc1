/* SPDX-License-Identifier: BSD-2-Clause */
/* What must change: two models side by side, by VIP and by pod. */
#include "plan/plan.h"

#include <errno.h>
#include <stdlib.h>

void plan_done(struct plan *plan)
{
	arena_done(&plan->arena);
	*plan = (struct plan){0};
}

static int compare_pods(const void *a, const void *b)
{
	return model_compare_endpoints(&(*(const struct pod *const *)a)->at,
		&(*(const struct pod *const *)b)->at);
}

/* A service's pods by endpoint, in a scratch array; `service` may be NULL. */
static const struct pod **sort_pods(
	const struct service *service, const struct pod **scratch)
{
	size_t len = service ? service->pods_len : 0;

	for (size_t i = 0; i < len; i++)
		scratch[i] = &service->pods[i];
	if (len)
		qsort(scratch, len, sizeof(*scratch), compare_pods);
	return scratch + len;
}

static enum change compare_sides(const void *live, const void *wanted, bool equal)
{
	if (!live)
		return CHANGE_ADD;
	if (!wanted)
		return CHANGE_REMOVE;
	return equal ? CHANGE_NONE : CHANGE_MODIFY;
}

static bool is_same_pod(const struct pod *live, const struct pod *wanted)
{
	return live->weight == wanted->weight && live->state == wanted->state &&
	       live->drained == wanted->drained;
}

/* `scratch` takes the pods of both sides. */
static int diff_pods(
	struct plan *plan, struct plan_service *entry, const struct pod **scratch)
{
	size_t live_len = entry->live ? entry->live->pods_len : 0;
	size_t wanted_len = entry->wanted ? entry->wanted->pods_len : 0;
	const struct pod **live = scratch, **live_end = sort_pods(entry->live, scratch);
	const struct pod **wanted = live_end,
			 **wanted_end = sort_pods(entry->wanted, live_end);

	if (!(live_len + wanted_len))
		return 0;
	entry->pods =
		arena_alloc(&plan->arena, (live_len + wanted_len) * sizeof(*entry->pods));
	if (!entry->pods)
		return -ENOMEM;
	while (live < live_end || wanted < wanted_end) {
		int order = live == live_end	   ? 1
			    : wanted == wanted_end ? -1
						   : compare_pods(live, wanted);
		struct plan_pod pod = {
			.live = order <= 0 ? *live++ : NULL,
			.wanted = order >= 0 ? *wanted++ : NULL,
		};

		pod.change = compare_sides(pod.live, pod.wanted,
			!order && is_same_pod(pod.live, pod.wanted));
		if (pod.change != CHANGE_NONE)
			entry->pods[entry->pods_len++] = pod;
	}
	return 0;
}

static size_t most_pods(const struct model *model)
{
	size_t most = 0;

	for (size_t i = 0; i < model->services_len; i++)
		if (model->services[i].pods_len > most)
			most = model->services[i].pods_len;
	return most;
}

/* Walk both models, which are sorted by VIP. */
static int diff_services(const struct model *live, const struct model *wanted,
	struct plan *plan, const struct pod **scratch)
{
	const struct service *old = live->services, *old_end = old + live->services_len;
	const struct service *new = wanted->services,
			     *new_end = new + wanted->services_len;

	while (old < old_end || new < new_end) {
		int order = old == old_end ? 1
			    : new == new_end
				    ? -1
				    : model_compare_endpoints(&old->vip, &new->vip);
		struct plan_service *entry = &plan->services[plan->services_len++];

		entry->live = order <= 0 ? old++ : NULL;
		entry->wanted = order >= 0 ? new ++ : NULL;
		entry->change = compare_sides(entry->live, entry->wanted,
			!order && entry->live->fingerprint == entry->wanted->fingerprint);
		if (entry->change == CHANGE_NONE)
			continue;
		plan->changes_len++;
		if (diff_pods(plan, entry, scratch))
			return -ENOMEM;
	}
	return 0;
}

int plan_make(const struct model *live, const struct model *wanted, struct plan *ret_plan)
{
	size_t services_len = live->services_len + wanted->services_len;
	size_t pods_len = most_pods(live) + most_pods(wanted);
	const struct pod **scratch = calloc(pods_len + 1, sizeof(*scratch));
	struct plan plan = {0};
	int err = -ENOMEM;

	plan.services = arena_alloc(&plan.arena, services_len * sizeof(*plan.services));
	if (scratch && plan.services)
		err = diff_services(live, wanted, &plan, scratch);
	free(scratch);
	if (err)
		plan_done(&plan);
	else
		*ret_plan = plan;
	return err;
}
