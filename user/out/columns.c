/* SPDX-License-Identifier: BSD-2-Clause */
/* The text form of tables: cells wait until the width of their columns is known. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "out/forms.h"

/* A long table is written in pieces, so that it needs no memory: a piece may be wider
 * than the one before. */
#define ROWS_WAITING_MAX 4096

static bool cells_reserve(struct out *out, size_t more)
{
	struct out_cells *cells = &out->cells;
	size_t size = cells->text_size ? cells->text_size : 4096;
	char *text;

	while (size - cells->text_len < more)
		size *= 2;
	if (size == cells->text_size)
		return true;
	text = realloc(cells->text, size);
	if (!text) {
		out->error = out->error ? out->error : -ENOMEM;
		return false;
	}
	cells->text = text;
	cells->text_size = size;
	return true;
}

static unsigned text_width(const char *text)
{
	unsigned width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* Append one escaped cell with its NUL; returns its width. */
static unsigned cells_append(struct out *out, const char *text, size_t len)
{
	struct out_cells *cells = &out->cells;
	char *cell;

	if (!cells_reserve(out, len * 4 + ESCAPE_UNIT_MAX + 1))
		return 0;
	cell = cells->text + cells->text_len;
	while (len) {
		size_t unit_len;
		size_t taken = escape_next(ESCAPE_TERMINAL, text, len,
			cells->text + cells->text_len, &unit_len);

		cells->text_len += unit_len;
		text += taken;
		len -= taken;
	}
	cells->text[cells->text_len++] = '\0';
	return text_width(cell);
}

void out_cells_add(struct out *out, const struct out_field *field)
{
	struct out_cells *cells = &out->cells;
	struct out_column *column = &cells->columns[cells->column];
	unsigned width;

	assert(cells->column < OUT_COLUMNS_MAX);
	if (cells->column == cells->columns_len) {
		*column = (struct out_column){
			.name = field->name, .width = (unsigned)strlen(field->name)};
		cells->columns_len++;
	}
	width = field->text ? cells_append(out, field->text, field->text_len)
			    : cells_append(out, "-", 1);
	if (width > column->width)
		column->width = width;
	column->number |= field->number;
	cells->column++;
}

void out_cells_end_row(struct out *out)
{
	out->cells.column = 0;
	if (++out->cells.rows_len == ROWS_WAITING_MAX)
		out_cells_flush(out);
}

static void cells_spaces(struct out *out, unsigned len)
{
	while (len--)
		out_bytes(out, " ", 1);
}

static void cells_write(struct out *out, unsigned at, const char *text)
{
	const struct out_column *column = &out->cells.columns[at];
	bool last = at + 1 == out->cells.columns_len;
	unsigned space = column->width - text_width(text);

	if (at)
		out_bytes(out, "  ", 2);
	if (column->number)
		cells_spaces(out, space);
	out_bytes(out, text, strlen(text));
	if (!column->number && !last)
		cells_spaces(out, space);
	if (last)
		out_bytes(out, "\n", 1);
}

/* A time comes with its unit: "1.2 ms" under P50 is JSON's p50_ns. */
static size_t head_len(const char *name)
{
	size_t len = strlen(name);

	return len > 3 && !strcmp(name + len - 3, "_ns") ? len - 3 : len;
}

static void cells_write_heads(struct out *out)
{
	char head[32];

	for (unsigned at = 0; at < out->cells.columns_len; at++) {
		const char *name = out->cells.columns[at].name;
		size_t len = 0, end = head_len(name);

		for (; len < end && len + 1 < sizeof(head); len++)
			head[len] = name[len] == '_'
					    ? ' '
					    : (char)toupper((unsigned char)name[len]);
		head[len] = '\0';
		cells_write(out, at, head);
	}
	out->cells.heads_written = true;
}

void out_cells_flush(struct out *out)
{
	struct out_cells *cells = &out->cells;
	const char *cell = cells->text;
	bool list_goes_on = cells->rows_len == ROWS_WAITING_MAX;

	if (cells->rows_len && !out->error) {
		if (!cells->heads_written)
			cells_write_heads(out);
		for (size_t row = 0; row < cells->rows_len; row++)
			for (unsigned at = 0; at < cells->columns_len; at++) {
				cells_write(out, at, cell);
				cell += strlen(cell) + 1;
			}
	}
	cells->text_len = 0;
	cells->rows_len = 0;
	if (list_goes_on)
		return;
	cells->columns_len = 0;
	cells->heads_written = false;
}
