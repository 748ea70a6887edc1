/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, where, and the way out: collecting and printing. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Bytes of a source line shown before and after the start of the place. */
#define SHOWN_BEFORE 60
#define SHOWN_AFTER 80

#define MESSAGE_LEN_MAX 300

/* A message quotes what the user wrote, which may be megabytes. */
static void cut_message(char *message)
{
	size_t len = MESSAGE_LEN_MAX - strlen("...");

	if (strlen(message) <= MESSAGE_LEN_MAX)
		return;
	while (len && ((unsigned char)message[len] & 0xc0) == 0x80)
		len--;
	memcpy(message + len, "...", sizeof("..."));
}

static void diags_add(struct diags *diags, enum severity severity, struct place place,
	const char *hint, const char *format, va_list args)
{
	bool is_error = severity == DIAG_ERROR;
	size_t *len = is_error ? &diags->errors_len : &diags->warnings_len;
	struct diag *list = is_error ? diags->errors : diags->warnings;
	char *message = NULL;
	struct diag *diag;

	if ((*len)++ >= DIAGS_KEPT_MAX)
		return;
	diag = &list[*len - 1];
	*diag = (struct diag){.severity = severity, .place = place};
	if (vasprintf(&message, format, args) >= 0) {
		cut_message(message);
		diag->message = arena_strndup(&diags->arena, message, strlen(message));
		free(message);
	}
	if (!diag->message)
		diag->message = "out of memory";
	if (hint)
		diag->hint = arena_strndup(&diags->arena, hint, strlen(hint));
}

void diags_error(struct diags *diags, struct place place, const char *hint,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diags_add(diags, DIAG_ERROR, place, hint, format, args);
	va_end(args);
}

void diags_warning(struct diags *diags, struct place place, const char *hint,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diags_add(diags, DIAG_WARNING, place, hint, format, args);
	va_end(args);
}

/* Print one character of `text`, made visible if need be. Returns its bytes; *ret_cells
 * gets its width on the screen (0 for a tab, which keeps its own). */
static size_t print_char(FILE *file, const char *text, size_t len, unsigned *ret_cells)
{
	uint32_t rune;
	size_t size = utf8_next(text, len, &rune);

	*ret_cells = 1;
	if (size && rune == '\t') {
		*ret_cells = 0;
		fputc('\t', file);
	} else if (size == 1 && utf8_is_unprintable(rune)) {
		*ret_cells = 2;
		fprintf(file, "^%c", (int)(rune ^ 0x40));
	} else if (size && !utf8_is_unprintable(rune)) {
		fwrite(text, 1, size, file);
	} else {
		*ret_cells = 4;
		fprintf(file, "\\x%02x", (unsigned char)text[0]);
		size = 1;
	}
	return size;
}

static void print_text(FILE *file, const char *text)
{
	size_t len = strlen(text);
	unsigned cells;

	for (size_t at = 0; at < len;)
		at += print_char(file, text + at, len - at, &cells);
}

/* The line that the place is on, without its end. */
static const char *find_line(const struct place *place, size_t *ret_len)
{
	const struct source *source = place->source;
	const char *line = source->text, *end = source->text + source->len, *stop;

	for (unsigned i = 1; i < place->line; i++) {
		line = memchr(line, '\n', (size_t)(end - line));
		if (!line)
			return NULL;
		line++;
	}
	stop = memchr(line, '\n', (size_t)(end - line));
	*ret_len = (size_t)((stop ? stop : end) - line);
	if (*ret_len && line[*ret_len - 1] == '\r')
		--*ret_len;
	return line;
}

static bool is_inside_char(const char *line, size_t len, size_t at)
{
	return at < len && ((unsigned char)line[at] & 0xc0) == 0x80;
}

static void print_line(FILE *file, const struct place *place)
{
	size_t len, from = 0, to, at, under = place->column - 1;
	const char *line = find_line(place, &len);
	char *carets = NULL;
	size_t carets_len = 0;
	FILE *below;

	if (!line || under > len || !(below = open_memstream(&carets, &carets_len)))
		return;
	if (under > SHOWN_BEFORE)
		from = under - SHOWN_BEFORE;
	to = len - under > SHOWN_AFTER ? under + SHOWN_AFTER : len;
	while (from && is_inside_char(line, len, from))
		from--;
	while (is_inside_char(line, len, to))
		to++;
	fputs(from ? "  ..." : "  ", file);
	fputs(from ? "     " : "  ", below);
	for (at = from; at < to;) {
		bool marked = at >= under && at < under + place->len;
		size_t start = at;
		unsigned cells;

		at += print_char(file, line + at, to - at, &cells);
		if (!cells)
			fputc(!marked ? '\t' : start == under ? '^' : '~', below);
		for (unsigned i = 0; i < cells && start < under + place->len; i++)
			fputc(!marked ? ' ' : start == under && !i ? '^' : '~', below);
	}
	fputs(to < len ? "...\n" : "\n", file);
	fputs(under >= to ? "^\n" : "\n", below);
	if (!fclose(below))
		fputs(carets, file);
	free(carets);
}

static void print_diag(FILE *file, const struct diag *diag)
{
	const struct place *place = &diag->place;

	if (place->source)
		print_text(file, place->source->name);
	else
		fputs("samepod", file);
	if (place->source && place->line)
		fprintf(file, ":%u:%u", place->line, place->column);
	fputs(diag->severity == DIAG_ERROR ? ": error: " : ": warning: ", file);
	print_text(file, diag->message);
	fputc('\n', file);
	if (place->source && place->line && place->column)
		print_line(file, place);
	if (diag->hint) {
		fputs("  hint: ", file);
		print_text(file, diag->hint);
		fputc('\n', file);
	}
}

/* In the order of the text, what has no place first. */
static int compare_diags(const void *left, const void *right)
{
	const struct diag *a = *(const struct diag *const *)left;
	const struct diag *b = *(const struct diag *const *)right;
	const struct place *at_a = &a->place, *at_b = &b->place;

	if (at_a->source != at_b->source)
		return (uintptr_t)at_a->source < (uintptr_t)at_b->source ? -1 : 1;
	if (at_a->line != at_b->line)
		return at_a->line < at_b->line ? -1 : 1;
	if (at_a->column != at_b->column)
		return at_a->column < at_b->column ? -1 : 1;
	return (a > b) - (a < b);
}

static void print_list(FILE *file, const struct diag *list, size_t len, const char *word)
{
	size_t kept = len < DIAGS_KEPT_MAX ? len : DIAGS_KEPT_MAX;
	const struct diag *sorted[DIAGS_KEPT_MAX] = {NULL};

	for (size_t i = 0; i < kept; i++)
		sorted[i] = &list[i];
	qsort(sorted, kept, sizeof(*sorted), compare_diags);
	for (size_t i = 0; i < kept; i++)
		print_diag(file, sorted[i]);
	if (len > kept)
		fprintf(file, "samepod: %zu more %s%s not shown\n", len - kept, word,
			len - kept == 1 ? " is" : "s are");
}

void diags_print(FILE *file, const struct diags *diags)
{
	print_list(file, diags->warnings, diags->warnings_len, "warning");
	print_list(file, diags->errors, diags->errors_len, "error");
}

void diags_done(struct diags *diags)
{
	arena_done(&diags->arena);
	*diags = (struct diags){0};
}
