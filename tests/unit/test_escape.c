/* SPDX-License-Identifier: BSD-2-Clause */
/* Where plain text ends: eight bytes at a time must see what one at a time does. */
#include "test.h"

#include <stdlib.h>

#include "base/escape.h"

#define TEXT_LEN 24

static size_t plain_len_slowly(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && text[i] >= 0x20 && text[i] < 0x7f && !strchr("\"\\", text[i]))
		i++;
	return i;
}

static void test_every_byte(void)
{
	char text[TEXT_LEN];

	for (int byte = 0; byte < 256; byte++) {
		for (size_t at = 0; at < TEXT_LEN; at++) {
			memset(text, 'a', sizeof(text));
			text[at] = (char)byte;
			EXPECT_EQ(escape_plain_len(text, TEXT_LEN),
				plain_len_slowly(text, TEXT_LEN));
		}
	}
}

static void test_neighbours(void)
{
	static const unsigned char edges[] = {0x00, 0x01, 0x1f, 0x20, 0x21, 0x22, 0x23,
		0x5b, 0x5c, 0x5d, 0x7e, 0x7f, 0x80, 0xff};
	char text[TEXT_LEN];

	srand(1);
	for (int round = 0; round < 100000; round++) {
		size_t len = (size_t)rand() % (TEXT_LEN + 1);

		for (size_t i = 0; i < TEXT_LEN; i++)
			text[i] = rand() % 3 ? ' ' : (char)edges[rand() % 14];
		EXPECT_EQ(escape_plain_len(text, len), plain_len_slowly(text, len));
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"a byte that is not plain ends plain text, wherever it stands",
			test_every_byte},
		{"bytes at the edges are told apart beside one another", test_neighbours},
	};

	return TESTS_RUN(tests);
}
