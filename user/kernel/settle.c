// SPDX-License-Identifier: BSD-2-Clause
/* Making slots cheap again: flows that need not be remembered are forgotten, slots that
 * no flow needs become clean. All of it may run or not: packets go the same way. */
#include "kernel/sessions.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

#include "hash.h"
#include "lookup.h"
#include "slot.h"

/* Packets read a coarse clock, and may be under way: a slot is over a little later. */
#define MARGIN_S 2

/* A live table that moves. */
struct moving {
	const struct sp_service_version *version;
	uint64_t *slots;
	uint64_t *pins; /* bit i: a flow needs slot i as it is */
	uint32_t service;
};

struct sweep {
	struct kernel *kernel;
	uint32_t now_s, generation;
	struct sp_window window; /* with the margin */
	struct moving *moving;
	size_t moving_len;
	struct sessions sessions;
	uint32_t *places; /* service number -> its place in `moving` + 1; 0: none */
	struct sp_flow_key *needless;
	size_t needless_len, needless_size;
};

uint32_t clock_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint32_t)now.tv_sec;
}

bool settled_has(const struct settled *settled, uint32_t service)
{
	return settled->services[service / 64] >> service % 64 & 1;
}

int slots_reach(struct kernel *kernel, const struct sp_service_version *version,
	uint64_t **ret_slots, struct diags *diags)
{
	int error = words_reach(kernel, version->first, words_of_version(version), diags);

	if (!error)
		*ret_slots = kernel->words.at + version->first;
	return error;
}

/* --- Which slots flows need --- */

static inline const __u64 *word_at(const void *words, __u32 index)
{
	return (const __u64 *)words + index;
}

long slot_of_client(const struct kernel *kernel, uint32_t service,
	const struct sp_service_version *version, const struct sp_endpoint *client)
{
	struct sp_table_at table = {
		.first = version->first,
		.size = version->size,
		.algorithm = version->algorithm,
		.index_bits = version->index_bits,
	};
	__be16 port = kernel->services[service].vip.port;

	if (!version->size)
		return -1;
	return sp_table_find(&table,
		version->key == SP_KEY_SOURCE_IP ? sp_hash_source_ip(&client->addr)
						 : sp_hash_source_ip_port(client, port),
		word_at, kernel->words.at);
}

bool pod_is_alive(const struct kernel *kernel, uint32_t number, uint32_t born,
	uint32_t service, uint32_t generation)
{
	const struct sp_pod_version *version;

	if (number >= SP_PODS_MAX || kernel->pods[number].born != born)
		return false;
	version = pod_live(&kernel->pods[number], generation);
	return version && version->service == service;
}

static bool is_over(const struct sweep *sweep, sp_slot slot)
{
	return sp_slot_state(slot, sweep->now_s, &sweep->window) == SP_SLOT_PINNED;
}

/* Without being remembered the flow would go elsewhere, or might. */
static bool slot_needs_flow(
	const struct sweep *sweep, sp_slot slot, const struct sp_flow *flow)
{
	if (sp_slot_is_clean(slot))
		return false;
	return !is_over(sweep, slot) || sp_slot_current(slot) != flow->pod;
}

/* The same of the slot of the client's session, if it has one: as it is now, it may have
 * moved since the sweep began. */
static bool session_needs_flow(const struct sweep *sweep, const struct sp_flow_key *key,
	const struct sp_service_version *version, const struct sp_flow *flow)
{
	const struct sp_session_key at = {key->client.addr, key->service};
	struct moved_session *moved;
	struct sp_session session;

	if (!version->session_timeout_s ||
		bpf_map_lookup_elem(sweep->kernel->maps[MAP_SESSIONS], &at, &session) ||
		!slot_needs_flow(sweep, session.slot, flow))
		return false;
	moved = sessions_find(&sweep->sessions, &at);
	if (moved)
		moved->is_needed = true;
	return true;
}

static bool table_needs_flow(const struct sweep *sweep, const struct sp_flow_key *key,
	const struct sp_service_version *version, const struct sp_flow *flow)
{
	uint32_t place = sweep->places[key->service];
	const struct moving *moving;
	long slot;

	if (!place)
		return false;
	moving = &sweep->moving[place - 1];
	slot = slot_of_client(sweep->kernel, key->service, version, &key->client);
	if (slot < 0 || !slot_needs_flow(sweep, moving->slots[slot], flow))
		return false;
	moving->pins[slot / 64] |= 1ULL << slot % 64;
	return true;
}

static bool is_needed(const struct sweep *sweep, const struct sp_flow_key *key,
	const struct sp_flow *flow)
{
	const struct kernel *kernel = sweep->kernel;
	const struct sp_service_version *version;

	if (key->service >= SP_SERVICES_MAX ||
		sp_flow_is_idle(flow, key->client.protocol == IPPROTO_TCP, kernel->state,
			sweep->now_s) ||
		!pod_is_alive(
			kernel, flow->pod, flow->born, key->service, sweep->generation))
		return false;
	version = service_live(&kernel->services[key->service], sweep->generation);
	if (!version)
		return false;
	/* Both are asked, and note what the flow needs. */
	return table_needs_flow(sweep, key, version, flow) |
	       session_needs_flow(sweep, key, version, flow);
}

static int see_flow(void *context, const void *key, const void *value)
{
	struct sweep *sweep = context;
	struct sp_flow_key *needless;

	if (is_needed(sweep, key, value))
		return 0;
	needless = array_grow(sweep->needless, sweep->needless_len, &sweep->needless_size,
		sizeof(*needless));
	if (!needless)
		return -ENOMEM;
	sweep->needless = needless;
	needless[sweep->needless_len++] = *(const struct sp_flow_key *)key;
	return 0;
}

/* --- The sweep --- */

static int sweep_open(struct sweep *sweep, struct diags *diags)
{
	struct kernel *kernel = sweep->kernel;
	bool has_sessions = false;
	size_t size = 0;
	int error = 0;

	sweep->places = calloc(SP_SERVICES_MAX, sizeof(*sweep->places));
	if (!sweep->places)
		return -ENOMEM;
	for (uint32_t i = 0; i < SP_SERVICES_MAX && !error; i++) {
		const struct sp_service_version *version =
			service_live(&kernel->services[i], sweep->generation);
		struct moving *moving;

		has_sessions |= version && version->session_timeout_s;
		if (!version || !version->moved)
			continue;
		moving = array_grow(
			sweep->moving, sweep->moving_len, &size, sizeof(*moving));
		if (!moving)
			return -ENOMEM;
		sweep->moving = moving;
		moving += sweep->moving_len;
		*moving = (struct moving){.version = version, .service = i};
		error = slots_reach(kernel, version, &moving->slots, diags);
		moving->pins = calloc(version->size / 64 + 1, sizeof(*moving->pins));
		if (!error && !moving->pins)
			error = -ENOMEM;
		sweep->places[i] = (uint32_t)++sweep->moving_len;
	}
	if (!error && has_sessions)
		error = sessions_read(kernel, &sweep->sessions);
	return error;
}

static void sweep_close(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->moving_len; i++)
		free(sweep->moving[i].pins);
	sessions_done(&sweep->sessions);
	free(sweep->moving);
	free(sweep->places);
	free(sweep->needless);
}

/* Returns whether all slots are clean now. A slot that is over is pinned by nothing new:
 * what was not seen is not there. */
static bool slots_clean(const struct sweep *sweep, const struct moving *moving)
{
	bool all = true;

	for (uint32_t i = 0; i < moving->version->size; i++) {
		sp_slot slot = moving->slots[i];

		if (sp_slot_is_clean(slot))
			continue;
		if (is_over(sweep, slot) && !(moving->pins[i / 64] >> i % 64 & 1))
			__atomic_store_n(&moving->slots[i],
				sp_slot_clean(sp_slot_current(slot)), __ATOMIC_RELAXED);
		else
			all = false;
	}
	return all;
}

static void sweep_finish(struct sweep *sweep, struct settled *settled)
{
	for (size_t i = 0; i < sweep->needless_len; i++)
		bpf_map_delete_elem(sweep->kernel->maps[MAP_FLOWS], &sweep->needless[i]);
	sessions_settle(sweep->kernel, &sweep->sessions, sweep->now_s, &sweep->window);
	for (size_t i = 0; i < sweep->moving_len; i++) {
		uint32_t service = sweep->moving[i].service;

		if (slots_clean(sweep, &sweep->moving[i]))
			settled->services[service / 64] |= 1ULL << service % 64;
	}
}

int settle(struct kernel *kernel, struct settled *ret_settled, struct diags *diags)
{
	struct sweep sweep = {
		.kernel = kernel,
		.now_s = clock_now_s(),
		.generation = kernel->state->generation,
		.window = kernel->state->window,
	};
	int error;

	sweep.window.len_s += MARGIN_S;
	error = sweep_open(&sweep, diags);
	if (!error)
		error = batch_each(kernel->maps[MAP_FLOWS], sizeof(struct sp_flow_key),
			sizeof(struct sp_flow), see_flow, &sweep);
	if (!error)
		sweep_finish(&sweep, ret_settled);
	else
		fail_system(diags, error, "cannot sweep the flows");
	sweep_close(&sweep);
	return error;
}
