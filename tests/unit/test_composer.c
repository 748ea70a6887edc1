/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that grows into a buffer: pieces are whole, and the end is respected. */
#include "test.h"

#include "http/composer.h"

static struct composer composer;
static char bytes[64];

static void composer_begin(size_t size)
{
	memset(bytes, '#', sizeof(bytes));
	composer = (struct composer){.bytes = bytes, .size = size};
}

static void expect_composed(const char *text, bool full)
{
	EXPECT_EQ(composer.len, strlen(text));
	EXPECT(!memcmp(bytes, text, strlen(text)));
	EXPECT_EQ(composer.full, full);
	EXPECT(bytes[composer.len] == '#');
}

static void test_pieces(void)
{
	composer_begin(40);
	compose_text(&composer, (struct text){"GET /", 3});
	compose_text(&composer, (struct text){NULL, 0});
	compose_str(&composer, " ");
	compose_uint(&composer, 0);
	compose_str(&composer, " ");
	compose_uint(&composer, UINT64_MAX);
	expect_composed("GET 0 18446744073709551615", false);
}

static void test_full(void)
{
	composer_begin(5);
	compose_str(&composer, "abc");
	compose_uint(&composer, 100);
	expect_composed("abc", true);
	compose_str(&composer, "d");
	expect_composed("abc", true);
}

static void test_exact(void)
{
	composer_begin(5);
	compose_str(&composer, "abc");
	compose_uint(&composer, 10);
	expect_composed("abc10", false);
	compose_str(&composer, "");
	expect_composed("abc10", false);
	compose_str(&composer, "x");
	expect_composed("abc10", true);
}

int main(void)
{
	static const struct test tests[] = {
		{"texts and numbers follow one another", test_pieces},
		{"what does not fit is left out whole, and all that follows", test_full},
		{"a buffer can be filled to its last byte", test_exact},
	};

	return TESTS_RUN(tests);
}
