/* SPDX-License-Identifier: BSD-2-Clause */
/* How errors and warnings look on a terminal. */
#include "base/diag.h"

#include <stdlib.h>

#include "test.h"

/* What is printed of one error on `text` at this place. */
static char *print(
	const char *text, unsigned line, unsigned column, unsigned len, const char *hint)
{
	static char printed[4096];
	struct source source = {"web.yaml", text, strlen(text)};
	struct diags diags = {0};
	FILE *file = fmemopen(printed, sizeof(printed), "w");

	diags_error(&diags, (struct place){&source, line, column, len}, hint, "no %s",
		"good");
	diags_print(file, &diags);
	fclose(file);
	diags_done(&diags);
	return printed;
}

static void underlines_the_word(void)
{
	EXPECT_STR(print("a\n  weight: 300\nb\n", 2, 11, 3, "say 3"),
		"web.yaml:2:11: error: no good\n    weight: 300\n            ^~~\n  "
		"hint: say 3\n");
	EXPECT_STR(print("weight: 300", 1, 1, 6, NULL),
		"web.yaml:1:1: error: no good\n  weight: 300\n  ^~~~~~\n");
	EXPECT_STR(print("a: b\r\nc\r\n", 1, 4, 1, NULL),
		"web.yaml:1:4: error: no good\n  a: b\n     ^\n");
}

static void underlines_no_further_than_the_line(void)
{
	EXPECT_STR(print("abc\nd", 1, 2, 99, NULL),
		"web.yaml:1:2: error: no good\n  abc\n   ^~\n");
	EXPECT_STR(print("abc\nd", 1, 4, 1, NULL),
		"web.yaml:1:4: error: no good\n  abc\n     ^\n");
	EXPECT_STR(print("", 1, 1, 1, NULL), "web.yaml:1:1: error: no good\n  \n  ^\n");
}

static void keeps_tabs_and_characters_aligned(void)
{
	EXPECT_STR(print("\ta\tb", 1, 4, 1, NULL),
		"web.yaml:1:4: error: no good\n  \ta\tb\n  \t \t^\n");
	EXPECT_STR(print("\xc3\xa9\xe2\x82\xac: b", 1, 8, 1, NULL),
		"web.yaml:1:8: error: no good\n  \xc3\xa9\xe2\x82\xac: b\n      ^\n");
	EXPECT_STR(print("\xc3\xa9\xe2\x82\xac: b", 1, 1, 5, NULL),
		"web.yaml:1:1: error: no good\n  \xc3\xa9\xe2\x82\xac: b\n  ^~\n");
}

static void shows_what_a_terminal_would_act_on(void)
{
	EXPECT_STR(print("\x1b[31m b", 1, 7, 1, NULL),
		"web.yaml:1:7: error: no good\n  ^[[31m b\n         ^\n");
	EXPECT_STR(print("a\xff"
			 "b",
			   1, 2, 1, NULL),
		"web.yaml:1:2: error: no good\n  a\\xffb\n   ^~~~\n");
	/* Right-to-left override: three bytes, none of them sent. */
	EXPECT_STR(print("\xe2\x80\xae"
			 "b",
			   1, 4, 1, NULL),
		"web.yaml:1:4: error: no good\n  \\xe2\\x80\\xaeb\n              ^\n");
}

static void cuts_long_lines_around_the_place(void)
{
	char text[1001];
	const char *printed;

	memset(text, 'x', 1000);
	text[1000] = 0;
	text[499] = '!';
	printed = print(text, 1, 500, 1, NULL);
	EXPECT(strlen(printed) < 300);
	EXPECT_EQ(strncmp(strchr(printed, '\n') + 1, "  ...x", 6), 0);
	EXPECT(strstr(printed, "x...\n"));
	/* The caret is below the mark. */
	printed = strchr(printed, '\n') + 1;
	EXPECT_EQ(strchr(printed, '!') - printed,
		strchr(printed, '^') - strchr(printed, '\n') - 1);
}

static void names_what_has_no_line_or_file(void)
{
	struct source source = {"web.yaml", "", 0};
	struct diags diags = {0};
	char printed[512] = "";
	FILE *file = fmemopen(printed, sizeof(printed), "w");

	diags_warning(&diags, (struct place){.source = &source}, NULL, "too large");
	diags_error(
		&diags, PLACE_NONE, "'bpftool net' shows whose it is", "cannot attach");
	diags_print(file, &diags);
	fclose(file);
	diags_done(&diags);
	EXPECT_STR(printed,
		"web.yaml: warning: too large\nsamepod: error: cannot attach\n"
		"  hint: 'bpftool net' shows whose it is\n");
}

static void prints_twenty_in_the_order_of_the_text(void)
{
	struct source source = {"t", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", 18};
	struct diags diags = {0};
	char *printed;
	size_t len;
	FILE *file = open_memstream(&printed, &len);
	const char *at;
	unsigned last = 0;

	for (unsigned i = 0; i < 25; i++)
		diags_error(&diags, (struct place){&source, 1 + (25 - i) % 9, 1, 1}, NULL,
			"e");
	EXPECT_EQ(diags.errors_len, 25);
	diags_print(file, &diags);
	fclose(file);
	for (at = printed; (at = strstr(at, "t:")); at++) {
		EXPECT((unsigned)atoi(at + 2) >= last);
		last = (unsigned)atoi(at + 2);
	}
	EXPECT(strstr(printed, "\nsamepod: 5 more errors are not shown\n"));
	free(printed);
	diags_done(&diags);
}

static void cuts_long_messages(void)
{
	struct diags diags = {0};
	char long_word[1000];

	/* The cut falls inside the character. */
	memset(long_word, 'x', sizeof(long_word));
	memcpy(long_word + 296, "\xc3\xa9", 2);
	diags_error(&diags, PLACE_NONE, NULL, "%.*s", 1000, long_word);
	EXPECT_EQ(strlen(diags.errors[0].message), 299);
	EXPECT_STR(diags.errors[0].message + 294, "xx...");
	diags_error(&diags, PLACE_NONE, NULL, "%.*s", 300, long_word);
	EXPECT_EQ(strlen(diags.errors[1].message), 300);
	diags_error(&diags, PLACE_NONE, NULL, "%.*s", 301, long_word);
	EXPECT_EQ(strlen(diags.errors[2].message), 299);
	diags_done(&diags);
}

static const struct test tests[] = {
	{"a message of a megabyte is cut, not inside a character", cuts_long_messages},
	{"the line, a caret run and the hint follow", underlines_the_word},
	{"the underlining ends with the line", underlines_no_further_than_the_line},
	{"tabs and characters of several bytes keep the caret in its place",
		keeps_tabs_and_characters_aligned},
	{"control and broken bytes are made visible", shows_what_a_terminal_would_act_on},
	{"long lines are cut around the place", cuts_long_lines_around_the_place},
	{"without a line or file the rest is named", names_what_has_no_line_or_file},
	{"twenty are printed in the order of the text, the rest is counted",
		prints_twenty_in_the_order_of_the_text},
};

int main(void)
{
	return TESTS_RUN(tests);
}
