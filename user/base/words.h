/* SPDX-License-Identifier: BSD-2-Clause */
/* Words that a user may write: find one, or guess which was meant. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stretch of text that need not end with a NUL. */
struct word {
	const char *text;
	size_t len;
};

bool word_is(struct word word, const char *text);

/* A decimal number without sign or leading zeros. Returns false when it is none, or does
 * not fit. */
bool word_to_number(struct word word, uint64_t *ret_number);

/* The place of `word` in the NULL-terminated list; -1: not there. */
int words_find(const char *const *words, struct word word);

/* The word of the NULL-terminated list that is at most two typing slips away; NULL: none
 * is that near. */
const char *words_nearest(const char *const *words, struct word word);

/* One "NAME=VALUE" of a list; `value` is empty without "=". */
struct word_pair {
	struct word whole, name, value;
};

/* Take the first of "NAME=VALUE,NAME=VALUE..." off *list, which becomes NULL behind the
 * last. False: *list is NULL. */
bool words_next_pair(const char **list, struct word_pair *ret_pair);

/* "did you mean NAME?" for the listed word that is that near, else
 * "one of: A, B, C". Written to `buffer`, cut at `size`; returns it. */
char *words_suggest(
	const char *const *words, struct word word, char *buffer, size_t size);

#endif
