/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an HTTP message, to us and to libhttp-parser, as they came and as they are
 * passed on: what both take must mean the same to both, or a request could be one thing
 * here and another behind. What only one takes is none of this test's business, and known
 * to be much:
 *
 * - we refuse what RFC 9112 calls invalid and that lets pass (bare LF, odd chunk
 *   extensions, more than one Host, ...);
 * - it knows no methods but its own.
 *
 * Where both take a message, it is read otherwise there, for good reasons, in that
 * - blanks behind a value belong to the value, and so "chunked" with a tab behind it is
 *   another coding: RFC 9110, 5.5 has them stripped, and they are not passed on;
 * - a request to upgrade, to whatever, has no body: ours is read to its end, as RFC 9110,
 *   7.8 has it, and nothing but a WebSocket without a body is asked for;
 * - close is not seen beside keep-alive in HTTP/1.0, nor behind an empty element: RFC
 *   9112, 9.3 and RFC 9110, 5.6.1 have it otherwise, and Connection is not passed on;
 * - a field whose name goes on behind "Transfer-Encoding" makes it forget that the body
 * is chunked: its own fault, by which it refuses requests;
 * - trailer fields are told as fields: they are counted apart. */
#include <http_parser.h>
#include <string.h>

#include "http/compose.h"
#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct message ours;

/* What the other parser has read. A callback may come several times for one text. */
static struct {
	bool has_head, is_whole;
	unsigned flags;
	char target[MESSAGE_MAX];
	size_t target_len;
	struct text names[HTTP_FIELDS_MAX], values[HTTP_FIELDS_MAX];
	size_t names_len, values_len;
	char content[MESSAGE_MAX];
	size_t content_len;
} theirs;

static int on_url(http_parser *parser, const char *at, size_t len)
{
	(void)parser;
	memcpy(theirs.target + theirs.target_len, at, len);
	theirs.target_len += len;
	return 0;
}

static int on_name(http_parser *parser, const char *at, size_t len)
{
	(void)parser;
	if (theirs.has_head)
		return 0;
	must(theirs.names_len < HTTP_FIELDS_MAX, "as many fields here");
	theirs.names[theirs.names_len++] = (struct text){at, len};
	return 0;
}

static int on_value(http_parser *parser, const char *at, size_t len)
{
	(void)parser;
	if (theirs.has_head)
		return 0;
	theirs.values[theirs.values_len++] = (struct text){at, len};
	return 0;
}

static int on_head(http_parser *parser)
{
	theirs.has_head = true;
	theirs.flags = parser->flags;
	/* 1: it has no body, which that leaves to its caller. */
	return ours.is_response && ours.head.framing == HTTP_NO_BODY;
}

static int on_content(http_parser *parser, const char *at, size_t len)
{
	(void)parser;
	memcpy(theirs.content + theirs.content_len, at, len);
	theirs.content_len += len;
	return 0;
}

static int on_end(http_parser *parser)
{
	theirs.is_whole = true;
	http_parser_pause(parser, 1);
	return 0;
}

static const http_parser_settings settings = {.on_url = on_url,
	.on_header_field = on_name,
	.on_header_value = on_value,
	.on_headers_complete = on_head,
	.on_body = on_content,
	.on_message_complete = on_end};

static void check_fields(const struct http_head *head)
{
	must(theirs.names_len == head->fields_len &&
			theirs.values_len == head->fields_len,
		"fields are as many");
	for (size_t i = 0; i < head->fields_len; i++) {
		must(text_is_same(theirs.names[i], head->fields[i].name),
			"names are the same");
		must(text_is_same(key_trim(theirs.values[i]), head->fields[i].value),
			"values are the same");
	}
}

static void check_start(const http_parser *parser, const struct http_head *head)
{
	const char *method = http_method_str(parser->method);

	must(parser->http_major == 1 && parser->http_minor == head->minor,
		"versions are the same");
	if (ours.is_response) {
		must(parser->status_code == head->status, "statuses are the same");
		return;
	}
	must(text_is_same(head->method, (struct text){method, strlen(method)}),
		"methods are the same");
	must(text_is_same(head->target, (struct text){theirs.target, theirs.target_len}),
		"targets are the same");
}

static bool is_chunked_with_blanks(const struct http_head *head)
{
	for (size_t i = 0; i < head->fields_len; i++) {
		if (head->fields[i].known == HTTP_TRANSFER_ENCODING)
			return head->fields[i].value.len != theirs.values[i].len;
	}
	return false;
}

static bool is_chunked_and_forgotten(const struct http_head *head)
{
	struct text coding = {"transfer-encoding", 17};

	for (size_t i = 0; i < head->fields_len; i++) {
		struct text name = head->fields[i].name;

		if (name.len > coding.len &&
			text_is_like((struct text){name.bytes, coding.len}, coding))
			return head->framing == HTTP_CHUNKED;
	}
	return false;
}

static void check_framing(const struct http_head *head, bool is_passed_on)
{
	bool keeps = !(theirs.flags & F_CONNECTION_CLOSE) &&
		     (head->minor || theirs.flags & F_CONNECTION_KEEP_ALIVE);

	if (head->framing == HTTP_CHUNKED)
		must(theirs.flags & F_CHUNKED, "both read chunks");
	if (head->framing == HTTP_LENGTH)
		must(theirs.flags & F_CONTENTLENGTH && !(theirs.flags & F_CHUNKED),
			"both read a length");
	if (head->framing == HTTP_NO_BODY && !ours.is_response)
		must(!(theirs.flags & (F_CHUNKED | F_CONTENTLENGTH)),
			"both read no body");
	must(keeps || !head->keep_alive, "connections close for both");
	must(!is_passed_on || ours.is_response || (keeps && head->keep_alive),
		"connections stay for both");
}

/* Where both have read all of it, they have read the same. */
static void check_content(const http_parser *parser, size_t used, bool is_passed_on)
{
	if (parser->upgrade && ours.head.framing != HTTP_NO_BODY) {
		must(!is_passed_on, "no upgrade with a body is passed on");
		return;
	}
	must(theirs.is_whole == (ours.progress == HTTP_DONE), "both are at the end");
	must(theirs.content_len == ours.content_len &&
			!memcmp(theirs.content, ours.content, ours.content_len),
		"contents are the same");
	if (theirs.is_whole)
		must(used == ours.used, "the next message begins at the same place");
}

/* ours: read from the same bytes. */
static void compare(const char *bytes, size_t len, bool is_passed_on)
{
	const struct http_head *head = &ours.head;
	http_parser parser;
	size_t used;

	memset(&theirs, 0, sizeof(theirs));
	http_parser_init(&parser, ours.is_response ? HTTP_RESPONSE : HTTP_REQUEST);
	used = http_parser_execute(&parser, &settings, bytes, len);
	if (!theirs.has_head)
		return;
	check_start(&parser, head);
	check_fields(head);
	if (is_chunked_with_blanks(head)) {
		must(!is_passed_on, "blanks are not passed on");
		return;
	}
	if (is_chunked_and_forgotten(head))
		return;
	check_framing(head, is_passed_on);
	if (ours.progress != HTTP_BROKEN &&
		(theirs.is_whole || HTTP_PARSER_ERRNO(&parser) == HPE_OK))
		check_content(&parser, used, is_passed_on);
}

/* The head of `ours` as it is passed on, and what has followed it. Returns the length. */
static size_t pass_on(const uint8_t *data, size_t size, char *passed, size_t passed_size)
{
	const struct sp_endpoint peer = {.addr = sp_addr_from_v4(1)};
	const struct forwarded forwarded = {
		.peer = &peer, .default_host = {"a", 1}, .request_id = {"id", 2}};
	struct composer composer = {.bytes = passed, .size = passed_size};
	struct text body = {
		(const char *)data + 1 + ours.head.len, size - 1 - ours.head.len};

	compose_text(&composer, (struct text){(const char *)data, 1});
	if (ours.is_response)
		compose_response(&composer, &ours.head, (struct text){"a=b", 3}, 1,
			ours.head.keep_alive);
	else
		compose_request(&composer, &ours.head, &forwarded);
	compose_text(&composer, body);
	must(!composer.full, "room for what is passed on");
	return composer.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char passed[2 * MESSAGE_MAX];

	if (!size || size > MESSAGE_MAX / 2)
		return 0;
	message_read(&ours, data, size, size);
	if (ours.has_head) {
		compare((const char *)data + 1, size - 1, false);
		size = pass_on(data, size, passed, sizeof(passed));
		message_done(&ours);
		message_read(&ours, (const uint8_t *)passed, size, size);
		if (ours.has_head)
			compare(passed + 1, size - 1, true);
	}
	message_done(&ours);
	return 0;
}
