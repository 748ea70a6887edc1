// SPDX-License-Identifier: BSD-2-Clause
/* Making a plan live: everything is written where no packet looks yet, one store of the
 * generation publishes all of it, and only then what is gone is cleared away.
 *
 * All that can fail comes before that store. What was written until then belongs to no
 * live version, so live_sweep() takes it back, in this run or, after a kill, in the next. */
#include "kernel/state.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/text.h"
#include "slot.h"

/* Keys for one of the hash maps, put in together at the end. */
struct keys {
	struct sp_endpoint *at;
	uint32_t *numbers;
	__u32 len;
};

struct apply {
	struct kernel *kernel;
	const struct plan *plan;
	struct live live;
	uint32_t next;	      /* the generation that is being written */
	struct keys vips, backs;
	uint32_t *places; /* pods of one service: place -> number */
	bool gone;		      /* there is something to clear away afterwards */
	struct kernel_apply_result result;
	struct diags *diags;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int no_space(struct apply *apply, const char *what, unsigned long max)
{
	diags_error(apply->diags, PLACE_NONE,
		"old and new live side by side for a moment: apply in two steps",
		"no room for more %s: there can be %lu", what, max);
	return -ENOSPC;
}

static int keys_alloc(struct keys *keys, size_t len)
{
	keys->at = malloc((len + 1) * sizeof(*keys->at));
	keys->numbers = malloc((len + 1) * sizeof(*keys->numbers));
	return keys->at && keys->numbers ? 0 : -ENOMEM;
}

static void keys_add(struct keys *keys, const struct sp_endpoint *at, uint32_t number)
{
	keys->at[keys->len] = *at;
	keys->numbers[keys->len++] = number;
}

static void keys_done(struct keys *keys)
{
	free(keys->at);
	free(keys->numbers);
}

static int keys_insert(struct keys *keys, int map)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options, .elem_flags = BPF_NOEXIST);
	__u32 count = keys->len;

	if (!count)
		return 0;
	return bpf_map_update_batch(map, keys->at, keys->numbers, &count, &options) ?
		       -errno :
		       0;
}

/* --- Pods --- */

/* The version that may be overwritten. */
static struct sp_pod_version *pod_version_spare(struct sp_pod *pod, uint32_t generation)
{
	const struct sp_pod_version *live = pod_live(pod, generation);

	return live == &pod->versions[0] ? &pod->versions[1] : &pod->versions[0];
}

/* Its generation comes last: half a version never counts. */
static void pod_write(struct apply *apply, uint32_t number, struct sp_pod_version version)
{
	struct sp_pod_version *spare = pod_version_spare(
		&apply->kernel->pods[number], apply->kernel->state->generation);

	version.generation = 0;
	spare->generation = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*spare = version;
	__atomic_store_n(&spare->generation, apply->next, __ATOMIC_RELEASE);
	apply->result.pods_written++;
}

static void pod_write_gone(struct apply *apply, const struct pod *pod)
{
	pod_write(apply, pod->number, (struct sp_pod_version){.state = SP_POD_GONE});
	apply->gone = true;
}

/* Returns the number, or a negative errno. */
static long pod_claim(struct apply *apply, const struct sp_endpoint *at)
{
	long number = live_take_pod(&apply->live);
	struct sp_pod *entry;

	if (number < 0)
		return no_space(apply, "pods", SP_PODS_MAX);
	entry = &apply->kernel->pods[number];
	memset(entry, 0, sizeof(*entry));
	entry->at = *at;
	keys_add(&apply->backs, at, (uint32_t)number);
	return number;
}

static int pod_write_wanted(
	struct apply *apply, const struct pod *pod, uint32_t service, uint32_t *ret_number)
{
	const struct sp_pod_version version = {
		.service = service,
		.weight = pod->weight,
		.state = pod->state,
	};
	const struct sp_pod_version *live;
	uint32_t known;
	long number;

	if (!bpf_map_lookup_elem(apply->kernel->maps[MAP_BACKS], &pod->at, &known))
		number = known;
	else
		number = pod_claim(apply, &pod->at);
	if (number < 0)
		return (int)number;
	*ret_number = (uint32_t)number;
	live = pod_live(&apply->kernel->pods[number], apply->kernel->state->generation);
	if (!live || live->service != service || live->weight != version.weight ||
		live->state != version.state)
		pod_write(apply, *ret_number, version);
	return 0;
}

/* --- Tables --- */

static void table_write(
	struct apply *apply, const struct table *table, uint64_t *words)
{
	for (uint32_t i = 0; i < table->at.size; i++) {
		uint32_t place = sp_slot_current(table->words[i]);

		words[i] = sp_slot_clean(apply->places[place]);
	}
	memcpy(words + table->at.size, table->words + table->at.size,
		(table->words_len - table->at.size) * sizeof(*words));
	apply->result.words_written += table->words_len;
}

static int table_place(struct apply *apply, const struct table *table,
	struct sp_service_version *version)
{
	int64_t first = live_take_words(&apply->live, table->words_len);
	int error;

	if (first < 0)
		return no_space(apply, "words of tables",
			(unsigned long)SP_CHUNKS_MAX * SP_CHUNK_WORDS);
	error = words_reach(
		apply->kernel, (uint64_t)first + table->words_len, apply->diags);
	if (error)
		return error;
	table_write(apply, table, apply->kernel->words.at + first);
	version->first = (uint32_t)first;
	version->size = table->at.size;
	version->algorithm = table->at.algorithm;
	version->index_bits = table->at.index_bits;
	return 0;
}

static int table_make(struct apply *apply, const struct service *service,
	struct sp_service_version *version)
{
	uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct table table = {0};
	int error;

	error = table_build(service, &table);
	apply->result.build_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
	if (error)
		return fail_system(apply->diags, error, "cannot build the table of %s",
			service->name);
	if (table.at.size)
		error = table_place(apply, &table, version);
	table_done(&table);
	return error;
}

/* --- Services --- */

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
	keys_add(&apply->vips, &wanted->vip, (uint32_t)number);
	return number;
}

static void service_write(struct apply *apply, uint32_t number,
	const struct sp_service_version *version, const struct policy *policy)
{
	struct sp_service *entry = &apply->kernel->services[number];
	const struct sp_service_version *live =
		service_live(entry, apply->kernel->state->generation);
	int spare = live == &entry->versions[0];

	entry->versions[spare].generation = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (policy)
		policy_format(policy, entry->policy[spare], SP_POLICY_LEN);
	entry->versions[spare] = *version;
	__atomic_store_n(
		&entry->versions[spare].generation, apply->next, __ATOMIC_RELEASE);
	apply->result.services_written++;
}

static int service_write_wanted(struct apply *apply, const struct plan_service *change)
{
	const struct service *wanted = change->wanted;
	struct sp_service_version version = {
		.present = 1,
		.key = wanted->policy.key,
		.algorithm = wanted->policy.algorithm,
		.forward = wanted->policy.forward,
		.fingerprint = wanted->fingerprint,
	};
	long number = change->live ? change->live->number : service_claim(apply, wanted);
	int error = 0;

	if (number < 0)
		return (int)number;
	for (size_t i = 0; i < wanted->pods_len && !error; i++)
		error = pod_write_wanted(apply, &wanted->pods[i], (uint32_t)number,
			&apply->places[i]);
	if (!error)
		error = table_make(apply, wanted, &version);
	if (!error)
		service_write(apply, (uint32_t)number, &version, &wanted->policy);
	return error;
}

/* Pods that leave a service come first: one that moves to another is then written again
 * as the other's. */
static void write_gone(struct apply *apply)
{
	const struct sp_service_version gone = {0};

	for (size_t i = 0; i < apply->plan->services_len; i++) {
		const struct plan_service *change = &apply->plan->services[i];

		for (size_t j = 0; j < change->pods_len; j++)
			if (change->pods[j].change == CHANGE_REMOVE)
				pod_write_gone(apply, change->pods[j].live);
		if (change->change != CHANGE_REMOVE)
			continue;
		service_write(apply, change->live->number, &gone, NULL);
		apply->gone = true;
	}
}

static int write_wanted(struct apply *apply)
{
	int error = 0;

	for (size_t i = 0; i < apply->plan->services_len && !error; i++) {
		const struct plan_service *change = &apply->plan->services[i];

		if (change->change == CHANGE_ADD || change->change == CHANGE_MODIFY)
			error = service_write_wanted(apply, change);
	}
	if (!error)
		error = words_publish(apply->kernel, apply->diags);
	if (error)
		return error;
	error = keys_insert(&apply->backs, apply->kernel->maps[MAP_BACKS]);
	if (!error)
		error = keys_insert(&apply->vips, apply->kernel->maps[MAP_VIPS]);
	if (error)
		fail_system(apply->diags, error, "cannot add VIPs and pods to the maps");
	return error;
}

/* A name is no part of what is served: it may be written over, and one that a killed run
 * has left behind is put right here. */
static void write_names(struct apply *apply)
{
	for (size_t i = 0; i < apply->plan->services_len; i++) {
		const struct plan_service *change = &apply->plan->services[i];
		struct sp_service *entry;

		if (!change->live || !change->wanted ||
			!strcmp(change->live->name, change->wanted->name))
			continue;
		entry = &apply->kernel->services[change->live->number];
		snprintf(entry->name, sizeof(entry->name), "%s", change->wanted->name);
	}
}

/* --- The whole --- */

static int apply_alloc(struct apply *apply)
{
	size_t services = 0, pods = 0, most = 0;
	int error;

	for (size_t i = 0; i < apply->plan->services_len; i++) {
		const struct plan_service *change = &apply->plan->services[i];

		if (change->change != CHANGE_ADD && change->change != CHANGE_MODIFY)
			continue;
		services++;
		pods += change->wanted->pods_len;
		if (change->wanted->pods_len > most)
			most = change->wanted->pods_len;
	}
	apply->places = malloc((most + 1) * sizeof(*apply->places));
	error = apply->places ? keys_alloc(&apply->backs, pods) : -ENOMEM;
	if (!error)
		error = keys_alloc(&apply->vips, services);
	if (error)
		fail_system(apply->diags, error, "cannot prepare the apply");
	return error;
}

/* Numbers and words that the last run gave up may still be in the hands of packets, if
 * it was killed before it could wait for them. */
static int apply_prepare(struct apply *apply)
{
	int error = apply_alloc(apply);

	if (!error)
		error = words_map(apply->kernel, apply->diags);
	if (!error)
		error = live_sweep(apply->kernel, &apply->live, apply->diags);
	if (!error && apply->plan->changes_len)
		error = live_wait_readers(apply->kernel, apply->diags);
	return error;
}

static int apply_write(struct apply *apply, struct routes *routes)
{
	int error = 0;

	if (apply->plan->changes_len) {
		write_gone(apply);
		error = write_wanted(apply);
	}
	if (!error && routes)
		error = routes_add(routes, apply->diags);
	if (!error && apply->plan->changes_len)
		__atomic_store_n(&apply->kernel->state->generation, apply->next,
			__ATOMIC_RELEASE);
	return error;
}

/* After this point the plan is live: what fails is left to the next run. */
static void apply_clean_up(struct apply *apply, struct routes *routes)
{
	struct live live = {0};

	write_names(apply);
	if (apply->gone)
		live_sweep(apply->kernel, &live, apply->diags);
	live_done(&live);
	if (routes)
		routes_remove(routes);
}

static void apply_take_back(struct apply *apply, struct routes *routes)
{
	struct live live = {0};

	if (routes)
		routes_undo(routes);
	live_sweep(apply->kernel, &live, apply->diags);
	live_done(&live);
}

static int apply_run(struct apply *apply, struct routes *routes)
{
	uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	int error = apply_prepare(apply);

	if (error)
		return error;
	error = apply_write(apply, routes);
	apply->result.write_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start -
				 apply->result.build_ns;
	start = clock_ns(CLOCK_MONOTONIC);
	if (error)
		apply_take_back(apply, routes);
	else
		apply_clean_up(apply, routes);
	apply->result.cleanup_ns = clock_ns(CLOCK_MONOTONIC) - start;
	return error;
}

int kernel_apply(struct kernel *kernel, const struct plan *plan,
	const struct kernel_apply_options *options, struct kernel_apply_result *ret_result,
	struct diags *diags)
{
	struct apply apply = {
		.kernel = kernel,
		.plan = plan,
		.next = kernel->state->generation + 1,
		.diags = diags,
	};
	struct routes *routes = NULL;
	int error = 0;

	if (options->routes)
		error = routes_open(plan, &routes, diags);
	if (!error)
		error = apply_run(&apply, routes);
	if (!error)
		*ret_result = apply.result;
	routes_close(routes);
	live_done(&apply.live);
	keys_done(&apply.backs);
	keys_done(&apply.vips);
	free(apply.places);
	return error;
}
