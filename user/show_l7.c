/* SPDX-License-Identifier: BSD-2-Clause */
/* show l7: what the HTTP helper has served, by service and pod. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "l7/control.h"
#include "l7/report.h"
#include "model/text.h"

/* The services of a report, so that one can be found by any of its names. */
static int services_collect(
	struct context *context, const struct report *report, struct model *ret_model)
{
	struct service *services = arena_alloc(
		&context->arena, ((size_t)report->rows_len + 1) * sizeof(*services));
	size_t len = 0;

	if (!services)
		return -ENOMEM;
	for (uint32_t i = 0; i < report->rows_len; i++) {
		const struct report_row *row = &report->rows[i];

		if (report_row_is_pod(row))
			continue;
		services[len].name = row->service;
		services[len].vip = row->at;
		services[len++].number = i;
	}
	*ret_model = (struct model){.services = services, .services_len = len};
	return 0;
}

/* "UF=2,DC=1" for people. */
static void flags_print(struct out *out, const struct l7_traffic *traffic)
{
	char text[RECORD_FLAGS * 26] = "";
	size_t len = 0;

	if (out->json)
		out_object_begin(out, "flags", OUT_PAIRS);
	for (unsigned i = 0; i < RECORD_FLAGS; i++) {
		unsigned long long count = traffic->flags[i];

		if (out->json)
			out_uint(out, record_flag_words[i].name, count);
		else if (count)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
				"%s%s=%llu", len ? "," : "", record_flag_words[i].name,
				count);
	}
	if (out->json)
		out_object_end(out);
	else
		out_str(out, "flags", len ? text : NULL);
}

static void statuses_print(struct out *out, const struct l7_traffic *traffic)
{
	static const char *const names[STATS_STATUSES] = {
		"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

	for (unsigned i = 0; i < STATS_STATUSES; i++)
		out_uint(out, names[i], traffic->statuses[i]);
}

static void row_print(struct out *out, const struct report_row *row)
{
	const struct l7_traffic *traffic = &row->traffic;
	char pod[ENDPOINT_TEXT_MAX];

	out_row_begin(out);
	out_str(out, "service", row->service);
	out_str(out, "pod", report_row_is_pod(row) ? pod_format(&row->at, pod) : NULL);
	out_uint(out, "requests", traffic->requests);
	statuses_print(out, traffic);
	flags_print(out, traffic);
	out_uint(out, "retries", traffic->retries);
	out_uint(out, "received", traffic->bytes_received);
	out_uint(out, "sent", traffic->bytes_sent);
	out_ns(out, "p50_ns", stats_quantile(traffic, 0.5));
	out_ns(out, "p90_ns", stats_quantile(traffic, 0.9));
	out_ns(out, "p99_ns", stats_quantile(traffic, 0.99));
	out_row_end(out);
}

static void totals_print(struct out *out, const struct report *report)
{
	const struct report_totals *totals = &report->totals;

	out_object_begin(out, "helper", OUT_PAIRS);
	out_uint(out, "workers", report->workers);
	out_uint(out, "restarts", report->restarts);
	out_uint(out, "generation", report->generation);
	out_uint(out, "connections", totals->connections);
	out_uint(out, "connections_open", totals->connections_open);
	out_uint(out, "connections_refused", totals->refused_limit);
	out_uint(out, "pod_connections", totals->pod_connections);
	out_uint(out, "pod_connections_open", totals->pod_connections_open);
	out_uint(out, "pod_connect_failures", totals->pod_connect_failures);
	out_uint(out, "accept_pauses", totals->accept_pauses);
	out_uint(out, "log_lines_lost", totals->log_lost);
	out_object_end(out);
}

/* A service's rows: its own and those of its pods, up to the next service's. */
static uint32_t rows_of_service(const struct report *report, uint32_t first)
{
	uint32_t end = first + 1;

	while (end < report->rows_len && report_row_is_pod(&report->rows[end]))
		end++;
	return end;
}

static enum exit_code report_print(struct context *context, const struct report *report)
{
	const struct service *services;
	uint32_t first = 0, end = report->rows_len;
	struct model model;
	enum exit_code code;
	size_t len;

	if (services_collect(context, report, &model))
		return EXIT_SYSTEM;
	code = services_select(context, &model, &services, &len);
	if (code != EXIT_DONE)
		return code;
	if (context->request.args_len) {
		first = services->number;
		end = rows_of_service(report, first);
	}
	out_list_begin(&context->out, "l7", OUT_COLUMNS);
	for (uint32_t i = first; i < end; i++)
		row_print(&context->out, &report->rows[i]);
	out_list_end(&context->out);
	totals_print(&context->out, report);
	return EXIT_DONE;
}

static void ask_failed(struct context *context, const char *path, int error)
{
	const char *hint = NULL;

	if (error == -ENOENT || error == -ECONNREFUSED)
		hint = "start it with 'samepod l7', or name its socket with --control";
	else if (error == -EPROTO || error == -EBADMSG)
		hint = "helper and command are of different versions: restart the helper";
	diags_error(&context->diags, PLACE_NONE, hint,
		"cannot ask the HTTP helper at %s: %s", path, strerror(-error));
}

enum exit_code show_l7_run(struct context *context)
{
	const char *path = context->request.options[OPTION_CONTROL];
	const struct report *report = NULL;
	enum exit_code code = EXIT_SYSTEM;
	int fd, error;

	if (!path)
		path = CONTROL_PATH;
	error = fd = report_ask(path);
	if (fd >= 0) {
		report = report_map(fd);
		error = -errno;
		close(fd);
	}
	if (report)
		code = report_print(context, report);
	else
		ask_failed(context, path, error);
	report_unmap(report);
	return code;
}
