/* SPDX-License-Identifier: BSD-2-Clause */
/* show table: which share of a table each pod has, or every slot. */
#include <errno.h>
#include <stdlib.h>

#include "commands.h"
#include "model/text.h"

static const char *slot_pod(const struct service *service, uint32_t place, char *buffer)
{
	return place < service->pods_len ? pod_format(&service->pods[place].at, buffer)
					 : NULL;
}

static void slots_print(struct out *out, const struct kernel *kernel,
	const struct service *service, const struct table *table)
{
	char current[ENDPOINT_TEXT_MAX], previous[ENDPOINT_TEXT_MAX];
	bool ring = table->at.algorithm == SP_ALGORITHM_RING_HASH;

	for (uint32_t i = 0; i < table->at.size; i++) {
		sp_slot slot = table->words[i];

		out_row_begin(out);
		out_str(out, "service", service->name);
		out_uint(out, "slot", i);
		if (ring)
			out_hex(out, "hash", table->words[table->at.size + i]);
		else
			out_null(out, "hash");
		out_str(out, "current",
			slot_pod(service, sp_slot_current(slot), current));
		out_str(out, "previous",
			slot_pod(service, sp_slot_previous(slot), previous));
		out_str(out, "state", slot_state_name(kernel_slot_state(kernel, slot)));
		out_row_end(out);
	}
}

/* The hashes that fall on slot i, as a share of 2^64 for a ring, of the slots else. */
static double slot_share(const struct table *table, uint32_t i)
{
	const uint64_t *points = table->words + table->at.size;
	uint32_t before = i ? i - 1 : table->at.size - 1;

	if (table->at.algorithm != SP_ALGORITHM_RING_HASH || table->at.size == 1)
		return 1.0 / table->at.size;
	return (double)(points[i] - points[before]) / 18446744073709551616.0;
}

struct share {
	uint64_t slots;
	uint64_t states[SP_SLOT_PINNED + 1]; /* slots by state */
	double hashes;
};

static void shares_count(const struct kernel *kernel, const struct service *service,
	const struct table *table, struct share *shares)
{
	for (uint32_t i = 0; i < table->at.size; i++) {
		uint32_t place = sp_slot_current(table->words[i]);

		if (place >= service->pods_len)
			continue;
		shares[place].slots++;
		shares[place].states[kernel_slot_state(kernel, table->words[i])]++;
		shares[place].hashes += slot_share(table, i);
	}
}

static void shares_print(
	struct out *out, const struct service *service, const struct share *shares)
{
	char pod[ENDPOINT_TEXT_MAX];

	for (size_t i = 0; i < service->pods_len; i++) {
		out_row_begin(out);
		out_str(out, "service", service->name);
		out_str(out, "pod", pod_format(&service->pods[i].at, pod));
		out_uint(out, "weight", service->pods[i].weight);
		out_str(out, "state", pod_state_name(service->pods[i].state));
		out_uint(out, "slots", shares[i].slots);
		out_share(out, "share", shares[i].hashes);
		for (enum sp_slot_state state = 0; state <= SP_SLOT_PINNED; state++)
			out_uint(out, slot_state_name(state), shares[i].states[state]);
		out_row_end(out);
	}
}

static enum exit_code table_print(
	struct context *context, struct kernel *kernel, const struct service *service)
{
	struct table table = {0};
	struct share *shares =
		arena_alloc(&context->arena, (service->pods_len + 1) * sizeof(*shares));
	int error = shares ? kernel_read_table(kernel, service, &table, &context->diags)
			   : -ENOMEM;

	if (!error && context->request.options[OPTION_SLOTS]) {
		slots_print(&context->out, kernel, service, &table);
	} else if (!error) {
		shares_count(kernel, service, &table, shares);
		shares_print(&context->out, service, shares);
	}
	table_done(&table);
	return error ? EXIT_SYSTEM : EXIT_DONE;
}

enum exit_code show_table_run(struct context *context)
{
	struct live live = {0};
	const struct service *services = NULL;
	size_t len = 0;
	bool slots = context->request.options[OPTION_SLOTS];
	enum exit_code code = live_open(context, KERNEL_READ, &live);

	if (code == EXIT_DONE)
		code = services_select(context, &live.model, &services, &len);
	if (code == EXIT_DONE) {
		out_list_begin(&context->out, slots ? "slots" : "pods", OUT_COLUMNS);
		for (size_t i = 0; i < len && code == EXIT_DONE; i++)
			code = table_print(context, live.kernel, &services[i]);
		out_list_end(&context->out);
	}
	live_close(&live);
	return code;
}
