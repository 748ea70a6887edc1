/* SPDX-License-Identifier: BSD-2-Clause */
/* The text form of rows that stand for themselves: pairs, counts and plain values. */
#include <string.h>

#include "out/escape.h"
#include "out/forms.h"

#define INDENT 4

void out_text_end_line(struct out *out)
{
	if (out->line_open)
		out_bytes(out, "\n", 1);
	out->line_open = false;
}

static void text_escaped(
	struct out *out, enum escape escape, const char *text, size_t len)
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

/* What a reader could not tell apart from the words around it stands in quotes. */
static bool text_needs_quotes(const char *text, size_t len)
{
	return !len || memchr(text, ' ', len) || memchr(text, '"', len);
}

/* Lists inside of rows are set in, one step for each list around them. */
static void text_separate(struct out *out, const char *separator)
{
	int lists = -1;

	if (out->line_open) {
		out_bytes(out, separator, strlen(separator));
		return;
	}
	for (unsigned i = 0; i < out->depth; i++)
		lists += out->frames[i].list;
	for (int i = 0; i < lists * INDENT; i++)
		out_bytes(out, " ", 1);
	out->line_open = true;
}

/* "memory_bytes" is "memory bytes" to people, "build_ns" is "build". */
static void text_name(struct out *out, const char *name)
{
	size_t len = strlen(name);

	if (len > 3 && !strcmp(name + len - 3, "_ns"))
		len -= 3;
	for (size_t i = 0; i < len; i++)
		out_bytes(out, name[i] == '_' ? " " : &name[i], 1);
}

static void text_count(struct out *out, const struct out_field *field)
{
	bool name_first = field->name && strstr(field->name, "_ns");

	text_separate(out, ", ");
	if (name_first) {
		text_name(out, field->name);
		out_bytes(out, " ", 1);
	}
	text_escaped(out, ESCAPE_TERMINAL, field->text, field->text_len);
	if (!name_first && field->name) {
		out_bytes(out, " ", 1);
		text_name(out, field->name);
	}
}

void out_text_field(struct out *out, const struct out_field *field)
{
	enum out_style style = out_top(out)->style;

	if (style == OUT_COUNTS) {
		text_count(out, field);
		return;
	}
	text_separate(out, " ");
	if (style == OUT_PAIRS && field->name) {
		text_name(out, field->name);
		out_bytes(out, " ", 1);
	}
	if (!field->text) {
		out_bytes(out, "-", 1);
	} else if (style == OUT_PAIRS &&
		   text_needs_quotes(field->text, field->text_len)) {
		out_bytes(out, "\"", 1);
		text_escaped(out, ESCAPE_QUOTED, field->text, field->text_len);
		out_bytes(out, "\"", 1);
	} else {
		text_escaped(out, ESCAPE_TERMINAL, field->text, field->text_len);
	}
}
