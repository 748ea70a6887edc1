// SPDX-License-Identifier: BSD-2-Clause
/* Numbers of services and pods in a snapshot. */
#include "l7/numbers.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "model/live.h"

/* Which numbers are taken, and where the search for a free one goes on. */
struct taken {
	uint64_t *bits;
	uint32_t next, max;
};

static int compare(const void *left, const void *right)
{
	const struct number *a = left, *b = right;

	if (a->service != b->service)
		return a->service < b->service ? -1 : 1;
	return memcmp(&a->at, &b->at, sizeof(a->at));
}

static const struct number *find(const struct number *list, size_t len, uint32_t service,
	const struct sp_endpoint *at)
{
	const struct number key = {.at = *at, .service = service};

	return len ? bsearch(&key, list, len, sizeof(key), compare) : NULL;
}

static int taken_make(struct taken *taken, uint32_t max)
{
	*taken = (struct taken){
		.bits = calloc(max / 64 + 1, sizeof(*taken->bits)), .max = max};
	return taken->bits ? 0 : -ENOMEM;
}

static void taken_set(struct taken *taken, uint32_t number)
{
	taken->bits[number / 64] |= 1ULL << number % 64;
}

/* Keep the numbers of those that were there before, then give the others free ones. */
static int number_all(struct number *list, size_t len, const struct number *before,
	size_t before_len, uint32_t max, uint32_t generation)
{
	struct taken taken;
	int error = taken_make(&taken, max);

	for (size_t i = 0; i < len && !error; i++) {
		const struct number *known =
			find(before, before_len, list[i].service, &list[i].at);

		list[i].number = known ? known->number : max;
		list[i].born = known ? known->born : generation;
		if (known)
			taken_set(&taken, known->number);
	}
	for (size_t i = 0; i < len && !error; i++) {
		if (list[i].number != max)
			continue;
		while (taken.next < max &&
			taken.bits[taken.next / 64] >> taken.next % 64 & 1)
			taken.next++;
		if (taken.next == max)
			error = -ENOSPC;
		list[i].number = taken.next++;
	}
	free(taken.bits);
	return error;
}

static uint32_t end_of(const struct number *list, size_t len)
{
	uint32_t end = 0;

	for (size_t i = 0; i < len; i++)
		end = list[i].number >= end ? list[i].number + 1 : end;
	return end;
}

static void sort(struct number *list, size_t len)
{
	if (len)
		qsort(list, len, sizeof(*list), compare);
}

/* --- What was there before --- */

static int before_alloc(struct numbers *before, const struct l7_tables *tables)
{
	before->services = calloc(tables->services_len + 1, sizeof(*before->services));
	before->pods = calloc(tables->pods_len + 1, sizeof(*before->pods));
	return before->services && before->pods ? 0 : -ENOMEM;
}

static int before_read(struct numbers *before, const struct l7_tables *tables)
{
	uint32_t generation = tables->state->generation;
	int error = before_alloc(before, tables);

	for (uint32_t i = 0; i < tables->services_len && !error; i++)
		if (service_live(&tables->services[i], generation))
			before->services[before->services_len++] = (struct number){
				.at = tables->services[i].vip, .number = i};
	for (uint32_t i = 0; i < tables->pods_len && !error; i++) {
		const struct sp_pod_version *version =
			pod_live(&tables->pods[i], generation);

		if (version)
			before->pods[before->pods_len++] =
				(struct number){.at = tables->pods[i].at,
					.service = version->service,
					.number = i,
					.born = tables->pods[i].born};
	}
	sort(before->services, before->services_len);
	sort(before->pods, before->pods_len);
	return error;
}

/* --- What is there now --- */

static int now_alloc(struct numbers *now, const struct model *model)
{
	size_t pods = 0;

	for (size_t i = 0; i < model->services_len; i++)
		pods += model->services[i].pods_len;
	now->services = calloc(model->services_len + 1, sizeof(*now->services));
	now->pods = calloc(pods + 1, sizeof(*now->pods));
	return now->services && now->pods ? 0 : -ENOMEM;
}

static void list_services(struct numbers *now, const struct model *model)
{
	for (size_t i = 0; i < model->services_len; i++)
		if (model->services[i].vip.protocol == IPPROTO_TCP)
			now->services[now->services_len++].at = model->services[i].vip;
	sort(now->services, now->services_len);
}

/* Pods of a service that has its number. */
static void list_pods(struct numbers *now, const struct model *model)
{
	for (size_t i = 0; i < model->services_len; i++) {
		const struct service *service = &model->services[i];

		if (service->vip.protocol != IPPROTO_TCP)
			continue;
		for (size_t j = 0; j < service->pods_len; j++)
			now->pods[now->pods_len++] = (struct number){
				.at = service->pods[j].at,
				.service =
					numbers_of_service(now, &service->vip)->number};
	}
	sort(now->pods, now->pods_len);
}

int numbers_make(struct numbers *numbers, const struct model *model,
	const struct l7_tables *before_tables, uint32_t generation)
{
	struct numbers before = {0};
	int error = now_alloc(numbers, model);

	if (!error && before_tables)
		error = before_read(&before, before_tables);
	if (!error) {
		list_services(numbers, model);
		error = number_all(numbers->services, numbers->services_len,
			before.services, before.services_len, SP_SERVICES_MAX,
			generation);
	}
	if (!error) {
		list_pods(numbers, model);
		error = number_all(numbers->pods, numbers->pods_len, before.pods,
			before.pods_len, SP_PODS_MAX, generation);
	}
	numbers->services_end = end_of(numbers->services, numbers->services_len);
	numbers->pods_end = end_of(numbers->pods, numbers->pods_len);
	numbers_done(&before);
	return error;
}

void numbers_done(struct numbers *numbers)
{
	free(numbers->services);
	free(numbers->pods);
	*numbers = (struct numbers){0};
}

const struct number *numbers_of_service(
	const struct numbers *numbers, const struct sp_endpoint *vip)
{
	return find(numbers->services, numbers->services_len, 0, vip);
}

const struct number *numbers_of_pod(
	const struct numbers *numbers, uint32_t service, const struct sp_endpoint *at)
{
	return find(numbers->pods, numbers->pods_len, service, at);
}
