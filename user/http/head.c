/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads, line by line. */
#include "http/head.h"

#include "http/fault.h"
#include "http/lines.h"
#include "http/meaning.h"
#include "http/scan.h"

#define EMPTY_LINES_MAX 2

/* A walk over the lines of one head. */
struct walk {
	const char *bytes, *end; /* what may be looked at */
	const char *line;	 /* the first line that was not taken yet */
	const char *fields;	 /* the line behind the first one */
	const char *scanned;	 /* it does not end before this */
	size_t lines;		 /* taken, empty ones before a request left out */
	const struct http_limits *limits;
	struct http_fault fault;
	bool is_response;
};

static enum http_progress broken(struct walk *walk, enum http_fault_kind kind)
{
	walk->fault = http_fault_make(kind, walk->is_response);
	return HTTP_BROKEN;
}

static enum http_progress done_or_broken(struct walk *walk, enum http_fault_kind kind)
{
	return kind ? broken(walk, kind) : HTTP_DONE;
}

/* Take the next line, without its CRLF. */
static enum http_progress line_take(struct walk *walk, struct text *ret_line)
{
	const char *stop = scan_line(walk->scanned, walk->end);

	walk->scanned = stop;
	if (stop == walk->end || (*stop == '\r' && stop + 1 == walk->end))
		return HTTP_INCOMPLETE;
	if (*stop != '\r')
		return broken(walk,
			*stop == '\n' ? HTTP_FAULT_BARE_LF : HTTP_FAULT_CONTROL_BYTE);
	if (stop[1] != '\n')
		return broken(walk, HTTP_FAULT_BARE_CR);
	*ret_line = (struct text){walk->line, (size_t)(stop - walk->line)};
	walk->line = walk->scanned = stop + 2;
	return HTTP_DONE;
}

/* Request line or status line. */
static enum http_progress start_take(struct walk *walk, struct http_head *head)
{
	struct text line;
	enum http_progress progress;

	do {
		progress = line_take(walk, &line);
		if (progress != HTTP_DONE)
			return progress;
		if (!walk->is_response &&
			walk->line - walk->bytes > 2 * EMPTY_LINES_MAX && !line.len)
			return broken(walk, HTTP_FAULT_EMPTY_LINES);
	} while (!line.len && !walk->is_response);
	walk->lines = 1;
	walk->fields = walk->line;
	return done_or_broken(
		walk, walk->is_response
			      ? status_line_parse(line, head)
			      : request_line_parse(line, walk->limits->target_max, head));
}

/* Fields, up to the empty line. */
static enum http_progress fields_take(struct walk *walk, struct http_field *fields)
{
	for (;;) {
		struct text line;
		enum http_progress progress = line_take(walk, &line);
		enum http_fault_kind fault;

		if (progress != HTTP_DONE || !line.len)
			return progress;
		if (walk->lines > walk->limits->fields_max)
			return broken(walk, HTTP_FAULT_FIELDS_MANY);
		fault = field_line_parse(line, &fields[walk->lines - 1]);
		if (fault)
			return broken(walk, fault);
		walk->lines++;
	}
}

static enum http_progress head_take(
	struct walk *walk, struct http_field *fields, struct http_head *head)
{
	enum http_progress progress = HTTP_DONE;

	if (!walk->lines)
		progress = start_take(walk, head);
	if (progress == HTTP_DONE)
		progress = fields_take(walk, fields);
	if (progress == HTTP_INCOMPLETE &&
		(size_t)(walk->end - walk->bytes) == walk->limits->head_max)
		return broken(walk,
			walk->lines ? HTTP_FAULT_HEAD_LONG : HTTP_FAULT_TARGET_LONG);
	return progress;
}

static struct walk walk_make(const char *bytes, size_t len, const struct http_seen *seen,
	const struct http_limits *limits, bool is_response)
{
	return (struct walk){
		.bytes = bytes,
		.end = bytes + (len < limits->head_max ? len : limits->head_max),
		.line = bytes + seen->line,
		.scanned = bytes + seen->scanned,
		.lines = seen->lines,
		.limits = limits,
		.is_response = is_response,
	};
}

/* All lines of a head. One that came in pieces is walked once more when it is whole: only
 * what is borrowed from these bytes counts. */
static enum http_progress head_read(struct walk *walk, struct http_seen *seen,
	struct http_field *fields, struct http_head *head)
{
	bool came_in_pieces = seen->lines;
	enum http_progress progress = head_take(walk, fields, head);

	if (progress == HTTP_DONE && came_in_pieces) {
		*walk = walk_make(walk->bytes, (size_t)(walk->line - walk->bytes),
			&(struct http_seen){0}, walk->limits, walk->is_response);
		progress = head_take(walk, fields, head);
	}
	*seen = (struct http_seen){
		.line = (size_t)(walk->line - walk->bytes),
		.scanned = (size_t)(walk->scanned - walk->bytes),
		.lines = walk->lines,
	};
	if (progress == HTTP_DONE) {
		const char *end = walk->line - 2; /* before the empty line */

		head->fields = fields;
		head->fields_len = walk->lines - 1;
		head->lines = (struct text){walk->fields, (size_t)(end - walk->fields)};
		head->len = (size_t)(walk->line - walk->bytes);
	}
	return progress;
}

enum http_progress http_parse_request(const char *bytes, size_t len,
	struct http_seen *seen, const struct http_limits *limits,
	struct http_field *fields, struct http_head *ret_head,
	struct http_fault *ret_fault)
{
	struct walk walk = walk_make(bytes, len, seen, limits, false);
	struct http_head head = {0};
	enum http_progress progress = head_read(&walk, seen, fields, &head);

	if (progress == HTTP_DONE)
		progress = done_or_broken(&walk, request_understand(&head));
	if (progress == HTTP_DONE)
		*ret_head = head;
	if (progress == HTTP_BROKEN)
		*ret_fault = walk.fault;
	return progress;
}

enum http_progress http_parse_response(const char *bytes, size_t len,
	struct http_seen *seen, const struct http_asked *asked,
	const struct http_limits *limits, struct http_field *fields,
	struct http_head *ret_head, struct http_fault *ret_fault)
{
	struct walk walk = walk_make(bytes, len, seen, limits, true);
	struct http_head head = {0};
	enum http_progress progress = head_read(&walk, seen, fields, &head);

	if (progress == HTTP_DONE)
		progress = done_or_broken(&walk, response_understand(&head, asked));
	if (progress == HTTP_DONE)
		*ret_head = head;
	if (progress == HTTP_BROKEN)
		*ret_fault = walk.fault;
	return progress;
}
