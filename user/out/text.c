/* SPDX-License-Identifier: BSD-2-Clause */
/* The text form of rows that stand for themselves: pairs, counts and plain values. */
#include <string.h>

#include "out/forms.h"

#define INDENT 4

void out_text_end_line(struct out *out)
{
	if (out->line_open)
		out_bytes(out, "\n", 1);
	out->line_open = false;
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

/* "memory_bytes" is "memory bytes" to people. */
static void text_name(struct out *out, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out_bytes(out, name[i] == '_' ? " " : &name[i], 1);
}

/* "3 pods", "1 pod", "1 pod written"; a time comes behind its name: "build 1.2 ms" for
 * build_ns. */
static void text_count(struct out *out, const struct out_field *field)
{
	const char *name = field->name;
	size_t len = strlen(name), word_len = strcspn(name, "_");
	bool is_time = len > 3 && !strcmp(name + len - 3, "_ns");
	bool is_one = field->text_len == 1 && field->text[0] == '1';
	size_t cut = is_one && name[word_len - 1] == 's';

	text_separate(out, ", ");
	if (is_time) {
		text_name(out, name, len - 3);
		out_bytes(out, " ", 1);
	}
	out_escaped(out, ESCAPE_TERMINAL, field->text, field->text_len);
	if (!is_time) {
		out_bytes(out, " ", 1);
		text_name(out, name, word_len - cut);
		text_name(out, name + word_len, len - word_len);
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
		text_name(out, field->name, strlen(field->name));
		out_bytes(out, " ", 1);
	}
	if (!field->text) {
		out_bytes(out, "-", 1);
	} else if (style == OUT_PAIRS &&
		   text_needs_quotes(field->text, field->text_len)) {
		out_bytes(out, "\"", 1);
		out_escaped(out, ESCAPE_QUOTED, field->text, field->text_len);
		out_bytes(out, "\"", 1);
	} else {
		out_escaped(out, ESCAPE_TERMINAL, field->text, field->text_len);
	}
}
