// SPDX-License-Identifier: BSD-2-Clause
/* Flows and sessions that the program remembers, for people, and what a client's next
 * connection meets. */
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/settle.h"

struct reading {
	const struct kernel *kernel;
	const struct service *services;
	uint32_t *places; /* service number -> its place + 1; 0: it is not asked for */
	uint32_t now_s, generation;
	struct kernel_remembered *at;
	size_t len, size;
};

enum sp_slot_state kernel_slot_state(const struct kernel *kernel, sp_slot slot)
{
	return sp_slot_state(slot, clock_now_s(), &kernel->state->window);
}

/* The service with that number, if it is asked for; else NULL. */
static const struct service *service_of(const struct reading *reading, uint32_t number)
{
	uint32_t place = number < SP_SERVICES_MAX ? reading->places[number] : 0;

	return place ? &reading->services[place - 1] : NULL;
}

/* The place of a pod that is alive and was born then; -1: it is gone. */
static long place_of(const struct reading *reading, const struct service *service,
	uint32_t number, uint32_t born)
{
	if (!pod_is_alive(
		    reading->kernel, number, born, service->number, reading->generation))
		return -1;
	for (size_t i = 0; i < service->pods_len; i++)
		if (service->pods[i].number == number)
			return (long)i;
	return -1;
}

/* The clock that packets read may be a little ahead of what was read here. */
static uint32_t seconds_since(const struct reading *reading, uint32_t seen_s)
{
	return reading->now_s > seen_s ? reading->now_s - seen_s : 0;
}

static int reading_add(struct reading *reading, struct kernel_remembered entry)
{
	struct kernel_remembered *at = array_grow(
		reading->at, reading->len, &reading->size, sizeof(*reading->at));

	if (!at)
		return -ENOMEM;
	reading->at = at;
	at[reading->len++] = entry;
	return 0;
}

static int see_flow(void *context, const void *key, const void *value)
{
	struct reading *reading = context;
	const struct sp_flow_key *at = key;
	const struct service *service = service_of(reading, at->service);
	const struct sp_flow *flow = value;

	if (!service)
		return 0;
	return reading_add(reading,
		(struct kernel_remembered){
			.service = service,
			.client = at->client,
			.current = place_of(reading, service, flow->pod, flow->born),
			.previous = -1,
			.idle_s = seconds_since(reading, flow->seen_s),
			.closed = flow->closed,
		});
}

static struct kernel_remembered session_read(const struct reading *reading,
	const struct service *service, const struct sp_session_key *at,
	const struct sp_session *session)
{
	sp_slot slot = session->slot;

	return (struct kernel_remembered){
		.service = service,
		.client = {.addr = at->client},
		.current = place_of(
			reading, service, sp_slot_current(slot), session->current_born),
		.previous = place_of(
			reading, service, sp_slot_previous(slot), session->previous_born),
		.state = kernel_slot_state(reading->kernel, slot),
		.idle_s = seconds_since(reading, session->seen_s),
	};
}

static int see_session(void *context, const void *key, const void *value)
{
	struct reading *reading = context;
	const struct sp_session_key *at = key;
	const struct service *service = service_of(reading, at->service);

	return service ? reading_add(reading, session_read(reading, service, at, value))
		       : 0;
}

/* By service, then by client. */
static int compare_entries(const void *a, const void *b)
{
	const struct kernel_remembered *left = a, *right = b;

	if (left->service != right->service)
		return left->service < right->service ? -1 : 1;
	return model_compare_endpoints(&left->client, &right->client);
}

static int read_remembered(struct reading *reading, enum kernel_memory memory)
{
	const struct kernel *kernel = reading->kernel;

	if (memory == KERNEL_FLOWS)
		return batch_each(kernel->maps[MAP_FLOWS], sizeof(struct sp_flow_key),
			sizeof(struct sp_flow), see_flow, reading);
	return batch_each(kernel->maps[MAP_SESSIONS], sizeof(struct sp_session_key),
		sizeof(struct sp_session), see_session, reading);
}

int kernel_read_remembered(struct kernel *kernel, const struct service *services,
	size_t services_len, enum kernel_memory memory,
	struct kernel_remembered **ret_entries, size_t *ret_len, struct diags *diags)
{
	struct reading reading = {
		.kernel = kernel,
		.services = services,
		.places = calloc(SP_SERVICES_MAX, sizeof(*reading.places)),
		.now_s = clock_now_s(),
		.generation = kernel->state->generation,
	};
	int error = reading.places ? 0 : -ENOMEM;

	for (size_t i = 0; i < services_len && !error; i++)
		reading.places[services[i].number] = (uint32_t)i + 1;
	if (!error)
		error = read_remembered(&reading, memory);
	free(reading.places);
	if (error) {
		free(reading.at);
		return fail_system(diags, error, "cannot read the %s",
			memory == KERNEL_FLOWS ? "flows" : "sessions");
	}
	if (reading.len)
		qsort(reading.at, reading.len, sizeof(*reading.at), compare_entries);
	*ret_entries = reading.at;
	*ret_len = reading.len;
	return 0;
}

/* --- What a new connection meets --- */

/* A session that counts takes the place of the table's slot. One that ends or whose pod
 * drains moves to the table's pod, as the program would let it. */
static void choose_by_session(const struct reading *reading,
	const struct sp_endpoint *client, struct kernel_choice *choice)
{
	const struct service *service = reading->services;
	const struct sp_session_key key = {client->addr, service->number};
	struct sp_session session;
	struct kernel_remembered entry;

	if (bpf_map_lookup_elem(reading->kernel->maps[MAP_SESSIONS], &key, &session))
		return;
	entry = session_read(reading, service, &key, &session);
	if (entry.current < 0 || entry.idle_s >= service->policy.session_timeout_s)
		return;
	choice->by = KERNEL_BY_SESSION;
	if (service->pods[entry.current].state == SP_POD_DRAINING &&
		entry.current != choice->current) {
		choice->previous = entry.state == SP_SLOT_MOVING && entry.previous >= 0
					   ? entry.previous
					   : entry.current;
		choice->state = SP_SLOT_MOVING;
		return;
	}
	choice->current = entry.current;
	choice->previous = entry.previous;
	choice->state = entry.state;
}

static void choose_by_flow(const struct reading *reading,
	const struct sp_endpoint *client, struct kernel_choice *choice)
{
	const struct service *service = reading->services;
	const struct sp_flow_key key = {*client, service->number};
	bool is_tcp = client->protocol == IPPROTO_TCP;
	struct sp_flow flow;
	long place;

	if (bpf_map_lookup_elem(reading->kernel->maps[MAP_FLOWS], &key, &flow) ||
		(is_tcp && flow.closed) ||
		sp_flow_is_idle(&flow, is_tcp, reading->kernel->state, reading->now_s))
		return;
	place = place_of(reading, service, flow.pod, flow.born);
	if (place < 0)
		return;
	choice->by = KERNEL_BY_FLOW;
	choice->target = place;
}

void kernel_choose(struct kernel *kernel, const struct service *service,
	const struct sp_endpoint *client, sp_slot slot, struct kernel_choice *ret_choice)
{
	const struct reading reading = {
		.kernel = kernel,
		.services = service,
		.now_s = clock_now_s(),
		.generation = kernel->state->generation,
	};
	uint32_t previous = sp_slot_previous(slot);
	struct kernel_choice choice = {
		.by = KERNEL_BY_TABLE,
		.state = kernel_slot_state(kernel, slot),
		.current = sp_slot_current(slot),
		.previous = previous == SP_POD_NONE ? -1 : (long)previous,
	};

	if (service->policy.session_timeout_s)
		choose_by_session(&reading, client, &choice);
	/* UDP does not say what is new: it stays while the slot moves. */
	choice.target = choice.state == SP_SLOT_MOVING && choice.previous >= 0 &&
					client->protocol == IPPROTO_UDP
				? choice.previous
				: choice.current;
	if (choice.state != SP_SLOT_CLEAN)
		choose_by_flow(&reading, client, &choice);
	*ret_choice = choice;
}
