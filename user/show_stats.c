/* SPDX-License-Identifier: BSD-2-Clause */
/* show stats: packets by reason, events, and how full the maps are; those of the
 * balancer, then those of the decapsulating program. */
#include <errno.h>

#include "commands.h"

static void reasons_print(struct out *out, const char *list, const uint64_t *packets,
	const struct reason_word *words, size_t len)
{
	out_list_begin(out, list, OUT_COLUMNS);
	for (size_t i = 0; i < len; i++) {
		out_row_begin(out);
		out_str(out, "reason", words[i].name);
		out_uint(out, "packets", packets[i]);
		out_str(out, "action", words[i].action);
		out_str(out, "meaning", words[i].meaning);
		out_row_end(out);
	}
	out_list_end(out);
}

static void events_print(struct out *out, const struct kernel_stats *stats)
{
	out_list_begin(out, "events", OUT_COLUMNS);
	for (size_t i = 0; i < SP_EVENT_COUNT; i++) {
		out_row_begin(out);
		out_str(out, "event", event_words[i].name);
		out_uint(out, "count", stats->events[i]);
		out_str(out, "meaning", event_words[i].meaning);
		out_row_end(out);
	}
	out_list_end(out);
}

static void use_begin(struct out *out, const char *what, uint64_t used, uint64_t max)
{
	out_row_begin(out);
	out_str(out, "what", what);
	out_uint(out, "used", used);
	out_uint(out, "max", max);
	out_share(out, "share", max ? (double)used / (double)max : 0);
}

/* What only an apply fills. */
static void use_print(struct out *out, const char *what, uint64_t used, uint64_t max)
{
	use_begin(out, what, used, max);
	out_null(out, "made");
	out_null(out, "gone");
	out_null(out, "sign");
	out_row_end(out);
}

/* A map that pushes out is never quite full: the kernel frees some entries at a time, for
 * each CPU. */
static const char *use_sign(
	const struct kernel_memory_word *word, const struct kernel_use *use)
{
	if (word->when_full == KERNEL_REFUSES)
		return use->max && use->used >= use->max ? "full" : NULL;
	return use->made > use->max && use->used > use->max / 4 * 3 ? "pushes out" : NULL;
}

static void memory_print(
	struct out *out, const struct kernel_memory_word *word, struct kernel_use use)
{
	use_begin(out, word->name, use.used, use.max);
	if (word->made_by < 0) {
		out_null(out, "made");
		out_null(out, "gone");
	} else {
		out_uint(out, "made", use.made);
		out_uint(out, "gone", use.made > use.used ? use.made - use.used : 0);
	}
	out_str(out, "sign", use_sign(word, &use));
	out_row_end(out);
}

static void stats_print(struct out *out, const struct kernel_stats *stats)
{
	reasons_print(out, "reasons", stats->packets, reason_words, SP_REASON_COUNT);
	events_print(out, stats);
	out_list_begin(out, "use", OUT_COLUMNS);
	use_print(out, "services", stats->services, stats->services_max);
	use_print(out, "pods", stats->pods, stats->pods_max);
	use_print(out, "words of tables", stats->words, stats->words_max);
	use_print(out, "words allocated", stats->words_held, stats->words_max);
	for (size_t i = 0; i < KERNEL_MEMORIES; i++)
		memory_print(out, &kernel_memory_words[i], stats->memories[i]);
	out_list_end(out);
	out_object_begin(out, "state", OUT_PAIRS);
	out_uint(out, "generation", stats->generation);
	out_uint(out, "window_s", stats->window_s);
	out_uint(out, "tcp_idle_s", stats->tcp_idle_s);
	out_uint(out, "udp_idle_s", stats->udp_idle_s);
	out_uint(out, "memory_bytes", stats->memory_bytes);
	out_object_end(out);
}

static enum exit_code balancer_print(struct context *context)
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

/* A list without rows where that program was never attached. */
static enum exit_code decap_print(struct context *context)
{
	struct live live = {0};
	struct kernel_decap decap = {0};
	enum exit_code code = live_open(context, KERNEL_LOOK, &live);
	int error = -ENOENT;

	if (code == EXIT_DONE && live.kernel)
		error = kernel_read_decap(live.kernel, &decap, &context->diags);
	if (error && error != -ENOENT)
		code = EXIT_SYSTEM;
	if (code == EXIT_DONE)
		reasons_print(&context->out, "decap", decap.packets, decap_words,
			error ? 0 : SP_DECAP_COUNT);
	live_close(&live);
	return code;
}

enum exit_code show_stats_run(struct context *context)
{
	enum exit_code code = balancer_print(context);

	return code == EXIT_DONE ? decap_print(context) : code;
}
