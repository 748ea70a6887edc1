// SPDX-License-Identifier: BSD-2-Clause
/* Making a plan live: everything is written where no packet looks yet, one store of the
 * generation publishes all of it, and only then what is gone is cleared away.
 *
 * All that can fail comes before that store. What was written until then belongs to no
 * live version, so live_sweep() takes it back, in this run or, after a kill, in the next.
 */
#include "kernel/apply.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/routes.h"

static int keys_alloc(struct keys *keys, size_t len)
{
	keys->at = malloc((len + 1) * sizeof(*keys->at));
	keys->numbers = malloc((len + 1) * sizeof(*keys->numbers));
	return keys->at && keys->numbers ? 0 : -ENOMEM;
}

static void keys_done(struct keys *keys)
{
	free(keys->at);
	free(keys->numbers);
}

static int keys_insert(struct keys *keys, int map)
{
	struct bpf_map_batch_opts options = {.sz = sizeof(options)};
	__u32 count = keys->len;

	if (!count)
		return 0;
	return bpf_map_update_batch(map, keys->at, keys->numbers, &count, &options)
		       ? -errno
		       : 0;
}

/* Pods that leave a service come first: one that moves to another is then written again
 * as the other's. */
static void write_gone(struct apply *apply)
{
	for (size_t i = 0; i < apply->plan->services_len; i++) {
		const struct plan_service *change = &apply->plan->services[i];

		for (size_t j = 0; j < change->pods_len; j++)
			if (change->pods[j].change == CHANGE_REMOVE)
				write_pod_gone(apply, change->pods[j].live);
		if (change->change == CHANGE_REMOVE)
			write_service_gone(apply, change->live);
	}
}

static int write_wanted(struct apply *apply)
{
	int error = 0;

	for (size_t i = 0; i < apply->plan->services_len && !error; i++) {
		const struct plan_service *change = &apply->plan->services[i];

		if (change->change == CHANGE_ADD || change->change == CHANGE_MODIFY)
			error = write_service(apply, change);
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
		error = words_open(apply->kernel, apply->diags);
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
		error = routes_add_new(routes);
	if (!error && apply->plan->changes_len)
		__atomic_store_n(
			&apply->kernel->state->generation, apply->next, __ATOMIC_RELEASE);
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
		routes_sync(routes);
}

static void apply_take_back(struct apply *apply, struct routes *routes)
{
	struct live live = {0};

	if (routes)
		routes_undo(routes);
	live_sweep(apply->kernel, &live, apply->diags);
	live_done(&live);
}

static int apply_run(struct apply *apply, struct routes *routes, uint64_t start_ns)
{
	int error = apply_prepare(apply);

	if (error)
		return error;
	error = apply_write(apply, routes);
	apply->result.write_ns =
		clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start_ns - apply->result.build_ns;
	start_ns = clock_ns(CLOCK_MONOTONIC);
	if (error)
		apply_take_back(apply, routes);
	else
		apply_clean_up(apply, routes);
	apply->result.cleanup_ns = clock_ns(CLOCK_MONOTONIC) - start_ns;
	return error;
}

int kernel_apply(struct kernel *kernel, const struct plan *plan,
	const struct kernel_apply_options *options,
	struct kernel_apply_result *ret_result, struct diags *diags)
{
	uint64_t start_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct apply apply = {
		.kernel = kernel,
		.plan = plan,
		.next = kernel->state->generation + 1,
		.diags = diags,
	};
	struct routes *routes = NULL;
	int error = options->routes ? routes_open(plan, &routes, diags) : 0;

	if (!error)
		error = apply_run(&apply, routes, start_ns);
	if (!error)
		*ret_result = apply.result;
	routes_close(routes);
	live_done(&apply.live);
	keys_done(&apply.backs);
	keys_done(&apply.vips);
	free(apply.places);
	return error;
}
