/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a text can be cut so that each piece is YAML or JSON of its own. */
#include "manifest/stretch.h"

#include <string.h>

/* A parser copies what it gets, and a new one is needed behind each error: pieces keep
 * many errors in a large text from taking quadratic time. */
#define STRETCH_LEN (64 * 1024)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t stretch_skip_blanks(const struct source *source, size_t from)
{
	while (from < source->len && is_blank(source->text[from]))
		from++;
	return from;
}

size_t stretch_find_mark(const struct input *input, size_t from)
{
	const struct source *source = input->source;
	/* The line of the byte before, counted from 1, is the next one counted from 0. */
	size_t line = from ? input_place(input, from - 1, 0).line : 0;

	for (; line < input->lines_len; line++) {
		size_t at = input->line_starts[line];

		if (source->len - at >= 3 && !memcmp(source->text + at, "---", 3) &&
			(source->len - at == 3 || is_blank(source->text[at + 3])) &&
			(!line || source->text[input->line_starts[line - 1]] != '%'))
			return at;
	}
	return source->len;
}

/* The end of the quoted text that begins at `at`. Inside, \" and '' are no ends. */
static size_t skip_quoted(const struct source *source, size_t at)
{
	char quote = source->text[at++], escape = quote == '"' ? '\\' : quote;

	for (; at < source->len; at++) {
		bool more = at + 1 < source->len;

		if (source->text[at] == escape && more &&
			(quote == '"' || source->text[at + 1] == quote))
			at++;
		else if (source->text[at] == quote)
			break;
	}
	return at;
}

static size_t skip_comment(const struct source *source, size_t at)
{
	while (at < source->len && source->text[at] != '\n')
		at++;
	return at;
}

/* Behind the brace that closes the one at `at`; the length when there is none. In YAML a
 * single quote opens a quoted text only where a value may begin. */
static size_t find_closing(const struct source *source, size_t at)
{
	size_t depth = 0;
	char before = ' ', before_word = '{';

	for (; at < source->len; at++) {
		char c = source->text[at];

		if (c == '"' || (c == '\'' && strchr("{[,:", before_word)))
			at = skip_quoted(source, at);
		else if (c == '#' && is_blank(before))
			at = skip_comment(source, at);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && !--depth)
			return at + 1;
		before = c;
		if (!is_blank(c))
			before_word = c;
	}
	return source->len;
}

size_t stretch_find_end(const struct input *input, size_t from, bool *ret_braced)
{
	const struct source *source = input->source;
	size_t start = stretch_skip_blanks(source, from), end;

	if (!from && source->len >= 3 && !memcmp(source->text, "\xef\xbb\xbf", 3))
		start = stretch_skip_blanks(source, 3);
	*ret_braced = start < source->len &&
		      (source->text[start] == '{' || source->text[start] == '[');
	if (*ret_braced)
		return find_closing(source, start);
	end = start + STRETCH_LEN;
	return end < source->len ? stretch_find_mark(input, end) : source->len;
}
