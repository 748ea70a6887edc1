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
#include "kernel/settle.h"

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

static void write_gone(struct apply *apply, const struct plan_service *change)
{
	for (size_t i = 0; i < change->pods_len; i++)
		if (change->pods[i].change == CHANGE_REMOVE)
			write_pod_gone(apply, change->pods[i].live);
	if (change->change == CHANGE_REMOVE)
		write_service_gone(apply, change->live);
}

/* Endpoints that the way back does not know yet. */
static void add_backs(struct apply *apply)
{
	for (size_t i = 0; i < apply->owners.len; i++) {
		const struct owner *owner = &apply->owners.at[i];

		if (owner->is_known || !owner->len)
			continue;
		apply->backs.at[apply->backs.len] = owner->at;
		apply->backs.numbers[apply->backs.len++] = owner->number;
	}
}

static int write_all(struct apply *apply)
{
	int error = 0;

	for (size_t i = 0; i < apply->plan->services_len; i++) {
		const struct plan_service *change = &apply->plan->services[i];

		write_gone(apply, change);
		if (apply->owners.has_others && change->change == CHANGE_NONE)
			write_shared(apply, change->live);
	}
	for (size_t i = 0; i < apply->targets_len && !error; i++)
		error = write_target(apply, &apply->targets[i]);
	add_backs(apply);
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

static bool is_target(const struct settled *settled, const struct plan_service *change)
{
	if (change->change == CHANGE_NONE)
		return settled_has(settled, change->live->number);
	return change->change != CHANGE_REMOVE;
}

static int apply_alloc(struct apply *apply, size_t targets_len, size_t pods_len)
{
	int error;

	apply->targets = calloc(targets_len + 1, sizeof(*apply->targets));
	apply->numbers = calloc(pods_len + 1, sizeof(*apply->numbers));
	error = apply->targets && apply->numbers ? keys_alloc(&apply->backs, pods_len)
						 : -ENOMEM;
	if (!error)
		error = keys_alloc(&apply->vips, 2 * targets_len);
	if (error)
		fail_system(apply->diags, error, "cannot prepare the apply");
	return error;
}

/* What is to be written: services that change, and those whose tables have settled. */
static int choose_targets(struct apply *apply, const struct settled *settled)
{
	const struct plan *plan = apply->plan;
	size_t len = 0, pods = 0;
	int error;

	for (size_t i = 0; i < plan->services_len; i++) {
		if (!is_target(settled, &plan->services[i]))
			continue;
		len++;
		pods += plan->services[i].wanted->pods_len;
	}
	error = apply_alloc(apply, len, pods);
	for (size_t i = 0; i < plan->services_len && !error; i++)
		if (is_target(settled, &plan->services[i]))
			apply->targets[apply->targets_len++].change = &plan->services[i];
	return error;
}

/* Pods that are ready or draining in the next generation. */
static void mark_alive(struct apply *apply)
{
	memcpy(apply->alive, apply->live.pods, sizeof(apply->alive));
	for (size_t i = 0; i < apply->plan->services_len; i++) {
		const struct plan_service *change = &apply->plan->services[i];

		for (size_t j = 0; j < change->pods_len; j++) {
			const struct pod *live = change->pods[j].live;

			if (change->pods[j].change == CHANGE_REMOVE)
				apply->alive[live->number / 64] &=
					~(1ULL << live->number % 64);
		}
	}
}

static bool apply_has_work(const struct apply *apply)
{
	return apply->targets_len || apply->plan->changes_len;
}

/* Numbers and words that the last run gave up may still be in the hands of packets, if
 * it was killed before it could wait for them. */
static int apply_prepare(struct apply *apply, const struct kernel_apply_options *options)
{
	struct settled settled = {0};
	int error = words_open(apply->kernel, apply->diags);

	if (!error)
		error = live_sweep(apply->kernel, &apply->live, apply->diags);
	if (!error)
		error = settings_write(apply->kernel, options, apply->diags);
	if (!error)
		error = settle(apply->kernel, &settled, apply->diags);
	if (!error)
		error = choose_targets(apply, &settled);
	if (!error && apply_has_work(apply))
		error = live_wait_readers(apply->kernel, apply->diags);
	return error;
}

static int apply_write(struct apply *apply, struct routes *routes)
{
	bool has_work = apply_has_work(apply);
	int error = 0;

	if (has_work) {
		error = claim_numbers(apply);
		if (!error)
			error = owners_make(apply);
		mark_alive(apply);
		apply->now_s = clock_now_s();
		if (!error)
			error = write_all(apply);
	}
	if (!error && routes)
		error = routes_add_new(routes);
	if (!error && has_work)
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

static int apply_run(struct apply *apply, const struct kernel_apply_options *options,
	struct routes *routes, uint64_t start_ns)
{
	int error = apply_prepare(apply, options);

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

static void apply_done(struct apply *apply)
{
	live_done(&apply->live);
	keys_done(&apply->backs);
	keys_done(&apply->vips);
	free(apply->owners.at);
	free(apply->targets);
	free(apply->numbers);
	free(apply);
}

int kernel_apply(struct kernel *kernel, const struct plan *plan,
	const struct kernel_apply_options *options,
	struct kernel_apply_result *ret_result, struct diags *diags)
{
	uint64_t start_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct apply *apply = calloc(1, sizeof(*apply));
	struct routes *routes = NULL;
	int error;

	if (!apply)
		return fail_system(diags, -ENOMEM, "cannot prepare the apply");
	apply->kernel = kernel;
	apply->plan = plan;
	apply->next = kernel->state->generation + 1;
	apply->diags = diags;
	error = vlans_refresh(kernel->maps[MAP_VLANS], diags);
	if (!error && options->routes)
		error = routes_open(plan, &routes, diags);
	if (!error)
		error = apply_run(apply, options, routes, start_ns);
	if (!error)
		*ret_result = apply->result;
	routes_close(routes);
	apply_done(apply);
	return error;
}
