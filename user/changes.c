/* SPDX-License-Identifier: BSD-2-Clause */
/* What a plan changes, as diff and apply print it. */
#include <string.h>

#include "commands.h"
#include "model/ranges.h"
#include "model/text.h"

enum exit_code changes_plan(struct context *context, const struct model *live,
	struct model *wanted, struct plan *ret_plan)
{
	if (!model_keep_drained(live, wanted) && !plan_make(live, wanted, ret_plan))
		return EXIT_DONE;
	diags_error(&context->diags, PLACE_NONE, NULL, "out of memory");
	return EXIT_SYSTEM;
}

static void change_print(struct out *out, enum change change)
{
	static const struct {
		const char *sign, *word;
	} words[] = {
		[CHANGE_NONE] = {" ", "unchanged"},
		[CHANGE_ADD] = {"+", "added"},
		[CHANGE_REMOVE] = {"-", "removed"},
		[CHANGE_MODIFY] = {"~", "changed"},
	};

	out_word(out, "change", words[change].sign, words[change].word);
}

/* One side of a change; NULL: the thing is not there. */
static void pod_side_print(struct out *out, const char *name, const struct pod *pod)
{
	char weight[24];

	if (!pod) {
		if (out->json)
			out_null(out, name);
		return;
	}
	out_object_begin(out, name, OUT_VALUES);
	snprintf(weight, sizeof(weight), "weight=%u", pod->weight);
	if (out->json)
		out_uint(out, "weight", pod->weight);
	else
		out_mark(out, weight);
	out_str(out, "state", pod_state_name(pod->state));
	if (pod->drained)
		out_str(out, "drained", drained_name(pod->drained));
	out_object_end(out);
}

static void pod_change_print(struct out *out, const struct plan_pod *pod)
{
	char text[ENDPOINT_TEXT_MAX];
	const struct pod *either = pod->wanted ? pod->wanted : pod->live;

	out_row_begin(out);
	change_print(out, pod->change);
	out_str(out, "pod", pod_format(&either->at, text));
	pod_side_print(out, "live", pod->live);
	if (pod->live && pod->wanted)
		out_mark(out, "->");
	pod_side_print(out, "wanted", pod->wanted);
	out_row_end(out);
}

/* Who may come, in a plain list's words; text says nothing of everyone. */
static void sources_print(struct out *out, const struct service *service)
{
	struct arena arena = {0};
	const char *text = NULL;

	if (ranges_format(service, &arena, &text))
		text = "out of memory";
	if (out->json)
		out_str(out, "source", text);
	else if (text && (text = arena_printf(&arena, "source=%s", text)))
		out_mark(out, text);
	arena_done(&arena);
}

/* The same of a service: its policy in a plain list's words. */
static void policy_side_print(
	struct out *out, const char *name, const struct service *service)
{
	char text[SP_POLICY_LEN];

	if (!service) {
		if (out->json)
			out_null(out, name);
		return;
	}
	policy_format(&service->policy, text, sizeof(text));
	out_object_begin(out, name, OUT_VALUES);
	out_str(out, "policy", text);
	sources_print(out, service);
	out_object_end(out);
}

static bool ranges_differ(const struct service *a, const struct service *b)
{
	if (a->filtered != b->filtered || a->ranges_len != b->ranges_len)
		return true;
	for (size_t i = 0; i < a->ranges_len; i++)
		if (range_compare(&a->ranges[i], &b->ranges[i]))
			return true;
	return false;
}

static bool policies_differ(const struct plan_service *service)
{
	char live[SP_POLICY_LEN], wanted[SP_POLICY_LEN];

	if (!service->live || !service->wanted)
		return true;
	policy_format(&service->live->policy, live, sizeof(live));
	policy_format(&service->wanted->policy, wanted, sizeof(wanted));
	return strcmp(live, wanted) != 0 || ranges_differ(service->live, service->wanted);
}

static void service_change_print(struct out *out, const struct plan_service *service)
{
	char vip[ENDPOINT_TEXT_MAX];
	const struct service *either = service->wanted ? service->wanted : service->live;
	bool policy = policies_differ(service);

	out_row_begin(out);
	change_print(out, service->change);
	out_str(out, "service", either->name);
	out_str(out, "vip", vip_format(&either->vip, vip));
	if (policy || out->json)
		policy_side_print(out, "live", service->live);
	if (policy && service->live && service->wanted)
		out_mark(out, "->");
	if (policy || out->json)
		policy_side_print(out, "wanted", service->wanted);
	if (!policy && !service->pods_len)
		out_mark(out, "(order of pods)");
	out_list_begin(out, "pods", OUT_VALUES);
	for (size_t i = 0; i < service->pods_len; i++)
		pod_change_print(out, &service->pods[i]);
	out_list_end(out);
	out_row_end(out);
}

static void result_print(struct out *out, const struct kernel_apply_result *result)
{
	out_uint(out, "services_written", result->services_written);
	out_uint(out, "pods_written", result->pods_written);
	out_uint(out, "words_written", result->words_written);
	out_ns(out, "build_ns", result->build_ns);
	out_ns(out, "write_ns", result->write_ns);
	out_ns(out, "cleanup_ns", result->cleanup_ns);
}

void changes_print(struct out *out, const struct plan *plan,
	const struct kernel_apply_result *result)
{
	size_t counts[CHANGE_MODIFY + 1] = {0};

	out_list_begin(out, "services", OUT_VALUES);
	for (size_t i = 0; i < plan->services_len; i++) {
		counts[plan->services[i].change]++;
		if (plan->services[i].change != CHANGE_NONE)
			service_change_print(out, &plan->services[i]);
	}
	out_list_end(out);
	out_object_begin(out, "totals", OUT_COUNTS);
	out_uint(out, "added", counts[CHANGE_ADD]);
	out_uint(out, "removed", counts[CHANGE_REMOVE]);
	out_uint(out, "changed", counts[CHANGE_MODIFY]);
	out_uint(out, "unchanged", counts[CHANGE_NONE]);
	if (result)
		result_print(out, result);
	out_object_end(out);
}
