/* SPDX-License-Identifier: BSD-2-Clause */
/* show services|pods|links: the live state, read from the maps. */
#include "commands.h"
#include "model/text.h"

enum exit_code show_services_run(struct context *context)
{
	struct live live = {0};
	const struct service *services = NULL;
	size_t len = 0;
	enum exit_code code = live_open(context, KERNEL_READ, &live);

	if (code == EXIT_DONE)
		code = services_select(context, &live.model, &services, &len);
	if (code == EXIT_DONE)
		services_print(&context->out, services, len);
	live_close(&live);
	return code;
}

static void pods_print(struct out *out, const struct service *service)
{
	char at[ENDPOINT_TEXT_MAX];

	for (size_t i = 0; i < service->pods_len; i++) {
		const struct pod *pod = &service->pods[i];

		out_row_begin(out);
		out_str(out, "service", service->name);
		out_str(out, "pod", pod_format(&pod->at, at));
		out_uint(out, "weight", pod->weight);
		out_str(out, "state", pod_state_name(pod->state));
		out_uint(out, "number", pod->number);
		out_row_end(out);
	}
}

enum exit_code show_pods_run(struct context *context)
{
	struct live live = {0};
	const struct service *services = NULL;
	size_t len = 0;
	enum exit_code code = live_open(context, KERNEL_READ, &live);

	if (code == EXIT_DONE)
		code = services_select(context, &live.model, &services, &len);
	if (code == EXIT_DONE) {
		out_list_begin(&context->out, "pods", OUT_COLUMNS);
		for (size_t i = 0; i < len; i++)
			pods_print(&context->out, &services[i]);
		out_list_end(&context->out);
	}
	live_close(&live);
	return code;
}

enum exit_code show_links_run(struct context *context)
{
	struct live live = {0};
	enum exit_code code = live_open(context, KERNEL_READ, &live);

	if (code == EXIT_DONE)
		code = links_print(context, live.kernel, NULL, 0);
	live_close(&live);
	return code;
}
