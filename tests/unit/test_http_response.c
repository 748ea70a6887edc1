/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads of responses: each row cut at every byte, against a guard page. */
#include "http_rows.h"

static struct http_asked asked;

static enum http_progress parse(const char *bytes, size_t len, struct http_seen *seen,
	struct http_field *fields, struct http_head *ret_head,
	struct http_fault *ret_fault)
{
	return http_parse_response(
		bytes, len, seen, &asked, &row_limits, fields, ret_head, ret_fault);
}

#define OK "HTTP/1.1 200 OK\r\n"

static void test_status_lines(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("until close", OK "\r\n", "200 1.1 [OK] close until-close"),
		HEAD_ROW("no reason", "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n",
			"200 1.1 [] keep length 1"),
		HEAD_ROW("nor a space", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n",
			"200 1.1 [] keep length 1"),
		HEAD_ROW("a teapot", "HTTP/1.1 418 I'm a \xc3\xa9 teapot\r\n\r\n",
			"418 1.1 [I'm a \xc3\xa9 teapot] close until-close"),
		HEAD_ROW("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n",
			"200 1.0 [OK] close length 1"),
		HEAD_ROW("HTTP/1.0 that keeps",
			"HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: "
			"keep-alive\r\n\r\n",
			"200 1.0 [OK] keep length 1"),
		HEAD_ROW("an empty line before", "\r\n" OK "\r\n", "502 status-line"),
		HEAD_ROW("HTTP/2", "HTTP/2.0 200 OK\r\n", "502 version"),
		HEAD_ROW("HTTP/1.2", "HTTP/1.2 200 OK\r\n", "502 version"),
		HEAD_ROW("not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "502 status-line"),
		HEAD_ROW("two digits", "HTTP/1.1 20 OK\r\n", "502 status-line"),
		HEAD_ROW("two digits at the end", "HTTP/1.1 20\r\n", "502 status-line"),
		HEAD_ROW("four digits", "HTTP/1.1 2000 OK\r\n", "502 status-line"),
		HEAD_ROW("a zero before", "HTTP/1.1 0200 OK\r\n", "502 status-line"),
		HEAD_ROW("below 100", "HTTP/1.1 099 OK\r\n", "502 status-line"),
		HEAD_ROW("above 599", "HTTP/1.1 600 OK\r\n", "502 status-line"),
		HEAD_ROW("no number", "HTTP/1.1 abc OK\r\n", "502 status-line"),
		HEAD_ROW("two spaces", "HTTP/1.1  200 OK\r\n", "502 status-line"),
		HEAD_ROW("a tab", "HTTP/1.1\t200 OK\r\n", "502 status-line"),
		HEAD_ROW("bare LF", "HTTP/1.1 200 OK\n\n", "502 bare-lf"),
		HEAD_ROW("a space before a colon", OK "X : a\r\n\r\n",
			"502 space-before-colon"),
		HEAD_ROW("a long head", OK "1:\r\n2:\r\n3:\r\n4:\r\n5:\r\n6:\r\n7:\r\n",
			"502 fields-many"),
	};

	asked = (struct http_asked){0};
	expect_rows(parse, rows, LEN(rows));
}

static void test_framing(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("chunked", OK "Transfer-Encoding: chunked\r\n\r\n",
			"200 1.1 [OK] keep chunked"),
		HEAD_ROW("close", OK "Content-Length: 0\r\nConnection: close\r\n\r\n",
			"200 1.1 [OK] close length 0"),
		HEAD_ROW("both",
			OK "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
			"502 length-and-coding"),
		HEAD_ROW("lengths twice",
			OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
			"502 length-twice"),
		HEAD_ROW("a list", OK "Content-Length: 1, 1\r\n\r\n", "502 length"),
		HEAD_ROW("gzip", OK "Transfer-Encoding: gzip\r\n\r\n", "502 coding-end"),
		HEAD_ROW("gzip, chunked", OK "Transfer-Encoding: gzip, chunked\r\n\r\n",
			"502 coding"),
		HEAD_ROW("chunked in HTTP/1.0",
			"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
			"502 coding-1.0"),
		HEAD_ROW("304 may say a length",
			"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
			"304 1.1 [Not Modified] keep"),
		HEAD_ROW("204", "HTTP/1.1 204 No Content\r\n\r\n",
			"204 1.1 [No Content] keep"),
		HEAD_ROW("204 with a length of 0",
			"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
			"204 1.1 [No Content] keep"),
		HEAD_ROW("204 with a body",
			"HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n",
			"502 body-unwanted"),
		HEAD_ROW("204 with chunks",
			"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
			"502 body-unwanted"),
		HEAD_ROW("100", "HTTP/1.1 100 Continue\r\n\r\n",
			"100 1.1 [Continue] keep"),
		HEAD_ROW("103 with a field",
			"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
			"103 1.1 [Early Hints] keep"),
		HEAD_ROW("100 with a body",
			"HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n",
			"502 body-unwanted"),
		HEAD_ROW("100 with a length of no sense",
			"HTTP/1.1 100 Continue\r\nContent-Length: x\r\n\r\n",
			"502 length"),
		HEAD_ROW("101 that nobody asked for",
			"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
			"Upgrade: websocket\r\n\r\n",
			"502 upgrade"),
		HEAD_ROW("an Upgrade without 101 is an offer",
			OK "Connection: upgrade\r\nUpgrade: websocket\r\n"
			   "Content-Length: 1\r\n\r\n",
			"200 1.1 [OK] keep length 1"),
	};

	asked = (struct http_asked){0};
	expect_rows(parse, rows, LEN(rows));
}

static void test_head(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("a length", OK "Content-Length: 5\r\n\r\n", "200 1.1 [OK] keep"),
		HEAD_ROW("chunked", OK "Transfer-Encoding: chunked\r\n\r\n",
			"200 1.1 [OK] keep"),
		HEAD_ROW("neither", OK "\r\n", "200 1.1 [OK] keep"),
		HEAD_ROW("both",
			OK "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
			"502 length-and-coding"),
	};

	asked = (struct http_asked){.head = true};
	expect_rows(parse, rows, LEN(rows));
}

static void test_upgrade(void)
{
#define SWITCH "HTTP/1.1 101 Switching Protocols\r\n"
	static const struct head_row rows[] = {
		HEAD_ROW("WebSocket",
			SWITCH "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
			"101 1.1 [Switching Protocols] keep upgrade"),
		HEAD_ROW("to something else",
			SWITCH "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
			"502 upgrade"),
		HEAD_ROW("to nothing", SWITCH "\r\n", "502 upgrade"),
		HEAD_ROW("with a body",
			SWITCH "Connection: Upgrade\r\nUpgrade: websocket\r\n"
			       "Transfer-Encoding: chunked\r\n\r\n",
			"502 body-unwanted"),
		HEAD_ROW("the pod may refuse",
			"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
			"403 1.1 [No] keep length 0"),
	};

	asked = (struct http_asked){.upgrades = true};
	expect_rows(parse, rows, LEN(rows));
}

static void test_fields(void)
{
	static const char bytes[] = "HTTP/1.1 204 -\r\nContent-Length: 0\r\n"
				    "Connection: x\r\nX: 1\r\nKeep-Alive: 5\r\n\r\n";
	struct http_field fields[HTTP_FIELDS_MAX];
	struct http_seen seen = {0};
	struct http_fault fault;
	struct http_head head;

	EXPECT_EQ(
		parse(bytes, sizeof(bytes) - 1, &seen, fields, &head, &fault), HTTP_DONE);
	EXPECT_STR(say_fields(&head),
		"(Content-Length=0) (Connection=x) (X=1) (Keep-Alive=5)");
}

int main(void)
{
	static const struct test tests[] = {
		{"status lines have one form", test_status_lines},
		{"a body's end has one meaning", test_framing},
		{"the response to HEAD has no body", test_head},
		{"101 answers who asked for it", test_upgrade},
		{"hop-by-hop fields are marked, and a length without body", test_fields},
	};

	return TESTS_RUN(tests);
}
