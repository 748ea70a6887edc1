/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies: each row cut at every byte, against a guard page. */
#include "guard.h"
#include "http/body.h"
#include "test.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

struct body_row {
	const char *sentence;
	const char *bytes;
	size_t len;
	const char
		*want; /* "done N CONTENT", "incomplete N CONTENT", "STATUS REASON N" */
};

#define BODY_ROW(sentence, bytes, want)                  \
	{                                                \
		sentence, bytes, sizeof(bytes) - 1, want \
	}

static struct http_head head_of;

/* What came of a body so far. */
struct reading {
	struct http_body body;
	enum http_progress progress;
	struct http_fault fault;
	size_t used, content_len;
	char content[512];
};

static void read_more(struct reading *reading, const char *bytes, size_t len)
{
	const char *at = guard_place(bytes, len);
	size_t used = 0;

	do {
		size_t step = 0;
		bool data = false;

		reading->progress = http_body_step(&reading->body, at + used, len - used,
			&step, &data, &reading->fault);
		if (data) {
			memcpy(reading->content + reading->content_len, at + used, step);
			reading->content_len += step;
		}
		used += step;
	} while (reading->progress == HTTP_INCOMPLETE && used < len);
	reading->used += used;
}

static const char *say(const struct reading *reading)
{
	static char said[1024];

	if (reading->progress == HTTP_BROKEN)
		snprintf(said, sizeof(said), "%u %s %zu", reading->fault.status,
			reading->fault.reason, reading->used);
	else
		snprintf(said, sizeof(said), "%s %zu %.*s",
			reading->progress == HTTP_DONE ? "done" : "incomplete",
			reading->used, (int)reading->content_len, reading->content);
	return said;
}

static void expect_said(
	const struct body_row *row, const struct reading *reading, size_t cut)
{
	if (strcmp(say(reading), row->want))
		printf("cut at %zu of %zu: %s\n", cut, row->len, row->sentence);
	EXPECT_STR(say(reading), row->want);
}

/* The same by http_body_follow(), which tells content and framing not apart. */
static void expect_followed(const struct body_row *row)
{
	struct reading reading = {0};
	char said[64];

	http_body_init(&reading.body, &head_of);
	reading.progress =
		http_body_follow(&reading.body, guard_place(row->bytes, row->len),
			row->len, &reading.used, &reading.fault);
	snprintf(said, sizeof(said), "%s", say(&reading));
	if (strncmp(said, row->want, strlen(said)))
		printf("followed: %s\n", row->sentence);
	EXPECT(!strncmp(said, row->want, strlen(said)));
	EXPECT_EQ(http_body_is_done(&reading.body), *row->want == 'd');
}

static void expect_rows(const struct body_row *rows, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const struct body_row *row = &rows[i];
		struct reading drops = {0};

		http_body_init(&drops.body, &head_of);
		for (size_t cut = 0; cut <= row->len; cut++) {
			struct reading reading = {0};

			http_body_init(&reading.body, &head_of);
			read_more(&reading, row->bytes, cut);
			if (reading.progress == HTTP_INCOMPLETE)
				read_more(&reading, row->bytes + cut, row->len - cut);
			expect_said(row, &reading, cut);
			if (cut < row->len && drops.progress != HTTP_BROKEN &&
				!http_body_is_done(&drops.body))
				read_more(&drops, row->bytes + cut, 1);
		}
		if (row->len)
			expect_said(row, &drops, 1);
		expect_followed(row);
	}
}

static void test_lengths(void)
{
	static const struct body_row five[] = {
		BODY_ROW("nothing yet", "", "incomplete 0 "),
		BODY_ROW("some", "abc", "incomplete 3 abc"),
		BODY_ROW("all", "abcde", "done 5 abcde"),
		BODY_ROW("and the next", "abcdeGET", "done 5 abcde"),
	};
	static const struct body_row none[] = {BODY_ROW("none", "GET", "done 0 ")};
	static const struct body_row close[] = {
		BODY_ROW("no end", "abcde", "incomplete 5 abcde")};

	head_of = (struct http_head){.framing = HTTP_LENGTH, .body_len = 5};
	expect_rows(five, LEN(five));
	head_of = (struct http_head){.framing = HTTP_LENGTH};
	expect_rows(none, LEN(none));
	head_of = (struct http_head){.framing = HTTP_NO_BODY};
	expect_rows(none, LEN(none));
	head_of = (struct http_head){.framing = HTTP_UNTIL_CLOSE, .status = 200};
	expect_rows(close, LEN(close));
}

static void test_chunks(void)
{
	static const struct body_row rows[] = {
		BODY_ROW("one", "5\r\nabcde\r\n0\r\n\r\nGET", "done 15 abcde"),
		BODY_ROW("two", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "done 18 abc"),
		BODY_ROW("none", "0\r\n\r\n", "done 5 "),
		BODY_ROW("many zeros", "0000000\r\n\r\n", "done 11 "),
		BODY_ROW("either case",
			"a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
			"done 36 01234567890123456789a"),
		BODY_ROW("CRLF as content", "4\r\n\r\n\r\n\r\n0\r\n\r\n",
			"done 14 \r\n\r\n"),
		BODY_ROW("no end", "5\r\nab", "incomplete 5 ab"),
		BODY_ROW("the greatest", "fffffffffffffff\r\nab", "incomplete 19 ab"),
		BODY_ROW("too great", "1000000000000000\r\n", "400 chunk-size 15"),
		BODY_ROW("zeros enough to be odd", "0000000000000000\r\n",
			"400 chunk-size 15"),
		BODY_ROW("empty size", "\r\n", "400 chunk-size 0"),
		BODY_ROW("0x", "0x5\r\n", "400 chunk-size 1"),
		BODY_ROW("plus", "+5\r\n", "400 chunk-size 0"),
		BODY_ROW("minus", "-5\r\n", "400 chunk-size 0"),
		BODY_ROW("a space before", " 5\r\n", "400 chunk-size 0"),
		BODY_ROW("a space behind", "5 \r\n", "400 chunk-size 1"),
		BODY_ROW("a tab", "5\t;a\r\n", "400 chunk-size 1"),
		BODY_ROW("no digit", "g\r\n", "400 chunk-size 0"),
		BODY_ROW("an underscore", "1_0\r\n", "400 chunk-size 1"),
		BODY_ROW("a NUL", "5\0\r\n", "400 chunk-size 1"),
		BODY_ROW("bare LF", "5\nabcde", "400 bare-lf 1"),
		BODY_ROW("bare CR", "5\rabcde", "400 bare-cr 2"),
		BODY_ROW("longer than said", "5\r\nabcdef\r\n", "400 chunk-end 8"),
		BODY_ROW("LF behind", "5\r\nabcde\n0\r\n", "400 chunk-end 8"),
		BODY_ROW("CR behind", "5\r\nabcde\r0\r\n", "400 chunk-end 9"),
		BODY_ROW("no last chunk's end", "0\r\n", "incomplete 3 "),
		BODY_ROW("bare LF at the end", "0\r\n\n", "400 bare-lf 3"),
		BODY_ROW("bare CR at the end", "0\r\n\rG", "400 bare-cr 4"),
	};

	head_of = (struct http_head){.framing = HTTP_CHUNKED};
	expect_rows(rows, LEN(rows));
}

#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8

static void test_extensions(void)
{
	static const struct body_row rows[] = {
		BODY_ROW("a name", "1;a\r\nx\r\n0\r\n\r\n", "done 13 x"),
		BODY_ROW("and a value", "1;a=b;c\r\nx\r\n0;d=\"e\"\r\n\r\n", "done 23 x"),
		BODY_ROW("anything quoted", "1;a=\"\\\"\r;\"\r\n",
			"400 chunk-extension 7"),
		BODY_ROW("quotes within", "1;a=\"\\\";,\t\xff \"\r\nx\r\n0\r\n\r\n",
			"done 23 x"),
		BODY_ROW("behind a quote", "1;a=\"b\"c\r\n", "400 chunk-extension 7"),
		BODY_ROW("a quote that does not end", "1;a=\"b\r\n",
			"400 chunk-extension 6"),
		BODY_ROW("LF in a quote", "1;a=\"\n\"\r\n", "400 chunk-extension 5"),
		BODY_ROW("an escaped LF", "1;a=\"\\\n\"\r\n", "400 chunk-extension 6"),
		BODY_ROW("no name", "1;\r\n", "400 chunk-extension 2"),
		BODY_ROW("no name but a value", "1;=a\r\n", "400 chunk-extension 2"),
		BODY_ROW("no value", "1;a=\r\n", "400 chunk-extension 4"),
		BODY_ROW("two values", "1;a=b=c\r\n", "400 chunk-extension 5"),
		BODY_ROW("a space", "1; a\r\n", "400 chunk-extension 2"),
		BODY_ROW("a control byte", "1;a\1\r\n", "400 chunk-extension 3"),
		BODY_ROW("bare LF", "1;a\nx", "400 bare-lf 3"),
		BODY_ROW("bare CR", "1;a\rx", "400 bare-cr 4"),
		BODY_ROW("a line of 256",
			"1;" X64 X64 X64 X8 X8 X8 X8 X8 X8 X8 "1234\r\nx",
			"incomplete 257 x"),
		BODY_ROW("of 257", "1;" X64 X64 X64 X8 X8 X8 X8 X8 X8 X8 "12345\r\nx",
			"400 chunk-line-long 256"),
	};

	head_of = (struct http_head){.framing = HTTP_CHUNKED};
	expect_rows(rows, LEN(rows));
}

static void test_trailers(void)
{
	static const struct body_row rows[] = {
		BODY_ROW("a checksum", "0\r\nX-Sum: a b\r\n\r\n", "done 17 "),
		BODY_ROW("two", "0\r\nA:\r\nExpires-X: \t\xff\r\n\r\nG", "done 24 "),
		BODY_ROW("no colon", "0\r\nab\r\n\r\n", "502 name 5"),
		BODY_ROW("a space before the colon", "0\r\na : b\r\n",
			"502 space-before-colon 4"),
		BODY_ROW("a fold", "0\r\na: b\r\n c\r\n", "502 obs-fold 9"),
		BODY_ROW("no name", "0\r\n: b\r\n", "502 name 3"),
		BODY_ROW("a NUL", "0\r\na: \0\r\n", "502 control-byte 6"),
		BODY_ROW("bare LF", "0\r\na: b\n\r\n", "502 bare-lf 7"),
		BODY_ROW("bare CR", "0\r\na: b\rc\r\n", "502 bare-cr 8"),
		BODY_ROW("a length", "0\r\nContent-Length: 5\r\n\r\n", "502 trailer 17"),
		BODY_ROW("a coding", "0\r\nTransfer-Encoding: x\r\n\r\n",
			"502 trailer 20"),
		BODY_ROW("a host", "0\r\nHOST: a\r\n\r\n", "502 trailer 7"),
		BODY_ROW("behind another", "0\r\nA: b\r\nHost: a\r\n", "502 trailer 13"),
		BODY_ROW("who asks", "0\r\nX-Forwarded-Host: a\r\n", "502 trailer 19"),
		BODY_ROW("a cookie", "0\r\nset-cookie: a\r\n", "502 trailer 13"),
		BODY_ROW("what may pass", "0\r\nAuthorization: a\r\n", "502 trailer 16"),
		BODY_ROW("what it is", "0\r\nContent-Type: a\r\n", "502 trailer 15"),
		BODY_ROW("whether at all", "0\r\nIf-Match: a\r\n", "502 trailer 11"),
		BODY_ROW("a long name", "0\r\nx" X64 ": a\r\n\r\n", "done 75 "),
	};

	head_of = (struct http_head){.framing = HTTP_CHUNKED, .status = 200};
	expect_rows(rows, LEN(rows));
}

static void test_long_trailers(void)
{
	static const char field[] = "Trailing: 123\r\n"; /* 15 bytes */
	struct http_body body;
	struct http_fault fault;
	size_t used, fields = 0;

	head_of = (struct http_head){.framing = HTTP_CHUNKED};
	http_body_init(&body, &head_of);
	EXPECT_EQ(http_body_follow(&body, "0\r\n", 3, &used, &fault), HTTP_INCOMPLETE);
	while (fields < 1000 && http_body_follow(&body, field, sizeof(field) - 1, &used,
					&fault) == HTTP_INCOMPLETE)
		fields++;
	EXPECT_EQ(fields, HTTP_TRAILERS_MAX / (sizeof(field) - 1));
	EXPECT_EQ(used, HTTP_TRAILERS_MAX % (sizeof(field) - 1));
	EXPECT_STR(fault.reason, "trailers-long");
}

static void test_opaque(void)
{
	struct http_body body;
	struct http_fault fault;
	size_t used;

	http_body_init(&body,
		&(struct http_head){.framing = HTTP_LENGTH, .body_len = 1ULL << 40});
	EXPECT_EQ(http_body_opaque(&body), 1ULL << 40);
	http_body_skip(&body, (1ULL << 40) - 1);
	EXPECT(!http_body_is_done(&body));
	http_body_skip(&body, 1);
	EXPECT(http_body_is_done(&body) && !http_body_opaque(&body));

	http_body_init(&body, &(struct http_head){.framing = HTTP_CHUNKED});
	EXPECT_EQ(http_body_opaque(&body), 0);
	http_body_follow(&body, "100\r\nab", 7, &used, &fault);
	EXPECT_EQ(http_body_opaque(&body), 0x100 - 2);
	http_body_skip(&body, 0x100 - 2);
	EXPECT_EQ(http_body_opaque(&body), 0);
	EXPECT_EQ(http_body_follow(&body, "\r\n0\r\n\r\n", 7, &used, &fault), HTTP_DONE);
	EXPECT_EQ(used, 7);

	http_body_init(&body, &(struct http_head){.framing = HTTP_UNTIL_CLOSE});
	http_body_skip(&body, 1000);
	EXPECT_EQ(http_body_opaque(&body), UINT64_MAX);
	http_body_init(&body, &(struct http_head){.framing = HTTP_NO_BODY});
	EXPECT_EQ(http_body_opaque(&body), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{"a length is counted down", test_lengths},
		{"chunks have one form", test_chunks},
		{"extensions are names and values", test_extensions},
		{"trailers say nothing that had to be known before", test_trailers},
		{"trailers end", test_long_trailers},
		{"content may pass unseen", test_opaque},
	};

	return TESTS_RUN(tests);
}
