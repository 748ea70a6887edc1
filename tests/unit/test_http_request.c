/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads of requests: each row cut at every byte, against a guard page. */
#include "http_rows.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8
#define X256 X64 X64 X64 X64

static void test_lines(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("the least there is", GET "\r\n", "GET / 1.1 a keep"),
		HEAD_ROW("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n",
			"GET / 1.0  close"),
		HEAD_ROW("one empty line before", "\r\n" GET "\r\n", "GET / 1.1 a keep"),
		HEAD_ROW("two", "\r\n\r\n" GET "\r\n", "GET / 1.1 a keep"),
		HEAD_ROW("three", "\r\n\r\n\r\n" GET "\r\n", "400 empty-lines"),
		HEAD_ROW("an empty line of LF alone", "\n" GET "\r\n", "400 bare-lf"),
		HEAD_ROW("nothing", "", "incomplete"),
		HEAD_ROW("half a line", "GET / HTT", "incomplete"),
		HEAD_ROW("no empty line yet", GET, "incomplete"),
		HEAD_ROW("half a CRLF", GET "\r", "incomplete"),
		HEAD_ROW("bare LF after the request line",
			"GET / HTTP/1.1\nHost: a\r\n\r\n", "400 bare-lf"),
		HEAD_ROW("bare LF after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n",
			"400 bare-lf"),
		HEAD_ROW("bare LF at the end", GET "\n", "400 bare-lf"),
		HEAD_ROW("CR before a CRLF", GET "\r\r\n", "400 bare-cr"),
		HEAD_ROW("CR in a value", GET "X: a\rb\r\n\r\n", "400 bare-cr"),
		HEAD_ROW("CR in a name", GET "X\r: a\r\n\r\n", "400 bare-cr"),
		HEAD_ROW("CR in the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
			"400 bare-cr"),
		HEAD_ROW("NUL in a value", GET "X: a\0b\r\n\r\n", "400 control-byte"),
		HEAD_ROW("NUL in a name", GET "X\0: a\r\n\r\n", "400 control-byte"),
		HEAD_ROW("NUL in the target", "GET /\0 HTTP/1.1\r\n", "400 control-byte"),
		HEAD_ROW("DEL in a value", GET "X: a\x7f\r\n\r\n", "400 control-byte"),
		HEAD_ROW("a TLS client", "\x16\x03\x01\x02", "400 control-byte"),
		HEAD_ROW("the first of two faults counts",
			GET "bad name: x\r\nX: \1\r\n\r\n", "400 name"),
	};

	expect_rows(parse_request, rows, LEN(rows));
}

static void test_request_lines(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("a method of one's own",
			"M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n",
			"M-SEARCH / 1.1 a keep"),
		HEAD_ROW("methods have a case", "get / HTTP/1.1\r\nHost: a\r\n\r\n",
			"get / 1.1 a keep"),
		HEAD_ROW("no method", " / HTTP/1.1\r\n", "400 request-line"),
		HEAD_ROW("a method that is no token", "G@T / HTTP/1.1\r\n", "400 method"),
		HEAD_ROW("a method outside of ASCII", "G\xc3\xa9T / HTTP/1.1\r\n",
			"400 method"),
		HEAD_ROW("a tab behind the method", "GET\t/ HTTP/1.1\r\n", "400 method"),
		HEAD_ROW("a method alone", "GET\r\n", "400 method"),
		HEAD_ROW("method and space", "GET \r\n", "400 request-line"),
		HEAD_ROW("two spaces before the target", "GET  / HTTP/1.1\r\n",
			"400 request-line"),
		HEAD_ROW("two spaces before the version", "GET /  HTTP/1.1\r\n",
			"400 request-line"),
		HEAD_ROW("a tab before the version", "GET /\tHTTP/1.1\r\n",
			"400 request-line"),
		HEAD_ROW("a space behind the version", "GET / HTTP/1.1 \r\n",
			"400 request-line"),
		HEAD_ROW("a space in the target", "GET /a b HTTP/1.1\r\n",
			"400 request-line"),
		HEAD_ROW("no target", "GET HTTP/1.1\r\n", "400 no-version"),
		HEAD_ROW("HTTP/0.9", "GET /\r\n", "400 no-version"),
		HEAD_ROW("HTTP/0.9 with its number", "GET / HTTP/0.9\r\n", "505 version"),
		HEAD_ROW("HTTP/1.2", "GET / HTTP/1.2\r\n", "505 version"),
		HEAD_ROW("HTTP/1.9", "GET / HTTP/1.9\r\n", "505 version"),
		HEAD_ROW("HTTP/1.10", "GET / HTTP/1.10\r\n", "400 request-line"),
		HEAD_ROW("HTTP/1.", "GET / HTTP/1.\r\n", "400 request-line"),
		HEAD_ROW("HTTP/01.1", "GET / HTTP/01.1\r\n", "400 request-line"),
		HEAD_ROW("http/1.1", "GET / http/1.1\r\n", "400 request-line"),
		HEAD_ROW("HTTP/1,1", "GET / HTTP/1,1\r\n", "400 request-line"),
		HEAD_ROW("HTTP/x.1", "GET / HTTP/x.1\r\n", "400 request-line"),
		HEAD_ROW("another protocol", "GET / ICE/1.00\r\n", "400 request-line"),
		HEAD_ROW("HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
			"505 version"),
	};

	expect_rows(parse_request, rows, LEN(rows));
}

static void test_targets(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("path and query", "GET /a?b=c&d HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET /a?b=c&d 1.1 a keep"),
		HEAD_ROW("what URLs should encode, and do not",
			"GET /{a}|\"b\"^`<c>\\[] HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET /{a}|\"b\"^`<c>\\[] 1.1 a keep"),
		HEAD_ROW("two slashes are a path",
			"GET //b/c HTTP/1.1\r\nHost: a\r\n\r\n", "GET //b/c 1.1 a keep"),
		HEAD_ROW("a fragment", "GET /a#b HTTP/1.1\r\n", "400 target"),
		HEAD_ROW("a fragment alone", "GET # HTTP/1.1\r\n", "400 target"),
		HEAD_ROW("outside of ASCII", "GET /\xc3\xa9 HTTP/1.1\r\n", "400 target"),
		HEAD_ROW("no slash", "GET a HTTP/1.1\r\n", "400 target"),
		HEAD_ROW("a query alone", "GET ?a HTTP/1.1\r\n", "400 target"),
		HEAD_ROW("absolute form",
			"GET http://b:80/c?d HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET /c?d 1.1 b:80 keep"),
		HEAD_ROW("its scheme has no case",
			"GET HttP://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET / 1.1 b keep"),
		HEAD_ROW("no path", "GET http://b HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET / 1.1 b keep"),
		HEAD_ROW("no path but a query",
			"GET http://b?c HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET ?c 1.1 b keep"),
		HEAD_ROW("absolute form needs Host as well",
			"GET http://b/ HTTP/1.1\r\n\r\n", "400 no-host"),
		HEAD_ROW("absolute form in HTTP/1.0", "GET http://b/ HTTP/1.0\r\n\r\n",
			"GET / 1.0 b close"),
		HEAD_ROW("a slash in the query",
			"GET http://b?/ HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET ?/ 1.1 b keep"),
		HEAD_ROW("no host in it", "GET http:/// HTTP/1.1\r\n", "400 host"),
		HEAD_ROW("nothing behind the scheme", "GET http:// HTTP/1.1\r\n",
			"400 target"),
		HEAD_ROW("a user in it", "GET http://u@b/ HTTP/1.1\r\n", "400 host"),
		HEAD_ROW("another scheme", "GET https://b/ HTTP/1.1\r\n", "400 target"),
		HEAD_ROW("*", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
			"OPTIONS * 1.1 a keep"),
		HEAD_ROW("* as a URL", "OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n",
			"OPTIONS * 1.1 b keep"),
		HEAD_ROW("* of another method", "GET * HTTP/1.1\r\n", "400 target"),
		HEAD_ROW("more than *", "OPTIONS *a HTTP/1.1\r\n", "400 target"),
		HEAD_ROW("a tunnel", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
			"501 connect"),
		HEAD_ROW("authority form of another method", "GET a:80 HTTP/1.1\r\n",
			"400 target"),
	};

	expect_rows(parse_request, rows, LEN(rows));
}

static void test_field_lines(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("space before a colon", GET "X : a\r\n\r\n",
			"400 space-before-colon"),
		HEAD_ROW("tab before a colon", GET "X\t: a\r\n\r\n",
			"400 space-before-colon"),
		HEAD_ROW("of Host", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
			"400 space-before-colon"),
		HEAD_ROW("space in a name", GET "X y: a\r\n\r\n", "400 name"),
		HEAD_ROW("a name outside of ASCII", GET "X\xe9: a\r\n\r\n", "400 name"),
		HEAD_ROW("a name with a bracket", GET "X(: a\r\n\r\n", "400 name"),
		HEAD_ROW("no name", GET ": a\r\n\r\n", "400 name"),
		HEAD_ROW("no colon", GET "X\r\n\r\n", "400 no-colon"),
		HEAD_ROW("a line that goes on", GET "X: a\r\n b\r\n\r\n", "400 obs-fold"),
		HEAD_ROW("with a tab", GET "X: a\r\n\tb: c\r\n\r\n", "400 obs-fold"),
		HEAD_ROW("blanks alone", GET "X: a\r\n \r\n\r\n", "400 obs-fold"),
		HEAD_ROW("before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
			"400 obs-fold"),
		HEAD_ROW("values may be anything",
			GET "X: \xff\xc3(\tb\"\\\r\nY:\r\n\r\n", "GET / 1.1 a keep"),
	};

	expect_rows(parse_request, rows, LEN(rows));
}

static void test_limits(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("a target of 64",
			"GET /" X8 X8 X8 X8 X8 X8 X8
			"1234567 HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET /" X8 X8 X8 X8 X8 X8 X8 "1234567 1.1 a keep"),
		HEAD_ROW("of 65", "GET /" X64 " HTTP/1.1\r\n", "414 target-long"),
		HEAD_ROW("of more than a head", "GET /" X256 X256 X256 X256 X64,
			"414 target-long"),
		HEAD_ROW("a head of 1024",
			GET "X: " X256 X256 X256 X64 X64 X64 X8 X8 X8 X8 "\r\n\r\n",
			"GET / 1.1 a keep"),
		HEAD_ROW("of 1025",
			GET "X: " X256 X256 X256 X64 X64 X64 X8 X8 X8 X8 "1\r\n\r\n",
			"431 head-long"),
		HEAD_ROW("one that does not end", GET "X: " X256 X256 X256 X256,
			"431 head-long"),
		HEAD_ROW("6 fields", GET "1:\r\n2:\r\n3:\r\n4:\r\n5:\r\n\r\n",
			"GET / 1.1 a keep"),
		HEAD_ROW("7 fields", GET "1:\r\n2:\r\n3:\r\n4:\r\n5:\r\n6:\r\n\r\n",
			"431 fields-many"),
	};

	EXPECT_EQ(rows[3].len, 1024);
	expect_rows(parse_request, rows, LEN(rows));
}

/* However slowly a head comes, what was looked at is not looked at again before it is
 * whole: rubbish there goes unnoticed. */
static void test_slow_sender(void)
{
	static const char bytes[] = GET "X: " X64 "\r\nY: a";
	struct http_field fields[HTTP_FIELDS_MAX];
	char came[sizeof(bytes) - 1];
	struct http_seen seen = {0};
	struct http_fault fault;
	struct http_head head;

	for (size_t len = 1; len <= sizeof(came); len++) {
		came[len - 1] = bytes[len - 1];
		EXPECT_EQ(parse_placed(
				  parse_request, came, len, &seen, fields, &head, &fault),
			HTTP_INCOMPLETE);
		EXPECT(seen.scanned >= len - 1);
		memset(came, 0, seen.line);
		if (seen.line < seen.scanned)
			came[seen.line] = 1;
		if (bytes[len] == '\n') /* the whole line is judged next */
			came[seen.line] = bytes[seen.line];
	}
}

static void expect_fields(const char *bytes, const char *want)
{
	struct http_field fields[HTTP_FIELDS_MAX];
	struct http_seen seen = {0};
	struct http_fault fault;
	struct http_head head;

	EXPECT_EQ(parse_request(bytes, strlen(bytes), &seen, fields, &head, &fault),
		HTTP_DONE);
	EXPECT_STR(say_fields(&head), want);
}

static void test_fields(void)
{
	expect_fields(
		GET "X:  a b\t \r\nY: \t\r\nx:b:c\r\n\r\n", "Host=a X=a b Y= x=b:c");
	expect_fields(GET "A: 1\r\nConnection: b, close, A\r\nB: 2\r\na: 3\r\n\r\n",
		"Host=a (A=1) (Connection=b, close, A) (B=2) (a=3)");
	expect_fields(GET "TE: trailers\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\n"
			  "Proxy-Connection: x\r\nExpect: 100-continue\r\n\r\n",
		"Host=a (TE=trailers) (Keep-Alive=5) (Upgrade=h2c) (Proxy-Connection=x) "
		"Expect=100-continue");
	expect_fields("GET / HTTP/1.0\r\nExpect: x\r\n\r\n", "(Expect=x)");
}

int main(void)
{
	static const struct test tests[] = {
		{"lines end in CRLF, and hold no control bytes", test_lines},
		{"request lines have one form", test_request_lines},
		{"targets have four forms, and three are served", test_targets},
		{"fields are name, colon, value", test_field_lines},
		{"what is too long is refused", test_limits},
		{"a slow sender costs little", test_slow_sender},
		{"values are trimmed, hop-by-hop fields marked", test_fields},
	};

	return TESTS_RUN(tests);
}
