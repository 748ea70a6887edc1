// SPDX-License-Identifier: BSD-2-Clause
/* Numbers for services and pods that come; those that stay keep theirs, so that what is
 * remembered of them stays true. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/apply.h"
#include "model/text.h"

int no_space(struct apply *apply, const char *what, unsigned long max)
{
	diags_error(apply->diags, PLACE_NONE,
		"old and new live side by side for a moment: apply in two steps",
		"no room for more %s: there can be %lu", what, max);
	return -ENOSPC;
}

/* Returns the number, or a negative errno. */
static long service_claim(struct apply *apply, const struct service *wanted)
{
	long number = live_take_service(&apply->live);
	struct sp_service *entry;

	if (number < 0)
		return no_space(apply, "services", SP_SERVICES_MAX);
	entry = &apply->kernel->services[number];
	memset(entry, 0, sizeof(*entry));
	entry->vip = wanted->vip;
	vip_format(&wanted->vip, entry->vip_text);
	snprintf(entry->name, sizeof(entry->name), "%s", wanted->name);
	apply->vips.at[apply->vips.len] = wanted->vip;
	apply->vips.numbers[apply->vips.len++] = (uint32_t)number;
	apply->vips.at[apply->vips.len] = address_key(&wanted->vip.addr);
	apply->vips.numbers[apply->vips.len++] = (uint32_t)number;
	return number;
}

/* Returns the number, or a negative errno. */
static long pod_claim(struct apply *apply, const struct pod *wanted)
{
	long number = live_take_pod(&apply->live);
	struct sp_pod *entry;

	if (number < 0)
		return no_space(apply, "pods", SP_PODS_MAX);
	entry = &apply->kernel->pods[number];
	memset(entry, 0, sizeof(*entry));
	entry->at = wanted->at;
	entry->born = apply->next;
	return number;
}

static int compare_pods(const void *a, const void *b)
{
	return model_compare_endpoints(&(*(const struct pod *const *)a)->at,
		&(*(const struct pod *const *)b)->at);
}

/* The live pods of a service by endpoint; free() it. NULL: memory is out. */
static const struct pod **pods_sort(const struct service *live)
{
	size_t len = live ? live->pods_len : 0;
	const struct pod **pods = malloc((len + 1) * sizeof(*pods));

	for (size_t i = 0; pods && i < len; i++)
		pods[i] = &live->pods[i];
	if (pods && len)
		qsort(pods, len, sizeof(*pods), compare_pods);
	return pods;
}

static int claim_pods(
	struct apply *apply, const struct plan_service *change, uint32_t *numbers)
{
	const struct service *wanted = change->wanted;
	size_t live_len = change->live ? change->live->pods_len : 0;
	const struct pod **live = pods_sort(change->live);
	long number = live ? 0 : -ENOMEM;

	for (size_t i = 0; i < wanted->pods_len && number >= 0; i++) {
		const struct pod *pod = &wanted->pods[i];
		const struct pod **same =
			bsearch(&pod, live, live_len, sizeof(*live), compare_pods);

		number = same ? (long)(*same)->number : pod_claim(apply, pod);
		numbers[i] = (uint32_t)number;
	}
	free(live);
	if (number == -ENOMEM)
		fail_system(apply->diags, -ENOMEM, "cannot number the pods of %s",
			wanted->name);
	return number < 0 ? (int)number : 0;
}

int claim_numbers(struct apply *apply)
{
	uint32_t *numbers = apply->numbers;
	int error = 0;

	for (size_t i = 0; i < apply->targets_len && !error; i++) {
		struct target *target = &apply->targets[i];
		const struct plan_service *change = target->change;
		long number = change->live ? (long)change->live->number
					   : service_claim(apply, change->wanted);

		if (number < 0)
			return (int)number;
		target->number = (uint32_t)number;
		target->pods = numbers;
		error = claim_pods(apply, change, numbers);
		numbers += change->wanted->pods_len;
	}
	return error;
}
