/* SPDX-License-Identifier: BSD-2-Clause */
/* What heads of requests mean: host, framing, connection; each row cut at every byte. */
#include "http/scan.h"
#include "http_rows.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

static void test_hosts(void)
{
#define HOST(host) "GET / HTTP/1.1\r\nHost: " host "\r\n\r\n"
	static const struct head_row rows[] = {
		HEAD_ROW("none", "GET / HTTP/1.1\r\n\r\n", "400 no-host"),
		HEAD_ROW("two", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
			"400 host-twice"),
		HEAD_ROW("two in HTTP/1.0",
			"GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", "400 host-twice"),
		HEAD_ROW("empty", HOST(""), "400 host"),
		HEAD_ROW("name and port", HOST("a-b.example_c:8080"),
			"GET / 1.1 a-b.example_c:8080 keep"),
		HEAD_ROW("an empty port", HOST("a:"), "GET / 1.1 a: keep"),
		HEAD_ROW("an encoded byte", HOST("%41"), "GET / 1.1 %41 keep"),
		HEAD_ROW("a broken encoded byte", HOST("%4"), "400 host"),
		HEAD_ROW("another", HOST("%4g"), "400 host"),
		HEAD_ROW("IPv4", HOST("192.0.2.1:1"), "GET / 1.1 192.0.2.1:1 keep"),
		HEAD_ROW("IPv6", HOST("[2001:db8::1]"), "GET / 1.1 [2001:db8::1] keep"),
		HEAD_ROW("IPv6 and port", HOST("[::]:80"), "GET / 1.1 [::]:80 keep"),
		HEAD_ROW("IPv6 that does not end", HOST("[::"), "400 host"),
		HEAD_ROW("IPv6 without a colon", HOST("[1]"), "400 host"),
		HEAD_ROW("no brackets", HOST("2001:db8::1"), "400 host"),
		HEAD_ROW("a zone", HOST("[fe80::1%25eth0]"), "400 host"),
		HEAD_ROW("more behind the bracket", HOST("[::1]a"), "400 host"),
		HEAD_ROW("a port too high", HOST("a:65536"), "400 host"),
		HEAD_ROW("the highest", HOST("a:65535"), "GET / 1.1 a:65535 keep"),
		HEAD_ROW("a port that is none", HOST("a:8o"), "400 host"),
		HEAD_ROW("a port alone", HOST(":80"), "400 host"),
		HEAD_ROW("a path", HOST("a/b"), "400 host"),
		HEAD_ROW("a user", HOST("u@a"), "400 host"),
		HEAD_ROW("a list", HOST("a,b"), "400 host"),
		HEAD_ROW("two words", HOST("a b"), "400 host"),
		HEAD_ROW("outside of ASCII", HOST("\xc3\xa9"), "400 host"),
		HEAD_ROW("the URL wins", "GET http://b/ HTTP/1.1\r\nHost: \"\r\n\r\n",
			"400 host"),
	};

	expect_rows(parse_request, rows, LEN(rows));
	EXPECT(!scan_is_authority((struct text){guard_place("%4", 2), 2}));
	EXPECT(!scan_is_authority((struct text){guard_place("[", 1), 1}));
}

static void test_lengths(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("a length", POST "Content-Length: 5\r\n\r\n",
			"POST / 1.1 a keep length 5"),
		HEAD_ROW("0", POST "content-length:0\r\n\r\n",
			"POST / 1.1 a keep length 0"),
		HEAD_ROW("zeros before", POST "Content-Length: 007\r\n\r\n",
			"POST / 1.1 a keep length 7"),
		HEAD_ROW("the greatest",
			POST "Content-Length: 9223372036854775807\r\n\r\n",
			"POST / 1.1 a keep length 9223372036854775807"),
		HEAD_ROW("one more", POST "Content-Length: 9223372036854775808\r\n\r\n",
			"400 length"),
		HEAD_ROW("2^64", POST "Content-Length: 18446744073709551616\r\n\r\n",
			"400 length"),
		HEAD_ROW("far more",
			POST "Content-Length: 99999999999999999999999\r\n\r\n",
			"400 length"),
		HEAD_ROW("plus", POST "Content-Length: +5\r\n\r\n", "400 length"),
		HEAD_ROW("minus", POST "Content-Length: -0\r\n\r\n", "400 length"),
		HEAD_ROW("hexadecimal", POST "Content-Length: 0x5\r\n\r\n", "400 length"),
		HEAD_ROW("empty", POST "Content-Length:\r\n\r\n", "400 length"),
		HEAD_ROW("a list of equals", POST "Content-Length: 5, 5\r\n\r\n",
			"400 length"),
		HEAD_ROW("two words", POST "Content-Length: 5 5\r\n\r\n", "400 length"),
		HEAD_ROW("twice", POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
			"400 length-twice"),
		HEAD_ROW("equals", POST "Content-Length: 5\r\ncontent-length: 5\r\n\r\n",
			"400 length-twice"),
	};

	expect_rows(parse_request, rows, LEN(rows));
}

static void test_codings(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("chunked", POST "Transfer-Encoding: chunked\r\n\r\n",
			"POST / 1.1 a keep chunked"),
		HEAD_ROW("in any case", POST "TRANSFER-ENCODING:\tChunked \r\n\r\n",
			"POST / 1.1 a keep chunked"),
		HEAD_ROW("with a length",
			POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
			"400 length-and-coding"),
		HEAD_ROW("with a length behind",
			POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
			"400 length-and-coding"),
		HEAD_ROW("another coding first",
			POST "Transfer-Encoding: gzip, chunked\r\n\r\n", "501 coding"),
		HEAD_ROW("in two fields",
			POST
			"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
			"501 coding"),
		HEAD_ROW("not the last", POST "Transfer-Encoding: chunked, gzip\r\n\r\n",
			"400 coding-end"),
		HEAD_ROW(
			"none", POST "Transfer-Encoding: gzip\r\n\r\n", "400 coding-end"),
		HEAD_ROW("identity", POST "Transfer-Encoding: identity\r\n\r\n",
			"400 coding-end"),
		HEAD_ROW("empty", POST "Transfer-Encoding:\r\n\r\n", "400 coding-end"),
		HEAD_ROW("twice", POST "Transfer-Encoding: chunked, chunked\r\n\r\n",
			"400 coding-end"),
		HEAD_ROW("twice in two fields",
			POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: "
			     "chunked\r\n\r\n",
			"400 coding-end"),
		HEAD_ROW("with an empty element",
			POST "Transfer-Encoding: , chunked\r\n\r\n", "501 coding"),
		HEAD_ROW("with a parameter",
			POST "Transfer-Encoding: chunked;q=1\r\n\r\n", "400 coding-end"),
		HEAD_ROW("quoted", POST "Transfer-Encoding: \"chunked\"\r\n\r\n",
			"400 coding-end"),
		HEAD_ROW("nearly", POST "Transfer-Encoding: xchunked\r\n\r\n",
			"400 coding-end"),
		HEAD_ROW("a vertical tab", POST "Transfer-Encoding: \vchunked\r\n\r\n",
			"400 control-byte"),
		HEAD_ROW("in HTTP/1.0",
			"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
			"400 coding-1.0"),
		HEAD_ROW("a body of any method", GET "Content-Length: 5\r\n\r\n",
			"GET / 1.1 a keep length 5"),
	};

	expect_rows(parse_request, rows, LEN(rows));
}

static void test_connection(void)
{
	static const struct head_row rows[] = {
		HEAD_ROW("close", GET "Connection: close\r\n\r\n", "GET / 1.1 a close"),
		HEAD_ROW("in a list", GET "Connection: x, CLOSE ,y\r\n\r\n",
			"GET / 1.1 a close"),
		HEAD_ROW("in two fields",
			GET "Connection: x\r\nConnection: close\r\n\r\n",
			"GET / 1.1 a close"),
		HEAD_ROW("close wins", GET "Connection: keep-alive, close\r\n\r\n",
			"GET / 1.1 a close"),
		HEAD_ROW("HTTP/1.0 that keeps",
			"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
			"GET / 1.0  keep"),
		HEAD_ROW("Proxy-Connection says nothing",
			GET "Proxy-Connection: close\r\n\r\n", "GET / 1.1 a keep"),
		HEAD_ROW("no token", GET "Connection: a b\r\n\r\n", "400 connection"),
		HEAD_ROW("hides Host", GET "Connection: host\r\n\r\n", "400 connection"),
		HEAD_ROW("would hide a cookie", GET "Connection: Cookie\r\n\r\n",
			"400 connection"),
		HEAD_ROW("hides who asks",
			GET "X-Forwarded-For: 1\r\nConnection: close, "
			    "x-forwarded-for\r\n\r\n",
			"400 connection"),
		HEAD_ROW("hides a length",
			GET "Connection: Content-Length\r\nContent-Length: 1\r\n\r\n",
			"400 connection"),
		HEAD_ROW("16 options",
			GET "Connection: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
			    "a\r\n\r\n",
			"GET / 1.1 a keep"),
		HEAD_ROW("17 in two fields",
			GET "Connection: a,a,a,a,a,a,a,a,a\r\n"
			    "Connection: a,a,a,a,a,a,a,a\r\n\r\n",
			"400 connection"),
		HEAD_ROW("continue",
			POST "Expect: 100-Continue\r\nContent-Length: "
			     "1\r\n\r\n",
			"POST / 1.1 a keep length 1 continue"),
		HEAD_ROW("other expectations", GET "Expect: tea\r\n\r\n", "417 expect"),
		HEAD_ROW("more of them", GET "Expect: 100-continue, tea\r\n\r\n",
			"417 expect"),
		HEAD_ROW("HTTP/1.0 cannot expect",
			"GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
			"GET / 1.0  close"),
	};

	expect_rows(parse_request, rows, LEN(rows));
}

static void test_upgrade(void)
{
#define UPGRADE GET "Connection: Upgrade\r\nUpgrade: "
	static const struct head_row rows[] = {
		HEAD_ROW("WebSocket", UPGRADE "WebSocket\r\n\r\n",
			"GET / 1.1 a keep upgrade"),
		HEAD_ROW("h2c stays here", UPGRADE "h2c\r\n\r\n", "GET / 1.1 a keep"),
		HEAD_ROW("a choice is none", UPGRADE "websocket, h2c\r\n\r\n",
			"GET / 1.1 a keep"),
		HEAD_ROW("twice is none",
			UPGRADE "websocket\r\nUpgrade: websocket\r\n\r\n",
			"GET / 1.1 a keep"),
		HEAD_ROW("not by Connection", GET "Upgrade: websocket\r\n\r\n",
			"GET / 1.1 a keep"),
		HEAD_ROW("Connection alone", GET "Connection: upgrade\r\n\r\n",
			"GET / 1.1 a keep"),
		HEAD_ROW("not with a body",
			UPGRADE "websocket\r\nContent-Length: 1\r\n\r\n",
			"GET / 1.1 a keep length 1"),
		HEAD_ROW("not in HTTP/1.0",
			"GET / HTTP/1.0\r\nConnection: upgrade\r\n"
			"Upgrade: websocket\r\n\r\n",
			"GET / 1.0  close"),
	};

	expect_rows(parse_request, rows, LEN(rows));
}

int main(void)
{
	static const struct test tests[] = {
		{"Host is there, once, and well formed", test_hosts},
		{"a length is one number", test_lengths},
		{"chunked stands alone", test_codings},
		{"Connection speaks of one hop", test_connection},
		{"upgrades are to WebSocket", test_upgrade},
	};

	return TESTS_RUN(tests);
}
