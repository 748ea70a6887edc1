/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for people and JSON for programs, from the same calls: frames and fields. */
#include "out/out.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "out/forms.h"

void out_init(struct out *out, FILE *file, bool json)
{
	*out = (struct out){.file = file, .json = json};
}

struct out_frame *out_top(struct out *out)
{
	return out->depth ? &out->frames[out->depth - 1] : NULL;
}

void out_bytes(struct out *out, const char *bytes, size_t len)
{
	if (len && fwrite(bytes, 1, len, out->file) != len && !out->error)
		out->error = -errno;
}

void out_escaped(struct out *out, enum escape escape, const char *text, size_t len)
{
	char unit[ESCAPE_UNIT_MAX];
	size_t unit_len;

	while (len) {
		size_t taken = escape_plain_len(text, len);

		if (taken) {
			out_bytes(out, text, taken);
		} else {
			taken = escape_next(escape, text, len, unit, &unit_len);
			out_bytes(out, unit, unit_len);
		}
		text += taken;
		len -= taken;
	}
}

static void frame_push(struct out *out, struct out_frame frame)
{
	assert(out->depth < OUT_DEPTH_MAX);
	out->frames[out->depth++] = frame;
}

/* People get an empty line between a table and what follows it. */
static void out_text_part(struct out *out)
{
	out_text_end_line(out);
	if (out->gap)
		out_bytes(out, "\n", 1);
	out->gap = false;
}

void out_list_begin(struct out *out, const char *name, enum out_style style)
{
	if (out->json && name)
		out_json_begin(out, name, true);
	else if (!out->json)
		out_text_end_line(out);
	frame_push(out, (struct out_frame){.style = style, .list = true, .bare = !name});
}

void out_list_end(struct out *out)
{
	struct out_frame list = *out_top(out);

	out->depth--;
	if (out->json && !list.bare) {
		out_json_end(out, true);
	} else if (!out->json && list.style == OUT_COLUMNS) {
		out_cells_flush(out);
		out->gap |= list.items_len > 0;
	}
}

void out_row_begin(struct out *out)
{
	struct out_frame *list = out_top(out);

	if (out->json)
		out_json_row_begin(out);
	else if (!list->items_len)
		out_text_part(out);
	list->items_len++;
	frame_push(out, (struct out_frame){.style = list->style});
}

void out_row_end(struct out *out)
{
	enum out_style style = out_top(out)->style;

	out->depth--;
	if (out->json)
		out_json_row_end(out);
	else if (style == OUT_COLUMNS)
		out_cells_end_row(out);
	else
		out_text_end_line(out);
}

void out_object_begin(struct out *out, const char *name, enum out_style style)
{
	if (out->json)
		out_json_begin(out, name, false);
	else if (!out->depth)
		out_text_part(out);
	frame_push(out, (struct out_frame){.style = style});
}

void out_object_end(struct out *out)
{
	out->depth--;
	if (out->json) {
		out_json_end(out, false);
	} else if (!out->depth) {
		out_text_end_line(out);
		out->gap = true;
	}
}

static void out_field(struct out *out, const struct out_field *field)
{
	if (out->json)
		out_json_field(out, field);
	else if (out_top(out)->style == OUT_COLUMNS)
		out_cells_add(out, field);
	else
		out_text_field(out, field);
	out_top(out)->items_len++;
}

void out_str_len(struct out *out, const char *name, const char *value, size_t len)
{
	out_field(out, &(struct out_field){.name = name, .text = value, .text_len = len});
}

void out_str(struct out *out, const char *name, const char *value)
{
	if (value)
		out_str_len(out, name, value, strlen(value));
	else
		out_null(out, name);
}

void out_null(struct out *out, const char *name)
{
	out_field(out, &(struct out_field){.name = name, .raw = "null"});
}

/* A number whose form for people is `text`, and for JSON `raw`. */
static void out_number(
	struct out *out, const char *name, const char *text, const char *raw)
{
	out_field(out, &(struct out_field){.name = name,
			       .text = text,
			       .text_len = strlen(text),
			       .raw = raw,
			       .number = true});
}

void out_uint(struct out *out, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	out_number(out, name, text, text);
}

void out_hex(struct out *out, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%016" PRIx64, value);
	out_str(out, name, text);
}

void out_share(struct out *out, const char *name, double share)
{
	char text[24], raw[24];

	snprintf(text, sizeof(text), "%.1f%%", share * 100);
	snprintf(raw, sizeof(raw), "%.6f", share);
	out_number(out, name, text, raw);
}

void out_ns(struct out *out, const char *name, uint64_t ns)
{
	char text[32], raw[24];

	snprintf(text, sizeof(text), "%.1f ms", (double)ns / 1e6);
	snprintf(raw, sizeof(raw), "%" PRIu64, ns);
	out_number(out, name, text, raw);
}

void out_word(struct out *out, const char *name, const char *text, const char *json)
{
	out_str(out, name, out->json ? json : text);
}

void out_mark(struct out *out, const char *text)
{
	if (!out->json)
		out_text_field(
			out, &(struct out_field){.text = text, .text_len = strlen(text)});
}

int out_close(struct out *out)
{
	if (out->root_open)
		out_bytes(out, "}\n", 2);
	free(out->cells.text);
	if (fflush(out->file) && !out->error)
		out->error = -errno;
	return out->error;
}
