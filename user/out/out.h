/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for people and JSON for programs, from the same calls. */
#ifndef OUT_OUT_H
#define OUT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How text shows rows; JSON knows lists and objects only. */
enum out_style {
	OUT_COLUMNS, /* heads from the fields' names, then aligned cells */
	OUT_PAIRS,   /* "name value name value" */
	OUT_COUNTS,  /* "3 added, 1 removed" */
	OUT_VALUES,  /* "value value" */
};

#define OUT_DEPTH_MAX 8

struct out_frame {
	enum out_style style;
	bool list;	    /* else an object */
	bool bare;	    /* JSON: its rows stand alone, one a line */
	unsigned items_len; /* fields or rows so far */
};

struct out_column {
	const char *name;
	unsigned width;
	bool number; /* set to the right */
};

#define OUT_COLUMNS_MAX 16

/* Rows wait here until their widths are known, or until they are many. */
struct out_cells {
	char *text; /* NUL-terminated cells, row after row */
	size_t text_len, text_size;
	struct out_column columns[OUT_COLUMNS_MAX];
	unsigned columns_len;
	unsigned column; /* next in the row that is being written */
	size_t rows_len;
	bool heads_written;
};

/* Made by out_init(). The first error of a write is kept for out_close(); memory that is
 * out counts as one. */
struct out {
	FILE *file;
	bool json;
	int error;
	bool root_open;	    /* JSON: the object around named lists and objects */
	bool line_open;	    /* text: something stands on the line */
	bool gap;	    /* text: an empty line belongs before the next part */
	unsigned parts_len; /* JSON: lists and objects of the root */
	struct out_frame frames[OUT_DEPTH_MAX];
	unsigned depth;
	struct out_cells cells;
};

void out_init(struct out *out, FILE *file, bool json);

/* A list under `name`, filled with rows. Without a name its rows are the whole output:
 * JSON has one object a line. A list inside a row starts on a line of its own. */
void out_list_begin(struct out *out, const char *name, enum out_style style);
void out_list_end(struct out *out);
void out_row_begin(struct out *out);
void out_row_end(struct out *out);

/* An object under `name`: outside of lists a line of its own, inside of a row its fields
 * follow those before. */
void out_object_begin(struct out *out, const char *name, enum out_style style);
void out_object_end(struct out *out);

/* Fields. The bytes of a string are made harmless: JSON is always valid, and control
 * bytes never reach a terminal. NULL is null in JSON and "-" in text. */
void out_str(struct out *out, const char *name, const char *value);
void out_str_len(struct out *out, const char *name, const char *value, size_t len);
void out_uint(struct out *out, const char *name, uint64_t value);
void out_null(struct out *out, const char *name);
/* 16 hex digits. */
void out_hex(struct out *out, const char *name, uint64_t value);
/* A share of 1. Text: "33.3%"; JSON: 0.333333. */
void out_share(struct out *out, const char *name, double share);
/* Text: "1.2 ms"; JSON: whole nanoseconds, so `name` ends in _ns. */
void out_ns(struct out *out, const char *name, uint64_t ns);
/* A word that text and JSON spell differently: "+" and "added". */
void out_word(struct out *out, const char *name, const char *text, const char *json);
/* A word for people only. */
void out_mark(struct out *out, const char *text);

/* Write what waits and free all memory. Returns 0, or a negative errno: the output is
 * not complete. */
int out_close(struct out *out);

#endif
