/* SPDX-License-Identifier: BSD-2-Clause */
/* The PROXY protocol: each row cut at every byte, against a guard page. */
#include "guard.h"
#include "http/proxy.h"
#include "model/text.h"
#include "test.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

struct proxy_row {
	const char *sentence;
	const char *bytes;
	size_t len;
	const char *want; /* "source dest LEN", "local LEN", "incomplete", reason */
};

#define PROXY_ROW(sentence, bytes, want)                 \
	{                                                \
		sentence, bytes, sizeof(bytes) - 1, want \
	}

static const char *say(enum http_progress progress, const struct proxy *proxy,
	const struct http_fault *fault)
{
	static char said[160];
	char source[ENDPOINT_TEXT_MAX], dest[ENDPOINT_TEXT_MAX];

	if (progress == HTTP_INCOMPLETE)
		return "incomplete";
	if (progress == HTTP_BROKEN)
		return fault->reason;
	if (proxy->local)
		snprintf(said, sizeof(said), "local %zu", proxy->len);
	else
		snprintf(said, sizeof(said), "%s %s %zu",
			vip_format(&proxy->source, source),
			vip_format(&proxy->dest, dest), proxy->len);
	return said;
}

static const char *parse(const char *bytes, size_t len)
{
	struct proxy proxy;
	struct http_fault fault;
	enum http_progress progress =
		proxy_parse(guard_place(bytes, len), len, &proxy, &fault);

	return say(progress, &proxy, &fault);
}

/* Every beginning is incomplete, or already what the whole is. */
static void expect_rows(const struct proxy_row *rows, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const struct proxy_row *row = &rows[i];

		for (size_t cut = 0; cut < row->len; cut++) {
			const char *said = parse(row->bytes, cut);

			if (strcmp(said, "incomplete") && strcmp(said, row->want))
				printf("cut at %zu: %s: %s\n", cut, row->sentence, said);
			EXPECT(!strcmp(said, "incomplete") || !strcmp(said, row->want));
		}
		if (strcmp(parse(row->bytes, row->len), row->want))
			printf("%s\n", row->sentence);
		EXPECT_STR(parse(row->bytes, row->len), row->want);
	}
}

#define TCP4 "PROXY TCP4 192.0.2.1 198.51.100.2 "
#define X8 "xxxxxxxx"

static void test_version_1(void)
{
	static const struct proxy_row rows[] = {
		PROXY_ROW("IPv4", TCP4 "51234 80\r\nGET",
			"192.0.2.1:51234/tcp 198.51.100.2:80/tcp 44"),
		PROXY_ROW("IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n",
			"[2001:db8::1]:0/tcp [2001:db8::2]:65535/tcp 44"),
		PROXY_ROW("IPv4 in IPv6", "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n",
			"192.0.2.1:1/tcp [::1]:2/tcp 37"),
		PROXY_ROW("unknown", "PROXY UNKNOWN\r\n", "local 15"),
		PROXY_ROW("unknown with more", "PROXY UNKNOWN ::1 x  y\r\n", "local 24"),
		PROXY_ROW("nothing", "", "incomplete"),
		PROXY_ROW("no end", TCP4 "1 2\r", "incomplete"),
		PROXY_ROW("the longest",
			"PROXY UNKNOWN "
			"123" X8 X8 X8 X8 X8 X8 X8 X8 X8 X8 X8 "\r\n",
			"local 107"),
		PROXY_ROW("longer",
			"PROXY UNKNOWN "
			"1234" X8 X8 X8 X8 X8 X8 X8 X8 X8 X8 X8 "\r\n",
			"proxy-long"),
		PROXY_ROW("HTTP", "GET / HTTP/1.1\r\n", "proxy"),
		PROXY_ROW("nearly", "PROXX", "proxy"),
		PROXY_ROW("in lower case", "proxy tcp4", "proxy"),
		PROXY_ROW("UDP4", "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", "proxy"),
		PROXY_ROW("bare LF", TCP4 "1 2\n", "proxy"),
		PROXY_ROW("bare LF behind anything", "PROXY UNKNOWN x\n", "proxy"),
		PROXY_ROW("a family that does not fit",
			"PROXY TCP6 192.0.2.1 ::1 1 2\r\n", "proxy"),
		PROXY_ROW("the other", "PROXY TCP4 192.0.2.1 ::1 1 2\r\n", "proxy"),
		PROXY_ROW("zeros in an address", "PROXY TCP4 192.0.2.01 1.1.1.1 1 2\r\n",
			"proxy"),
		PROXY_ROW("a port above 65535", TCP4 "65536 80\r\n", "proxy"),
		PROXY_ROW("zeros in a port", TCP4 "080 80\r\n", "proxy"),
		PROXY_ROW("no number", TCP4 "+80 80\r\n", "proxy"),
		PROXY_ROW("one port", TCP4 "80\r\n", "proxy"),
		PROXY_ROW("one port and a space", TCP4 "80 \r\n", "proxy"),
		PROXY_ROW("three", TCP4 "80 80 80\r\n", "proxy"),
		PROXY_ROW("a space behind", TCP4 "80 80 \r\n", "proxy"),
		PROXY_ROW("two spaces", "PROXY TCP4  192.0.2.1 1.1.1.1 1 2\r\n", "proxy"),
		PROXY_ROW("no addresses", "PROXY TCP4\r\n", "proxy"),
		PROXY_ROW("nothing known", "PROXY \r\n", "proxy"),
		PROXY_ROW("an address too long",
			"PROXY TCP4 " X8 X8 X8 X8 X8 X8 " 1.1.1.1 1 2\r\n", "proxy"),
	};

	expect_rows(rows, LEN(rows));
}

#define V2 "\r\n\r\n\0\r\nQUIT\n"

static void test_version_2(void)
{
	static const struct proxy_row rows[] = {
		PROXY_ROW("IPv4",
			V2 "\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\xc8\x22"
			   "\0\x50GET",
			"192.0.2.1:51234/tcp 198.51.100.2:80/tcp 28"),
		PROXY_ROW("IPv4 and TLVs",
			V2 "\x21\x11\0\x10\xc0\0\x02\x01\xc6\x33\x64\x02\xc8\x22"
			   "\0\x50\x04\0\x01xG",
			"192.0.2.1:51234/tcp 198.51.100.2:80/tcp 32"),
		PROXY_ROW("IPv6",
			V2 "\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
			   "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\xff\xff\0\x50",
			"[2001:db8::1]:65535/tcp [2001:db8::2]:80/tcp 52"),
		PROXY_ROW("local", V2 "\x20\0\0\0GET", "local 16"),
		PROXY_ROW("local with addresses",
			V2 "\x20\x11\0\x0c"
			   "123456789012GET",
			"local 28"),
		PROXY_ROW("unspecified", V2 "\x21\0\0\x02xxGET", "local 18"),
		PROXY_ROW("UDP",
			V2 "\x21\x12\0\x0c"
			   "123456789012",
			"local 28"),
		PROXY_ROW("a socket of Unix", V2 "\x21\x31\0\x01x", "local 17"),
		PROXY_ROW("too short for IPv4",
			V2 "\x21\x11\0\x0b"
			   "12345678901",
			"proxy"),
		PROXY_ROW("too short for IPv6",
			V2 "\x21\x21\0\x0c"
			   "123456789012",
			"proxy"),
		PROXY_ROW("no end",
			V2 "\x21\x11\0\x0c"
			   "12345678901",
			"incomplete"),
		PROXY_ROW("too long", V2 "\x21\x11\x02\x09", "proxy-long"),
		PROXY_ROW("version 1", V2 "\x11\x11\0\x0c", "proxy"),
		PROXY_ROW("version 3", V2 "\x31\x11\0\x0c", "proxy"),
		PROXY_ROW("another command", V2 "\x22\x11\0\x0c", "proxy"),
		PROXY_ROW("another family", V2 "\x21\x41\0\0", "proxy"),
		PROXY_ROW("another protocol", V2 "\x21\x13\0\0", "proxy"),
		PROXY_ROW("nearly", "\r\n\r\n\0\r\nQUIT\r", "proxy"),
	};

	expect_rows(rows, LEN(rows));
}

static void test_longest(void)
{
	static char bytes[PROXY_LEN_MAX] = V2 "\x21\0\x02\x08";

	EXPECT_STR(parse(bytes, sizeof(bytes)), "local 536");
	EXPECT_STR(parse(bytes, sizeof(bytes) - 1), "incomplete");
}

static void expect_read_back(
	const char *source, const char *dest, const char *header, size_t len)
{
	char want[160];

	snprintf(want, sizeof(want), "%s/tcp %s/tcp %zu", source, dest, len);
	EXPECT_STR(parse(header, len), want);
}

static void expect_written(
	const char *source, const char *dest, const char *v1, size_t v2_len)
{
	char *buffer = guard_end() - PROXY_WRITTEN_MAX, header[PROXY_WRITTEN_MAX];
	struct sp_endpoint from, to;
	size_t len;

	EXPECT_EQ(vip_parse(source, strlen(source), &from), 0);
	EXPECT_EQ(vip_parse(dest, strlen(dest), &to), 0);
	len = proxy_format(1, &from, &to, buffer);
	EXPECT(len == strlen(v1) && !memcmp(buffer, v1, len));
	expect_read_back(source, dest, v1, len);
	len = proxy_format(2, &from, &to, buffer);
	EXPECT_EQ(len, v2_len);
	memcpy(header, buffer, len);
	expect_read_back(source, dest, header, len);
}

static void test_written(void)
{
	expect_written("192.0.2.1:51234", "198.51.100.2:80",
		"PROXY TCP4 192.0.2.1 198.51.100.2 51234 80\r\n", 28);
	expect_written("[2001:db8::1]:65535", "[2001:db8::2]:1",
		"PROXY TCP6 2001:db8::1 2001:db8::2 65535 1\r\n", 52);
	expect_written("192.0.2.1:1", "[2001:db8::2]:1",
		"PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 1 1\r\n", 52);
	expect_written("[1111:2222:3333:4444:5555:6666:7777:8888]:65535",
		"[1111:2222:3333:4444:5555:6666:7777:8888]:65535",
		"PROXY TCP6 1111:2222:3333:4444:5555:6666:7777:8888 "
		"1111:2222:3333:4444:5555:6666:7777:8888 65535 65535\r\n",
		52);
}

int main(void)
{
	static const struct test tests[] = {
		{"version 1 is read, strictly", test_version_1},
		{"version 2 is read", test_version_2},
		{"TLVs are skipped up to a limit", test_longest},
		{"what is written is read", test_written},
	};

	return TESTS_RUN(tests);
}
