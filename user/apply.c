/* SPDX-License-Identifier: BSD-2-Clause */
/* apply FILE...: make the kernel hold exactly what the manifests say. */
#include <string.h>

#include "commands.h"
#include "model/policy.h"

#define WEEK_S (7 * 24 * 3600)

static enum exit_code refuse_empty(struct context *context)
{
	diags_error(&context->diags, PLACE_NONE,
		"--allow-empty lets an apply remove all services",
		"there is no service in these manifests");
	return EXIT_BAD_REQUEST;
}

/* A setting that is not given stays 0. */
static enum exit_code time_parse(
	struct context *context, enum option option, uint32_t *ret_time_s)
{
	const char *text = context->request.options[option];
	int64_t time_s = 0;

	if (!text)
		return EXIT_DONE;
	if (!policy_parse_ttl(
		    (struct word){.text = text, .len = strlen(text)}, true, &time_s) &&
		time_s >= 1 && time_s <= WEEK_S) {
		*ret_time_s = (uint32_t)time_s;
		return EXIT_DONE;
	}
	diags_error(&context->diags, PLACE_NONE, "seconds, or 90s, 15m, 1h30m",
		"--%s is 1 second to 7 days, not '%s'", option_words[option].name, text);
	return EXIT_BAD_REQUEST;
}

static enum exit_code options_parse(
	struct context *context, struct kernel_apply_options *options)
{
	enum exit_code code = time_parse(context, OPTION_WINDOW, &options->window_s);

	options->routes = !context->request.options[OPTION_NO_ROUTES];
	if (code == EXIT_DONE)
		code = time_parse(context, OPTION_TCP_IDLE, &options->tcp_idle_s);
	if (code == EXIT_DONE)
		code = time_parse(context, OPTION_UDP_IDLE, &options->udp_idle_s);
	return code;
}

static enum exit_code plan_apply(struct context *context, struct kernel *kernel,
	const struct plan *plan, const struct kernel_apply_options *options)
{
	struct kernel_apply_result result = {0};

	if (context->request.options[OPTION_DRY_RUN]) {
		changes_print(&context->out, plan, NULL);
		return EXIT_DONE;
	}
	if (kernel_apply(kernel, plan, options, &result, &context->diags))
		return EXIT_SYSTEM;
	changes_print(&context->out, plan, &result);
	return EXIT_DONE;
}

enum exit_code apply_run(struct context *context)
{
	const struct request *request = &context->request;
	enum kernel_access access =
		request->options[OPTION_DRY_RUN] ? KERNEL_READ : KERNEL_WRITE;
	struct model wanted = {0};
	struct live live = {0};
	struct plan plan = {0};
	struct kernel_apply_options options = {0};
	enum exit_code code = options_parse(context, &options);

	if (code == EXIT_DONE)
		code = manifests_read(context, request->args, request->args_len, &wanted);
	if (code == EXIT_DONE && !wanted.services_len &&
		!request->options[OPTION_ALLOW_EMPTY])
		code = refuse_empty(context);
	if (code == EXIT_DONE)
		code = live_open(context, access, &live);
	if (code == EXIT_DONE)
		code = changes_plan(context, &live.model, &wanted, &plan);
	if (code == EXIT_DONE)
		code = plan_apply(context, live.kernel, &plan, &options);
	plan_done(&plan);
	live_close(&live);
	model_done(&wanted);
	return code;
}
