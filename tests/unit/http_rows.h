/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads as rows: bytes in, one line of text out, however the bytes are cut. */
#ifndef HTTP_ROWS_H
#define HTTP_ROWS_H

#include "guard.h"
#include "http/head.h"
#include "test.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define SAID_MAX 4096

struct head_row {
	const char *sentence;
	const char *bytes;
	size_t len;
	const char *want;
};

#define HEAD_ROW(sentence, bytes, want)                  \
	{                                                \
		sentence, bytes, sizeof(bytes) - 1, want \
	}

static struct http_limits row_limits = {
	.head_max = 1024, .target_max = 64, .fields_max = 6};

static int say_text(char *said, struct text text)
{
	return snprintf(said, SAID_MAX, "%.*s", (int)text.len, text.bytes);
}

static const char *say_framing(const struct http_head *head)
{
	static char text[64];

	if (head->framing == HTTP_LENGTH)
		snprintf(text, sizeof(text), " length %llu",
			(unsigned long long)head->body_len);
	return head->framing == HTTP_LENGTH	   ? text
	       : head->framing == HTTP_CHUNKED	   ? " chunked"
	       : head->framing == HTTP_UNTIL_CLOSE ? " until-close"
						   : "";
}

/* "GET /path 1.1 authority keep length 5 continue upgrade", or "200 1.1 [OK] close
 * chunked"; or what is broken. */
static const char *say_head(enum http_progress progress, const struct http_head *head,
	const struct http_fault *fault)
{
	static char said[SAID_MAX];
	char *at = said;

	if (progress == HTTP_INCOMPLETE)
		return "incomplete";
	if (progress == HTTP_BROKEN) {
		snprintf(said, SAID_MAX, "%u %s", fault->status, fault->reason);
		return said;
	}
	if (head->status) {
		at += sprintf(at, "%u 1.%u [", head->status, head->minor);
		at += say_text(at, head->reason);
		at += sprintf(at, "]");
	} else {
		at += say_text(at, head->method);
		at += sprintf(at, " ");
		at += say_text(at, head->path);
		at += sprintf(at, " 1.%u ", head->minor);
		at += say_text(at, head->authority);
	}
	sprintf(at, " %s%s%s%s", head->keep_alive ? "keep" : "close", say_framing(head),
		head->expects_continue ? " continue" : "",
		head->upgrades ? " upgrade" : "");
	return said;
}

/* "Name=value" a field, those that are not passed on in brackets. */
static inline const char *say_fields(const struct http_head *head)
{
	static char said[SAID_MAX];
	char *at = said;

	*at = 0;
	for (size_t i = 0; i < head->fields_len; i++) {
		const struct http_field *field = &head->fields[i];

		at += sprintf(at, "%s%s", i ? " " : "", field->hop ? "(" : "");
		at += say_text(at, field->name);
		at += sprintf(at, "=");
		at += say_text(at, field->value);
		at += sprintf(at, "%s", field->hop ? ")" : "");
	}
	return said;
}

typedef enum http_progress head_parser(const char *bytes, size_t len,
	struct http_seen *seen, struct http_field *fields, struct http_head *ret_head,
	struct http_fault *ret_fault);

static inline enum http_progress parse_request(const char *bytes, size_t len,
	struct http_seen *seen, struct http_field *fields, struct http_head *ret_head,
	struct http_fault *ret_fault)
{
	return http_parse_request(
		bytes, len, seen, &row_limits, fields, ret_head, ret_fault);
}

/* One call, over bytes that end at the guard page. */
static enum http_progress parse_placed(head_parser *parse, const char *bytes, size_t len,
	struct http_seen *seen, struct http_field *fields, struct http_head *ret_head,
	struct http_fault *ret_fault)
{
	return parse(guard_place(bytes, len), len, seen, fields, ret_head, ret_fault);
}

/* The first `cut` bytes, then all: the answer must be as `want` says of all, and may come
 * early only when it is what is broken. */
static void expect_cut(
	head_parser *parse, const struct head_row *row, size_t cut, struct http_seen seen)
{
	struct http_field fields[HTTP_FIELDS_MAX];
	struct http_fault fault = {0};
	struct http_head head;
	enum http_progress progress =
		parse_placed(parse, row->bytes, cut, &seen, fields, &head, &fault);
	const char *said = say_head(progress, &head, &fault);

	if (progress == HTTP_INCOMPLETE) {
		progress = parse_placed(
			parse, row->bytes, row->len, &seen, fields, &head, &fault);
		said = say_head(progress, &head, &fault);
	} else if (cut < row->len && progress == HTTP_DONE) {
		said = "done too early";
	}
	if (strcmp(said, row->want))
		printf("cut at %zu of %zu: %s\n", cut, row->len, row->sentence);
	EXPECT_STR(said, row->want);
}

/* Byte by byte. */
static void expect_drops(head_parser *parse, const struct head_row *row)
{
	struct http_field fields[HTTP_FIELDS_MAX];
	enum http_progress progress = HTTP_INCOMPLETE;
	struct http_fault fault = {0};
	struct http_seen seen = {0};
	struct http_head head;
	const char *said;

	for (size_t len = 1; len <= row->len && progress == HTTP_INCOMPLETE; len++)
		progress = parse_placed(
			parse, row->bytes, len, &seen, fields, &head, &fault);
	said = say_head(progress, &head, &fault);
	if (strcmp(said, row->want))
		printf("byte by byte: %s\n", row->sentence);
	EXPECT_STR(said, row->want);
}

/* What follows a head is another message's: it changes nothing. */
static void expect_followed(head_parser *parse, const struct head_row *row)
{
	struct http_field fields[HTTP_FIELDS_MAX];
	struct http_seen seen = {0};
	struct http_fault fault = {0};
	struct http_head head;
	char bytes[GUARD_ROOM / 2];

	memcpy(bytes, row->bytes, row->len);
	memcpy(bytes + row->len, "\n\x01", 2);
	EXPECT_EQ(parse_placed(parse, bytes, row->len + 2, &seen, fields, &head, &fault),
		HTTP_DONE);
	EXPECT_EQ(head.len, row->len);
	EXPECT_STR(say_head(HTTP_DONE, &head, &fault), row->want);
}

static inline void expect_rows(
	head_parser *parse, const struct head_row *rows, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const struct head_row *row = &rows[i];
		bool is_whole = *row->want != 'i' && strncmp(row->want, "4", 1) &&
				strncmp(row->want, "5", 1);

		for (size_t cut = 0; cut <= row->len; cut++)
			expect_cut(parse, row, cut, (struct http_seen){0});
		expect_drops(parse, row);
		if (is_whole)
			expect_followed(parse, row);
	}
}

#endif
