/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON form: one object per run, or one object a line. */
#include <string.h>

#include "out/forms.h"

static void json_string(struct out *out, const char *text, size_t len)
{
	out_bytes(out, "\"", 1);
	out_escaped(out, ESCAPE_JSON, text, len);
	out_bytes(out, "\"", 1);
}

/* The comma before an item, where one belongs. The root opens at its first item. */
static void json_next_item(struct out *out)
{
	struct out_frame *top = out_top(out);
	bool first = top ? !top->items_len : !out->parts_len++;

	if (!top && first) {
		out->root_open = true;
		out_bytes(out, "{", 1);
	} else if (!first) {
		out_bytes(out, ",", 1);
	}
}

static void json_name(struct out *out, const char *name)
{
	json_string(out, name, strlen(name));
	out_bytes(out, ":", 1);
}

void out_json_begin(struct out *out, const char *name, bool list)
{
	json_next_item(out);
	if (out_top(out))
		out_top(out)->items_len++;
	json_name(out, name);
	out_bytes(out, list ? "[" : "{", 1);
}

void out_json_end(struct out *out, bool list)
{
	out_bytes(out, list ? "]" : "}", 1);
}

void out_json_row_begin(struct out *out)
{
	if (!out_top(out)->bare)
		json_next_item(out);
	out_bytes(out, "{", 1);
}

void out_json_row_end(struct out *out)
{
	out_bytes(out, "}\n", out_top(out)->bare ? 2 : 1);
}

void out_json_field(struct out *out, const struct out_field *field)
{
	json_next_item(out);
	json_name(out, field->name);
	if (field->raw)
		out_bytes(out, field->raw, strlen(field->raw));
	else
		json_string(out, field->text, field->text_len);
}
