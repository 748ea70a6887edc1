/* SPDX-License-Identifier: BSD-2-Clause */
/* Words that a user may write: find one, or guess which was meant. */
#include "base/words.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LEN_MAX 40
#define SLIPS_MAX 2

bool word_is(struct word word, const char *text)
{
	return word.len == strlen(text) && !memcmp(word.text, text, word.len);
}

bool word_to_number(struct word word, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!word.len || (word.len > 1 && word.text[0] == '0'))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		unsigned digit = (unsigned char)word.text[i] - '0';

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return true;
}

bool words_next_pair(const char **list, struct word_pair *ret_pair)
{
	const char *text = *list, *equals;
	size_t len, name_len;

	if (!text)
		return false;
	len = strcspn(text, ",");
	equals = memchr(text, '=', len);
	name_len = equals ? (size_t)(equals - text) : len;
	*ret_pair = (struct word_pair){
		.whole = {text, len},
		.name = {text, name_len},
		.value = {text + name_len + !!equals, len - name_len - !!equals},
	};
	*list = text[len] ? text + len + 1 : NULL;
	return true;
}

int words_find(const char *const *words, struct word word)
{
	for (int i = 0; words[i]; i++)
		if (word_is(word, words[i]))
			return i;
	return -1;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Letters to insert, remove or replace to make one of the other. */
static unsigned count_slips(struct word a, const char *b)
{
	unsigned row[LEN_MAX + 1], b_len = (unsigned)strlen(b);

	if (a.len > LEN_MAX || b_len > LEN_MAX)
		return LEN_MAX;
	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			unsigned above = row[j];
			bool same = !strncasecmp(&a.text[i - 1], &b[j - 1], 1);

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + !same);
			diagonal = above;
		}
	}
	return row[b_len];
}

const char *words_nearest(const char *const *words, struct word word)
{
	unsigned best_slips = SLIPS_MAX + 1;
	const char *best = NULL;

	for (size_t i = 0; words[i]; i++) {
		unsigned slips = count_slips(word, words[i]);

		if (slips < best_slips && slips < word.len) {
			best_slips = slips;
			best = words[i];
		}
	}
	return best;
}

char *words_suggest(const char *const *words, struct word word, char *buffer, size_t size)
{
	const char *nearest = words_nearest(words, word);
	size_t len;

	if (nearest) {
		snprintf(buffer, size, "did you mean '%s'?", nearest);
		return buffer;
	}
	len = (size_t)snprintf(buffer, size, "one of:");
	for (size_t i = 0; words[i] && len < size; i++)
		len += (size_t)snprintf(
			buffer + len, size - len, "%s%s", i ? ", " : " ", words[i]);
	return buffer;
}
