/* SPDX-License-Identifier: BSD-2-Clause */
/* apply FILE...: make the kernel hold exactly what the manifests say. */
#include "commands.h"

static enum exit_code refuse_empty(struct context *context)
{
	diags_error(&context->diags, PLACE_NONE,
		"--allow-empty lets an apply remove all services",
		"there is no service in these manifests");
	return EXIT_BAD_REQUEST;
}

static enum exit_code plan_apply(
	struct context *context, struct kernel *kernel, const struct plan *plan)
{
	struct kernel_apply_options options = {
		.routes = !context->request.options[OPTION_NO_ROUTES]};
	struct kernel_apply_result result = {0};

	if (context->request.options[OPTION_DRY_RUN]) {
		changes_print(&context->out, plan, NULL);
		return EXIT_DONE;
	}
	if (kernel_apply(kernel, plan, &options, &result, &context->diags))
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
	enum exit_code code =
		manifests_read(context, request->args, request->args_len, &wanted);

	if (code == EXIT_DONE && !wanted.services_len &&
		!request->options[OPTION_ALLOW_EMPTY])
		code = refuse_empty(context);
	if (code == EXIT_DONE)
		code = live_open(context, access, &live);
	if (code == EXIT_DONE)
		code = changes_plan(context, &live.model, &wanted, &plan);
	if (code == EXIT_DONE)
		code = plan_apply(context, live.kernel, &plan);
	plan_done(&plan);
	live_close(&live);
	model_done(&wanted);
	return code;
}
