/* SPDX-License-Identifier: BSD-2-Clause */
/* Every byte at every place: the scanners stop where the grammar of RFC 9110 and RFC 3986
 * says, and read no byte too many. */
#include "guard.h"
#include "http/names.h"
#include "http/scan.h"
#include "test.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define STRETCH 20 /* two words and a rest */

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_of(const char *set, int byte)
{
	return byte && strchr(set, byte);
}

static bool is_token(int byte)
{
	return is_of(DIGITS LETTERS "!#$%&'*+-.^_`|~", byte);
}

/* field-vchar, space and tab */
static bool is_line(int byte)
{
	return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

static bool is_target(int byte)
{
	return byte > ' ' && byte < 0x7f && byte != '#';
}

/* unreserved and sub-delims, but for "," */
static bool is_host(int byte)
{
	return is_of(DIGITS LETTERS "-._~!$&'()*+;=", byte);
}

static const char *scan_host(const char *at, const char *end)
{
	return scan_kinds(at, end, SCAN_HOST);
}

static void expect_stops(const char *(*scan)(const char *at, const char *end),
	bool (*is_inside)(int byte), char filler, size_t len, size_t place)
{
	char bytes[STRETCH];

	memset(bytes, filler, sizeof(bytes));
	for (int byte = 0; byte < 256; byte++) {
		const char *at, *stop;

		bytes[place] = (char)byte;
		at = guard_place(bytes, len);
		stop = scan(at, at + len);
		if ((size_t)(stop - at) != (is_inside(byte) ? len : place)) {
			printf("byte %#x at %zu of %zu\n", byte, place, len);
			EXPECT_EQ(stop - at, is_inside(byte) ? len : place);
		}
	}
}

static void expect_kind(const char *(*scan)(const char *at, const char *end),
	bool (*is_inside)(int byte), char filler)
{
	for (size_t len = 1; len <= STRETCH; len++) {
		for (size_t place = 0; place < len; place++)
			expect_stops(scan, is_inside, filler, len, place);
	}
}

/* Fillers that are next to what ends a stretch, so that a carry would show. */
static void test_bytes(void)
{
	expect_kind(scan_token, is_token, 'z');
	expect_kind(scan_token, is_token, 'A');
	expect_kind(scan_token, is_token, '-');
	expect_kind(scan_token, is_token, '1');
	expect_kind(scan_line, is_line, ' ');
	expect_kind(scan_line, is_line, '~');
	expect_kind(scan_line, is_line, '\t');
	expect_kind(scan_line, is_line, (char)0xff);
	expect_kind(scan_target, is_target, '!');
	expect_kind(scan_target, is_target, '~');
	expect_kind(scan_target, is_target, '$');
	expect_kind(scan_host, is_host, 'a');
}

static void test_numbers(void)
{
	static const struct {
		const char *text;
		bool is_number;
		uint64_t number;
	} rows[] = {{"0", true, 0}, {"00", true, 0}, {"42", true, 42},
		{"9223372036854775807", true, INT64_MAX},
		{"009223372036854775807", true, INT64_MAX},
		{"9223372036854775808", false, 0}, {"92233720368547758070", false, 0},
		{"18446744073709551617", false, 0}, {"", false, 0}, {"-1", false, 0},
		{" 1", false, 0}, {"1 ", false, 0}, {"1/", false, 0}, {"1:", false, 0}};

	for (size_t i = 0; i < LEN(rows); i++) {
		size_t len = strlen(rows[i].text);
		struct text text = {guard_place(rows[i].text, len), len};
		uint64_t number = 0;

		EXPECT_EQ(scan_number(text, &number), rows[i].is_number);
		if (rows[i].is_number)
			EXPECT_EQ(number, rows[i].number);
	}
}

static void test_lists(void)
{
	static const char list[] = ",a , b\t,,\t c d,";
	static const char *const want[] = {"a", "b", "c d"};
	struct text rest = {guard_place(list, sizeof(list) - 1), sizeof(list) - 1};
	struct text element;
	size_t found = 0;

	while (scan_list(&rest, &element)) {
		EXPECT(found < LEN(want) && text_is_word(element, want[found]));
		found++;
	}
	EXPECT_EQ(found, LEN(want));
}

static const struct {
	const char *text;
	enum http_name name;
} names[] = {{"connection", HTTP_CONNECTION}, {"content-length", HTTP_CONTENT_LENGTH},
	{"cookie", HTTP_COOKIE}, {"expect", HTTP_EXPECT}, {"host", HTTP_HOST},
	{"keep-alive", HTTP_KEEP_ALIVE}, {"proxy-connection", HTTP_PROXY_CONNECTION},
	{"te", HTTP_TE}, {"trailer", HTTP_TRAILER},
	{"transfer-encoding", HTTP_TRANSFER_ENCODING}, {"upgrade", HTTP_UPGRADE},
	{"user-agent", HTTP_USER_AGENT}, {"x-forwarded-for", HTTP_X_FORWARDED_FOR},
	{"x-forwarded-proto", HTTP_X_FORWARDED_PROTO},
	{"x-request-id", HTTP_X_REQUEST_ID}};

static enum http_name find(const char *bytes, size_t len)
{
	return http_name_find((struct text){guard_place(bytes, len), len});
}

/* Each known name in either case, and with each byte of it changed to each token byte. */
static void test_names(void)
{
	for (size_t i = 0; i < LEN(names); i++) {
		size_t len = strlen(names[i].text);
		char bytes[32];

		memcpy(bytes, names[i].text, len + 1);
		EXPECT_EQ(find(bytes, len), names[i].name);
		EXPECT_EQ(find(bytes, len - 1), HTTP_OTHER);
		for (size_t place = 0; place < len; place++) {
			char was = bytes[place];

			for (int byte = 1; byte < 128; byte++) {
				bool is_same = byte == was ||
					       (was != '-' && byte == (was ^ 0x20));

				bytes[place] = (char)byte;
				if (is_token(byte) &&
					(find(bytes, len) == names[i].name) != is_same)
					printf("byte %#x at %zu of %s\n", byte, place,
						names[i].text);
				EXPECT(!is_token(byte) ||
					(find(bytes, len) == names[i].name) == is_same);
			}
			bytes[place] = was;
		}
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"each byte ends what it may not be part of", test_bytes},
		{"numbers are digits, below 2^63", test_numbers},
		{"lists have elements between commas", test_lists},
		{"known names are found in any case, and no others", test_names},
	};

	return TESTS_RUN(tests);
}
