/* SPDX-License-Identifier: BSD-2-Clause */
/* YAML and JSON documents one by one, through libfyaml, whatever is wrong with them. */
#include "manifest/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/builder.h"
#include "manifest/stretch.h"

struct tree_reader {
	struct builder builder;
	struct fy_diag *fy_diags;
	struct fy_parser *parser; /* of the piece at hand; NULL: between two pieces */
	size_t end;		  /* of the piece at hand, which begins at builder.base */
	bool braced;		  /* it is one JSON value, or a YAML one in braces */
};

struct tree_reader *tree_open(
	const struct input *input, struct arena *arena, struct diags *diags)
{
	struct tree_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		reader->builder =
			(struct builder){.input = input, .arena = arena, .diags = diags};
	return reader;
}

static void close_parser(struct tree_reader *reader)
{
	fy_parser_destroy(reader->parser);
	fy_diag_destroy(reader->fy_diags);
	reader->parser = NULL;
	reader->fy_diags = NULL;
}

void tree_close(struct tree_reader *reader)
{
	if (!reader)
		return;
	close_parser(reader);
	free(reader);
}

static int open_parser(struct tree_reader *reader)
{
	const struct source *source = reader->builder.input->source;
	struct fy_diag_cfg diag_config;
	struct fy_parse_cfg config = {0};

	reader->end = stretch_find_end(
		reader->builder.input, reader->builder.base, &reader->braced);
	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	diag_config.level = FYET_ERROR;
	reader->fy_diags = fy_diag_create(&diag_config);
	if (!reader->fy_diags)
		return -ENOMEM;
	fy_diag_set_collect_errors(reader->fy_diags, true);
	config.diag = reader->fy_diags;
	reader->parser = fy_parser_create(&config);
	if (!reader->parser ||
		fy_parser_set_string(reader->parser, source->text + reader->builder.base,
			reader->end - reader->builder.base))
		return -ENOMEM;
	return 0;
}

/* Where the piece at hand ends but for blanks. */
static size_t find_text_end(const struct tree_reader *reader)
{
	const char *text = reader->builder.input->source->text;
	size_t end = reader->end;

	while (end > reader->builder.base && strchr(" \t\r\n", text[end - 1]))
		end--;
	return end;
}

/* Report why the parser stopped. */
static void report_syntax(struct tree_reader *reader)
{
	struct builder *builder = &reader->builder;
	size_t text_end = find_text_end(reader);
	struct fy_diag_error *error = NULL;
	void *state = NULL;
	bool at_end;

	do
		error = fy_diag_errors_iterate(reader->fy_diags, &state);
	while (error && error->type != FYET_ERROR);
	if (error)
		builder_locate(builder, error->fyt);
	at_end = builder->offset >= text_end;
	builder_report(builder, at_end ? text_end : builder->offset, 1,
		at_end ? "the text ends before something that is open is closed" : NULL,
		error ? error->msg : "this is not YAML");
}

/* Go on at `start`, with a new parser. */
static void restart(struct tree_reader *reader, size_t start)
{
	close_parser(reader);
	reader->builder.base = start;
}

/* Behind a broken document: at the end of its braces, or at the next mark. */
static void recover(struct tree_reader *reader)
{
	const struct builder *builder = &reader->builder;
	size_t from =
		builder->offset > builder->base ? builder->offset : builder->base + 1;

	restart(reader,
		reader->braced ? reader->end : stretch_find_mark(builder->input, from));
}

/* One document, or what comes of it: 1 complete, 0 no more, -EINVAL broken, -ENOMEM. */
static int read_document(struct tree_reader *reader)
{
	struct builder *builder = &reader->builder;
	int result = 0;

	builder->depth = builder->anchors_len = builder->aliased = 0;
	builder->root = NULL;
	while (!result) {
		struct fy_event *event = fy_parser_parse(reader->parser);
		bool at_end = event && event->type == FYET_STREAM_END;

		if (!event) {
			report_syntax(reader);
			return -EINVAL;
		}
		builder_locate(builder, fy_event_get_token(event));
		if (!at_end)
			result = builder_take(builder, event);
		fy_parser_event_free(reader->parser, event);
		if (at_end)
			break;
	}
	return result;
}

int tree_next(struct tree_reader *reader, const struct node **ret_root)
{
	struct builder *builder = &reader->builder;
	const struct source *source = builder->input->source;

	while (reader->parser ||
		stretch_skip_blanks(source, builder->base) < source->len) {
		int result = reader->parser ? 0 : open_parser(reader);

		if (!result)
			result = read_document(reader);
		if (result == 1)
			*ret_root = builder->root;
		if (result == 1 || result == -ENOMEM)
			return result;
		if (result)
			recover(reader);
		else
			restart(reader, reader->end);
	}
	return 0;
}
