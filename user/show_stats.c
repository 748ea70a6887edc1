/* SPDX-License-Identifier: BSD-2-Clause */
/* show stats: packets by reason, and how full the maps are. */
#include "commands.h"

static void reasons_print(struct out *out, const struct kernel_stats *stats)
{
	out_list_begin(out, "reasons", OUT_COLUMNS);
	for (size_t i = 0; i < SP_REASON_COUNT; i++) {
		out_row_begin(out);
		out_str(out, "reason", reason_words[i].name);
		out_uint(out, "packets", stats->packets[i]);
		out_str(out, "action", reason_words[i].action);
		out_str(out, "meaning", reason_words[i].meaning);
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
	out_share(out, "share", max ? (double)used / (double)max : 0);
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
