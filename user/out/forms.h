/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside user/out only: how a field is written in each of the two forms. */
#ifndef OUT_FORMS_H
#define OUT_FORMS_H

#include "base/escape.h"
#include "out/out.h"

/* What a field holds. Texts are of any bytes, `raw` is written as it is. */
struct out_field {
	const char *name;
	const char *text; /* for people; NULL: "-" */
	size_t text_len;
	const char *raw; /* for JSON: number, null; NULL: the text as a string */
	bool number;
};

struct out_frame *out_top(struct out *out);
void out_bytes(struct out *out, const char *bytes, size_t len);
void out_escaped(struct out *out, enum escape escape, const char *text, size_t len);

void out_json_begin(struct out *out, const char *name, bool list);
void out_json_end(struct out *out, bool list);
void out_json_row_begin(struct out *out);
void out_json_row_end(struct out *out);
void out_json_field(struct out *out, const struct out_field *field);

/* End the line that stands open, if one does. */
void out_text_end_line(struct out *out);
void out_text_field(struct out *out, const struct out_field *field);

void out_cells_add(struct out *out, const struct out_field *field);
void out_cells_end_row(struct out *out);
/* Write the rows that wait. */
void out_cells_flush(struct out *out);

#endif
