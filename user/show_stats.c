/* SPDX-License-Identifier: BSD-2-Clause */
/* show stats: packets by reason, and how full the maps are. */
#include "commands.h"

#define REASON(name, text, action, meaning) {text, #action, meaning},
static const struct {
	const char *text, *action, *meaning;
} reasons[] = {SP_REASONS(REASON)};
#undef REASON

/* What becomes of a packet, in a word of the enum's column of reasons.h. */
static const char *action_name(const char *action)
{
	switch (action[0]) {
	case 'F':
		return "forward";
	case 'R':
		return "resolve";
	default:
		return "stack";
	}
}

static void reasons_print(struct out *out, const struct kernel_stats *stats)
{
	out_list_begin(out, "reasons", OUT_COLUMNS);
	for (size_t i = 0; i < SP_REASON_COUNT; i++) {
		out_row_begin(out);
		out_str(out, "reason", reasons[i].text);
		out_uint(out, "packets", stats->packets[i]);
		out_str(out, "action", action_name(reasons[i].action));
		out_str(out, "meaning", reasons[i].meaning);
		out_row_end(out);
	}
	out_list_end(out);
}

static void use_print(struct out *out, const char *what, uint64_t used, uint64_t max)
{
	out_row_begin(out);
	out_str(out, "what", what);
	out_uint(out, "used", used);
	out_uint(out, "max", max);
	out_share(out, "share", used, max);
	out_row_end(out);
}

static void stats_print(struct out *out, const struct kernel_stats *stats)
{
	reasons_print(out, stats);
	out_list_begin(out, "use", OUT_COLUMNS);
	use_print(out, "services", stats->services, stats->services_max);
	use_print(out, "pods", stats->pods, stats->pods_max);
	use_print(out, "words of tables", stats->words, stats->words_max);
	use_print(out, "words allocated", stats->words_held, stats->words_max);
	out_list_end(out);
	out_object_begin(out, "state", OUT_PAIRS);
	out_uint(out, "generation", stats->generation);
	out_uint(out, "memory_bytes", stats->memory_bytes);
	out_object_end(out);
}

enum exit_code show_stats_run(struct context *context)
{
	struct live live = {0};
	struct kernel_stats stats = {0};
	enum exit_code code = live_open(context, KERNEL_READ, &live);

	if (code == EXIT_DONE && live.kernel &&
		kernel_read_stats(live.kernel, &stats, &context->diags))
		code = EXIT_SYSTEM;
	if (code == EXIT_DONE)
		stats_print(&context->out, &stats);
	live_close(&live);
	return code;
}
