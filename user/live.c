/* SPDX-License-Identifier: BSD-2-Clause */
/* The live state as commands want it: nothing pinned is an empty state. */
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "model/text.h"

enum exit_code live_open(
	struct context *context, enum kernel_access access, struct live *ret_live)
{
	const char *pin_dir = context->request.options[OPTION_PIN_DIR];
	struct kernel_sizes sizes = {0};
	enum exit_code code = sizes_parse(context, &sizes);
	int error;

	if (code != EXIT_DONE)
		return code;
	error = kernel_open_sized(pin_dir ? pin_dir : KERNEL_PIN_DIR, access, &sizes,
		&ret_live->kernel, &context->diags);
	if (error == -ENOENT)
		return EXIT_DONE;
	if (!error && (access == KERNEL_READ || access == KERNEL_WRITE))
		error = kernel_read_model(
			ret_live->kernel, &ret_live->model, &context->diags);
	return error ? EXIT_SYSTEM : EXIT_DONE;
}

void live_close(struct live *live)
{
	model_done(&live->model);
	kernel_close(live->kernel);
}

enum exit_code services_select(struct context *context, const struct model *model,
	const struct service **ret_services, size_t *ret_len)
{
	const struct request *request = &context->request;
	const struct service *service;

	if (!request->args_len) {
		*ret_services = model->services;
		*ret_len = model->services_len;
		return EXIT_DONE;
	}
	service = model_find_service(model, request->args[0], &context->diags);
	*ret_services = service;
	*ret_len = service ? 1 : 0;
	return service ? EXIT_DONE : EXIT_BAD_REQUEST;
}

char *key_format(const struct policy *policy, char *buffer, size_t size)
{
	const char *name = policy->key_name;

	snprintf(buffer, size, "%s%s%s", key_name(policy->key), name ? ":" : "",
		name ? name : "");
	return buffer;
}

static void service_print(struct out *out, const struct service *service)
{
	char vip[ENDPOINT_TEXT_MAX], key[SP_POLICY_LEN];
	const struct policy *policy = &service->policy;
	size_t ready = 0, draining = 0;

	for (size_t i = 0; i < service->pods_len; i++) {
		ready += service->pods[i].state == SP_POD_READY;
		draining += service->pods[i].state == SP_POD_DRAINING;
	}
	out_str(out, "service", service->name);
	out_str(out, "vip", vip_format(&service->vip, vip));
	out_str(out, "key", key_format(policy, key, sizeof(key)));
	out_str(out, "algorithm", algorithm_name(policy->algorithm));
	out_uint(out, "size",
		policy->size ? policy->size : table_size_for_pods(service->pods_len));
	out_str(out, "forward", forward_name(policy->forward));
	out_uint(out, "ready", ready);
	out_uint(out, "draining", draining);
}

/* How many ranges of sources may come; none at all: everyone. */
static void sources_print(struct out *out, const struct service *service)
{
	if (service->filtered)
		out_uint(out, "sources", service->ranges_len);
	else
		out_null(out, "sources");
}

void traffic_print(struct out *out, const struct kernel_traffic *traffic)
{
	out_uint(out, "packets", traffic->packets);
	out_uint(out, "bytes", traffic->bytes);
	out_uint(out, "flows", traffic->flows);
}

void services_print(struct out *out, const struct service *services, size_t len,
	const struct kernel_traffic *traffic)
{
	out_list_begin(out, "services", OUT_COLUMNS);
	for (size_t i = 0; i < len; i++) {
		out_row_begin(out);
		service_print(out, &services[i]);
		if (traffic) {
			sources_print(out, &services[i]);
			traffic_print(out, &traffic[i]);
		}
		out_row_end(out);
	}
	out_list_end(out);
}

const char *slot_state_name(enum sp_slot_state state)
{
	static const char *const names[] = {
		[SP_SLOT_CLEAN] = "clean",
		[SP_SLOT_MOVING] = "moving",
		[SP_SLOT_PINNED] = "pinned",
	};

	return names[state];
}
