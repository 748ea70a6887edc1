// SPDX-License-Identifier: BSD-2-Clause
/* Bindings follow the tables: services that come get sockets, those that go lose them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "l7/keeping.h"

static void unlisten(struct keeper *keeper, const struct binding *binding)
{
	const struct control_message message = {.kind = CONTROL_UNLISTEN,
		.vip = binding->vip,
		.address = binding->address};

	workers_send(keeper, &message, -1);
}

/* Sockets go on where the address stays, under another service if need be. */
static void inherit(struct keeper *keeper, struct binding *wanted, struct binding *before)
{
	bool same = !memcmp(&wanted->vip, &before->vip, sizeof(wanted->vip));

	wanted->fds = before->fds;
	wanted->fds_len = before->fds_len;
	wanted->shared = before->shared;
	before->fds = NULL;
	before->fds_len = 0;
	if (same)
		return;
	unlisten(keeper, before);
	workers_announce(keeper, wanted);
}

/* Returns 0 or the first error; those that cannot be opened have no sockets then. */
static int open_all(struct keeper *keeper, struct bindings *wanted)
{
	int error = 0;

	for (size_t i = 0; i < wanted->len; i++) {
		struct binding *binding = &wanted->at[i];
		struct binding *before =
			bindings_find(&keeper->bindings, &binding->address);
		int failed;

		if (before && before->fds_len) {
			inherit(keeper, binding, before);
			continue;
		}
		failed = binding_open(binding, keeper->settings->workers, &keeper->handed,
			keeper->diags);
		if (!failed)
			workers_announce(keeper, binding);
		error = error ? error : failed;
	}
	return error;
}

static void close_gone(struct keeper *keeper)
{
	for (size_t i = 0; i < keeper->bindings.len; i++)
		if (keeper->bindings.at[i].fds_len)
			unlisten(keeper, &keeper->bindings.at[i]);
	bindings_done(&keeper->bindings);
}

int follow_sync(struct keeper *keeper, bool must)
{
	const struct keeper_setup *setup = keeper->setup;
	uint32_t generation = origin_generation(&keeper->origin);
	struct bindings wanted = {0};
	int error = bindings_wanted(&keeper->origin, setup->listens, setup->listens_len,
		&wanted, keeper->diags);

	if (error && must) {
		bindings_done(&wanted);
		return error;
	}
	error = open_all(keeper, &wanted);
	close_gone(keeper);
	keeper->bindings = wanted;
	keeper->generation = generation;
	return must ? error : 0;
}
