/* SPDX-License-Identifier: BSD-2-Clause */
/* show flows|sessions: which clients the program remembers, and for which pod. */
#include <stdlib.h>

#include "commands.h"
#include "model/text.h"

static const char *pod_text(const struct service *service, long place, char *buffer)
{
	return place < 0 ? NULL : pod_format(&service->pods[place].at, buffer);
}

static void flow_print(struct out *out, const struct kernel_remembered *flow)
{
	const struct service *service = flow->service;
	char client[ENDPOINT_TEXT_MAX], pod[ENDPOINT_TEXT_MAX];

	out_str(out, "service", service->name);
	out_str(out, "client", vip_format(&flow->client, client));
	out_str(out, "pod", pod_text(service, flow->current, pod));
	out_uint(out, "idle_s", flow->idle_s);
	out_str(out, "state", flow->closed ? "closed" : "open");
}

static void session_print(struct out *out, const struct kernel_remembered *session)
{
	const struct service *service = session->service;
	char client[ADDR_TEXT_MAX], pod[ENDPOINT_TEXT_MAX];

	out_str(out, "service", service->name);
	out_str(out, "client", addr_format(&session->client.addr, client));
	out_str(out, "pod", pod_text(service, session->current, pod));
	out_str(out, "previous", pod_text(service, session->previous, pod));
	out_str(out, "state", slot_state_name(session->state));
	out_uint(out, "idle_s", session->idle_s);
	out_uint(out, "timeout_s", service->policy.session_timeout_s);
}

static enum exit_code entries_print(struct context *context, struct kernel *kernel,
	const struct service *services, size_t services_len, enum kernel_memory memory)
{
	struct kernel_remembered *entries = NULL;
	size_t len = 0;

	/* Nothing is pinned. */
	if (!kernel)
		return EXIT_DONE;
	if (kernel_read_remembered(kernel, services, services_len, memory, &entries, &len,
		    &context->diags))
		return EXIT_SYSTEM;
	for (size_t i = 0; i < len; i++) {
		out_row_begin(&context->out);
		if (memory == KERNEL_FLOWS)
			flow_print(&context->out, &entries[i]);
		else
			session_print(&context->out, &entries[i]);
		out_row_end(&context->out);
	}
	free(entries);
	return EXIT_DONE;
}

static enum exit_code remembered_run(
	struct context *context, enum kernel_memory memory, const char *name)
{
	struct live live = {0};
	const struct service *services = NULL;
	size_t len = 0;
	enum exit_code code = live_open(context, KERNEL_READ, &live);

	if (code == EXIT_DONE)
		code = services_select(context, &live.model, &services, &len);
	if (code == EXIT_DONE) {
		out_list_begin(&context->out, name, OUT_COLUMNS);
		code = entries_print(context, live.kernel, services, len, memory);
		out_list_end(&context->out);
	}
	live_close(&live);
	return code;
}

enum exit_code show_flows_run(struct context *context)
{
	return remembered_run(context, KERNEL_FLOWS, "flows");
}

enum exit_code show_sessions_run(struct context *context)
{
	return remembered_run(context, KERNEL_SESSIONS, "sessions");
}
