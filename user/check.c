/* SPDX-License-Identifier: BSD-2-Clause */
/* check FILE...: read and validate, say what was understood. */
#include "commands.h"

static void check_print(struct out *out, const struct model *model)
{
	size_t pods = 0;

	for (size_t i = 0; i < model->services_len; i++)
		pods += model->services[i].pods_len;
	services_print(out, model->services, model->services_len, NULL);
	out_object_begin(out, "totals", OUT_COUNTS);
	out_uint(out, "services", model->services_len);
	out_uint(out, "pods", pods);
	out_uint(out, "documents", model->documents_len);
	out_uint(out, "skipped", model->skipped_len);
	out_object_end(out);
}

enum exit_code check_run(struct context *context)
{
	struct model model = {0};
	enum exit_code code = manifests_read(
		context, context->request.args, context->request.args_len, &model);

	if (code == EXIT_DONE)
		check_print(&context->out, &model);
	model_done(&model);
	return code;
}
