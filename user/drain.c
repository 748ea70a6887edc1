/* SPDX-License-Identifier: BSD-2-Clause */
/* drain POD...: no new clients for a pod, whatever the manifests say, until --undo. */
#include <string.h>

#include "commands.h"
#include "model/text.h"

/* "ip:port" means any protocol: then it is 0. */
static int target_parse(
	struct context *context, const char *text, struct sp_endpoint *ret_target)
{
	size_t len = strlen(text);

	*ret_target = (struct sp_endpoint){0};
	if (!(strchr(text, '/') ? vip_parse(text, len, ret_target)
				: pod_parse(text, len, ret_target)))
		return 0;
	diags_error(&context->diags, PLACE_NONE, "a pod is named ip:port[/tcp|udp]",
		"'%s' is not a pod", text);
	return -1;
}

static bool is_target(const struct pod *pod, const struct sp_endpoint *target)
{
	struct sp_endpoint at = pod->at;

	if (!target->protocol)
		at.protocol = 0;
	return !model_compare_endpoints(&at, target);
}

static void warn_of_last(struct context *context, const struct service *service)
{
	for (size_t i = 0; i < service->pods_len; i++)
		if (service->pods[i].weight && service->pods[i].state == SP_POD_READY)
			return;
	diags_warning(&context->diags, PLACE_NONE,
		"they are used all the same: a client is better served than refused",
		"no pod of %s is ready any more", service->name);
}

/* Change the pods of one service in `wanted`. Returns how many are meant. */
static size_t service_drain(struct context *context, struct service *service,
	const struct sp_endpoint *target, bool undo)
{
	char at[ENDPOINT_TEXT_MAX];
	size_t len = 0;

	for (size_t i = 0; i < service->pods_len; i++) {
		struct pod *pod = &service->pods[i];

		if (!is_target(pod, target))
			continue;
		len++;
		if (undo && !pod->drained) {
			diags_warning(&context->diags, PLACE_NONE,
				"one that the manifests drain is ready when they say so",
				"pod %s of %s was not drained by hand",
				vip_format(&pod->at, at), service->name);
			continue;
		}
		if (undo)
			pod_undrain(pod);
		else
			pod_drain(pod);
	}
	if (!len)
		return 0;
	service->fingerprint = model_fingerprint(service);
	if (!undo)
		warn_of_last(context, service);
	return len;
}

static enum exit_code model_drain(struct context *context, struct model *model)
{
	const struct request *request = &context->request;
	bool undo = request->options[OPTION_UNDO];

	for (size_t i = 0; i < request->args_len; i++) {
		struct sp_endpoint target;
		size_t len = 0;

		if (target_parse(context, request->args[i], &target))
			return EXIT_BAD_REQUEST;
		for (size_t j = 0; j < model->services_len; j++)
			len += service_drain(context, &model->services[j], &target, undo);
		if (len)
			continue;
		diags_error(&context->diags, PLACE_NONE, "'samepod show pods' lists them",
			"there is no pod %s", request->args[i]);
		return EXIT_BAD_REQUEST;
	}
	return EXIT_DONE;
}

static enum exit_code drain_apply(
	struct context *context, struct live *live, const struct model *wanted)
{
	const struct kernel_apply_options options = {0};
	struct kernel_apply_result result = {0};
	struct plan plan = {0};
	enum exit_code code = EXIT_SYSTEM;

	if (plan_make(&live->model, wanted, &plan))
		diags_error(&context->diags, PLACE_NONE, NULL, "out of memory");
	else if (!kernel_apply(live->kernel, &plan, &options, &result, &context->diags))
		code = EXIT_DONE;
	if (code == EXIT_DONE)
		changes_print(&context->out, &plan, &result);
	plan_done(&plan);
	return code;
}

enum exit_code drain_run(struct context *context)
{
	struct live live = {0};
	struct model wanted = {0};
	enum exit_code code = live_open(context, KERNEL_READ, &live);

	/* Where nothing is pinned, nothing is made only to say that there is no pod. */
	if (code == EXIT_DONE && !live.kernel)
		return model_drain(context, &live.model);
	live_close(&live);
	live = (struct live){0};
	if (code == EXIT_DONE)
		code = live_open(context, KERNEL_WRITE, &live);
	if (code == EXIT_DONE && kernel_read_model(live.kernel, &wanted, &context->diags))
		code = EXIT_SYSTEM;
	if (code == EXIT_DONE)
		code = model_drain(context, &wanted);
	if (code == EXIT_DONE)
		code = drain_apply(context, &live, &wanted);
	live_close(&live);
	model_done(&wanted);
	return code;
}
