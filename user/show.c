/* SPDX-License-Identifier: BSD-2-Clause */
/* show services|pods|links: the live state, read from the maps. */
#include "commands.h"
#include "model/text.h"

/* What `show services` and `show pods` print: services, and each pod's traffic. */
struct shown {
	struct live live;
	const struct service *services;
	size_t len;
	struct kernel_traffic *services_traffic;
	struct kernel_traffic **pods_traffic; /* of each service an array */
};

/* The traffic of one service's pods, and its sum. */
static int traffic_read(struct context *context, struct shown *shown, size_t place)
{
	const struct service *service = &shown->services[place];
	struct kernel_traffic *sum = &shown->services_traffic[place];
	struct kernel_traffic *pods =
		arena_alloc(&context->arena, (service->pods_len + 1) * sizeof(*pods));

	if (!pods ||
		kernel_read_traffic(shown->live.kernel, service, pods, &context->diags))
		return -1;
	for (size_t i = 0; i < service->pods_len; i++) {
		sum->packets += pods[i].packets;
		sum->bytes += pods[i].bytes;
		sum->flows += pods[i].flows;
	}
	shown->pods_traffic[place] = pods;
	return 0;
}

static enum exit_code shown_open(struct context *context, struct shown *shown)
{
	struct arena *arena = &context->arena;
	enum exit_code code = live_open(context, KERNEL_READ, &shown->live);

	if (code == EXIT_DONE)
		code = services_select(
			context, &shown->live.model, &shown->services, &shown->len);
	if (code != EXIT_DONE)
		return code;
	shown->services_traffic =
		arena_alloc(arena, (shown->len + 1) * sizeof(*shown->services_traffic));
	shown->pods_traffic =
		arena_alloc(arena, (shown->len + 1) * sizeof(*shown->pods_traffic));
	if (!shown->services_traffic || !shown->pods_traffic)
		return EXIT_SYSTEM;
	for (size_t i = 0; i < shown->len; i++)
		if (traffic_read(context, shown, i))
			return EXIT_SYSTEM;
	return EXIT_DONE;
}

enum exit_code show_services_run(struct context *context)
{
	struct shown shown = {0};
	enum exit_code code = shown_open(context, &shown);

	if (code == EXIT_DONE)
		services_print(
			&context->out, shown.services, shown.len, shown.services_traffic);
	live_close(&shown.live);
	return code;
}

static void pods_print(struct out *out, const struct service *service,
	const struct kernel_traffic *traffic)
{
	char at[ENDPOINT_TEXT_MAX];

	for (size_t i = 0; i < service->pods_len; i++) {
		const struct pod *pod = &service->pods[i];

		out_row_begin(out);
		out_str(out, "service", service->name);
		out_str(out, "pod", pod_format(&pod->at, at));
		out_uint(out, "weight", pod->weight);
		out_str(out, "state", pod_state_name(pod->state));
		out_str(out, "drained", drained_name(pod->drained));
		out_uint(out, "number", pod->number);
		traffic_print(out, &traffic[i]);
		out_row_end(out);
	}
}

enum exit_code show_pods_run(struct context *context)
{
	struct shown shown = {0};
	enum exit_code code = shown_open(context, &shown);

	if (code == EXIT_DONE) {
		out_list_begin(&context->out, "pods", OUT_COLUMNS);
		for (size_t i = 0; i < shown.len; i++)
			pods_print(
				&context->out, &shown.services[i], shown.pods_traffic[i]);
		out_list_end(&context->out);
	}
	live_close(&shown.live);
	return code;
}

enum exit_code show_links_run(struct context *context)
{
	struct live live = {0};
	enum exit_code code = live_open(context, KERNEL_LOOK, &live);

	if (code == EXIT_DONE)
		code = links_print(context, live.kernel, NULL, 0, NULL);
	live_close(&live);
	return code;
}
