/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the access log: the gateway's fields, and nothing that a client can inject. */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

#include "base/utf8.h"
#include "http/record.h"
#include "model/text.h"

#define LINE_MAX_LEN 4096
#define TEXTS 6
#define FIELDS 18
#define NUMBERS 5 /* of the fields: JSON has no quotes around them */

static char line[65536];
static size_t line_len;

static struct sp_endpoint endpoint_of(const char *text)
{
	struct sp_endpoint endpoint = {0};

	EXPECT(!pod_parse(text, strlen(text), &endpoint));
	return endpoint;
}

static struct record teapot(void)
{
	return (struct record){
		.start_ns = 1795861522123456789,
		.duration_ns = 3999999,
		.method = text_of("GET"),
		.path = text_of("/status/418?a=b"),
		.authority = text_of("shop.example:8000"),
		.user_agent = text_of("curl/7.88.1"),
		.forwarded_for = text_of("192.0.2.7, 10.0.0.1"),
		.request_id = text_of("0e1ad0f5-1c1e-4f4b-8a0d-6f4f6b3a5a10"),
		.minor = 1,
		.status = 418,
		.bytes_received = 12,
		.bytes_sent = 135,
		.client = endpoint_of("10.1.1.7:51234"),
		.pod = endpoint_of("10.0.1.11:8080"),
		.service = "default/httpbin:8000",
		.retries = 1,
	};
}

static void format_sized(
	const struct record *record, enum record_format format, size_t size)
{
	struct composer composer = {.bytes = line, .size = size};

	memset(line, '#', sizeof(line));
	record_format(&composer, record, format);
	EXPECT(!composer.full);
	line_len = composer.len;
	EXPECT(line_len > 0 && line[line_len - 1] == '\n');
	EXPECT(line[size] == '#');
	line[line_len] = 0;
}

static void expect_line(
	const struct record *record, enum record_format format, const char *wanted)
{
	format_sized(record, format, LINE_MAX_LEN);
	EXPECT_STR(line, wanted);
}

static void test_fields(void)
{
	struct record record = teapot();

	expect_line(&record, RECORD_TEXT,
		"[2026-11-28T10:25:22.123Z] \"GET /status/418?a=b HTTP/1.1\" 418 - 12 "
		"135 3 \"10.0.1.11:8080\" \"curl/7.88.1\" \"192.0.2.7, 10.0.0.1\" "
		"\"0e1ad0f5-1c1e-4f4b-8a0d-6f4f6b3a5a10\" \"shop.example:8000\" "
		"\"10.1.1.7:51234\" \"default/httpbin:8000\" \"via_upstream\" 2\n");
	expect_line(&record, RECORD_JSON,
		"{\"start_time\":\"2026-11-28T10:25:22.123Z\",\"method\":\"GET\","
		"\"path\":\"/status/418?a=b\",\"protocol\":\"HTTP/1.1\","
		"\"response_code\":418,\"response_flags\":\"-\",\"bytes_received\":12,"
		"\"bytes_sent\":135,\"duration\":3,\"upstream_addr\":\"10.0.1.11:8080\","
		"\"user_agent\":\"curl/7.88.1\","
		"\"x_forwarded_for\":\"192.0.2.7, 10.0.0.1\","
		"\"request_id\":\"0e1ad0f5-1c1e-4f4b-8a0d-6f4f6b3a5a10\","
		"\"authority\":\"shop.example:8000\","
		"\"downstream_remote_address\":\"10.1.1.7:51234\","
		"\"upstream_cluster\":\"default/httpbin:8000\","
		"\"response_code_details\":\"via_upstream\","
		"\"upstream_request_attempt_count\":2}\n");
}

static void test_missing(void)
{
	struct record record = {
		.start_ns = 0,
		.status = 400,
		.flags = 1U << RECORD_DPE | 1U << RECORD_DC,
		.reason = "bare-lf",
		.client = endpoint_of("[2001:db8::7]:51234"),
		.service = "shop",
	};

	expect_line(&record, RECORD_TEXT,
		"[1970-01-01T00:00:00.000Z] \"- - -\" 400 DC,DPE 0 0 0 \"-\" \"-\" "
		"\"-\" \"-\" \"-\" \"[2001:db8::7]:51234\" \"shop\" \"bare-lf\" 0\n");
	expect_line(&record, RECORD_JSON,
		"{\"start_time\":\"1970-01-01T00:00:00.000Z\",\"method\":null,"
		"\"path\":null,\"protocol\":null,\"response_code\":400,"
		"\"response_flags\":\"DC,DPE\",\"bytes_received\":0,\"bytes_sent\":0,"
		"\"duration\":0,\"upstream_addr\":null,\"user_agent\":null,"
		"\"x_forwarded_for\":null,\"request_id\":null,\"authority\":null,"
		"\"downstream_remote_address\":\"[2001:db8::7]:51234\","
		"\"upstream_cluster\":\"shop\",\"response_code_details\":\"bare-lf\","
		"\"upstream_request_attempt_count\":0}\n");
}

static void test_dates(void)
{
	struct record record = teapot();

	for (uint64_t day = 0; day < 150000; day += 17) {
		time_t seconds = (time_t)(day * 86400 + day % 86400);
		char wanted[32];
		struct tm tm;

		record.start_ns =
			(uint64_t)seconds % (UINT64_MAX / 1000000000) * 1000000000;
		seconds = (time_t)(record.start_ns / 1000000000);
		gmtime_r(&seconds, &tm);
		strftime(wanted, sizeof(wanted), "[%Y-%m-%dT%H:%M:%S.000Z]", &tm);
		format_sized(&record, RECORD_TEXT, LINE_MAX_LEN);
		EXPECT(!strncmp(line, wanted, strlen(wanted)));
	}
}

/* The line's form is that of a harmless one: as many quotes that are no part of a text,
 * as many spaces between columns, one line, valid UTF-8. */
static void expect_form(enum record_format format)
{
	unsigned quotes = 0, spaces = 0;
	uint32_t rune;

	for (size_t i = 0, len; i + 1 < line_len; i += len) {
		len = utf8_next(line + i, line_len - i, &rune);
		EXPECT(len > 0 && !utf8_is_unprintable(rune));
		if (!len)
			return;
		if (rune == '\\')
			len++;
		quotes += rune == '"';
		spaces += rune == ' ' && (quotes <= 2 || quotes % 2 == 0);
	}
	EXPECT_EQ(
		quotes, format == RECORD_JSON ? (FIELDS + FIELDS - NUMBERS) * 2 : 9 * 2);
	if (format == RECORD_TEXT)
		EXPECT_EQ(spaces, 17);
}

static struct text *record_text(struct record *record, unsigned number)
{
	struct text *const texts[TEXTS] = {&record->method, &record->path,
		&record->authority, &record->user_agent, &record->forwarded_for,
		&record->request_id};

	return texts[number];
}

static void expect_harmless(struct text evil)
{
	for (unsigned i = 0; i < TEXTS; i++) {
		struct record record = teapot();

		*record_text(&record, i) = evil;
		for (enum record_format format = RECORD_TEXT; format <= RECORD_JSON;
			format++) {
			format_sized(&record, format, LINE_MAX_LEN);
			expect_form(format);
		}
	}
}

static void test_every_byte(void)
{
	for (int i = 0; i < 256; i++) {
		char evil[3] = {'a', (char)i, 'b'};

		expect_harmless((struct text){evil, 3});
		expect_harmless((struct text){evil + 1, 1});
	}
}

static void test_injections(void)
{
	static const char *const evil[] = {
		"\"",
		"\\",
		"\\\"",
		"x\" 200 - \"",
		"a\nb",
		"a\r\n[2026] \"GET / HTTP/1.1\"",
		"\",\"response_code\":200,\"x\":\"",
		"\033[2J",
		"\xc0\x80",
		"\xed\xa0\x80",
		"\xe2\x80\xae",
		"\xf0\x9f\x8d\xb5 tea",
		"\xff\xfe",
		"\xe2\x80",
		"/ HTTP/1.1",
		" ",
		"  ",
		"\t",
	};

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++)
		expect_harmless(text_of(evil[i]));
}

static void test_random_bytes(void)
{
	char evil[300];

	srand(1);
	for (int round = 0; round < 500; round++) {
		for (size_t i = 0; i < sizeof(evil); i++)
			evil[i] = (char)rand();
		expect_harmless((struct text){evil, 1 + (size_t)rand() % sizeof(evil)});
	}
}

/* Long texts of `fill` in every place, a line of any size. */
static void expect_cut(const char *fill)
{
	static char text[20000];
	size_t fill_len = strlen(fill);
	struct record record = teapot();

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = fill[i % fill_len];
	for (unsigned i = 0; i < TEXTS; i++)
		*record_text(&record, i) = (struct text){text, sizeof(text) - i};
	record.start_ns = record.duration_ns = UINT64_MAX;
	record.bytes_received = record.bytes_sent = UINT64_MAX;
	record.flags = UINT32_MAX;
	record.pod = endpoint_of("[2001:db8:1111:2222:3333:4444:5555:6666]:65535");
	record.client = record.pod;
	record.retries = UINT32_MAX;
	for (size_t size = RECORD_LEN_MIN; size <= 2 * LINE_MAX_LEN; size += 61) {
		for (enum record_format format = RECORD_TEXT; format <= RECORD_JSON;
			format++) {
			format_sized(&record, format, size);
			expect_form(format);
		}
	}
}

static void test_cut(void)
{
	expect_cut("/path");
	expect_cut("\"");
	expect_cut("\xf0\x9f\x8d\xb5");
	expect_cut("\xff");
	expect_cut(" ");
}

static void test_cut_mark(void)
{
	char path[4096];
	struct record record = teapot();

	memset(path, 'p', sizeof(path));
	record.path = (struct text){path, sizeof(path)};
	format_sized(&record, RECORD_TEXT, LINE_MAX_LEN);
	EXPECT(strstr(line, "pppp... HTTP/1.1\" 418 - 12"));
	EXPECT(strstr(line, "\"curl/7.88.1\""));
	EXPECT(line_len > LINE_MAX_LEN / 2);
}

static void test_behind(void)
{
	struct composer composer = {.bytes = line, .size = 3000};
	struct record record = teapot();

	compose_str(&composer, "before\n");
	record_format(&composer, &record, RECORD_TEXT);
	EXPECT(!strncmp(line, "before\n[2026-11-28T", 19));
}

int main(void)
{
	static const struct test tests[] = {
		{"a line has the gateway's fields in its order, text or JSON",
			test_fields},
		{"what is not there is - or null", test_missing},
		{"a time is the calendar's, until the clock ends", test_dates},
		{"no byte in any text changes a line's form", test_every_byte},
		{"texts made to look like columns or lines stay texts", test_injections},
		{"random bytes never change a line's form", test_random_bytes},
		{"a long line is cut in its texts, whatever its size", test_cut},
		{"a text that is cut says so, and others stay whole", test_cut_mark},
		{"a line is put behind what is there", test_behind},
	};

	return TESTS_RUN(tests);
}
