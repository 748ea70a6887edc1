/* SPDX-License-Identifier: BSD-2-Clause */
/* diff FILE...: what apply would change. */
#include "commands.h"

enum exit_code diff_run(struct context *context)
{
	const struct request *request = &context->request;
	struct model wanted = {0};
	struct live live = {0};
	struct plan plan = {0};
	enum exit_code code =
		manifests_read(context, request->args, request->args_len, &wanted);

	if (code == EXIT_DONE)
		code = live_open(context, KERNEL_READ, &live);
	if (code == EXIT_DONE)
		code = changes_plan(context, &live.model, &wanted, &plan);
	if (code == EXIT_DONE) {
		changes_print(&context->out, &plan, NULL);
		code = plan.changes_len ? EXIT_NO : EXIT_DONE;
	}
	plan_done(&plan);
	live_close(&live);
	model_done(&wanted);
	return code;
}
