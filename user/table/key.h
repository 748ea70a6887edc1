/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of HTTP services: which text of a request is hashed, exactly as Envoy does.
 * Pure; texts are borrowed. The source-ip keys are in include/hash.h. */
#ifndef TABLE_KEY_H
#define TABLE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "addr.h"

/* A stretch of text; may hold any byte. */
struct text {
	const char *bytes;
	size_t len;
};

/* All of a string; NULL is the empty text. */
static inline struct text text_of(const char *string)
{
	return (struct text){.bytes = string, .len = string ? strlen(string) : 0};
}

static inline bool text_is(struct text text, struct text other)
{
	return text.len == other.len && !memcmp(text.bytes, other.bytes, other.len);
}

#define KEY_COOKIE_LEN 17 /* 16 hexadecimal digits and the final NUL */

/* XXH64, seed 0: the hash of a cookie's value or a query parameter's. */
uint64_t key_hash_text(struct text text);

/* The hash of `len` >= 1 texts, each seeded by the hash of those before. */
uint64_t key_hash_chain(const struct text *values, size_t len);

/* The hash of the texts joined by commas; empty ones are left out. */
uint64_t key_hash_joined(const struct text *values, size_t len);

/* The hash of a header that came with `len` >= 1 values: the chain of all of them, sorted
 * bytewise. Not split at commas; an empty value counts. values: sorted in place. */
uint64_t key_hash_header(struct text *values, size_t len);

/* The value without the spaces and tabs around it, as HTTP wants a header read. The
 * functions here expect values and cookie lines to be like that. */
struct text key_trim(struct text value);

/* The value of the first cookie called `name` in the Cookie headers `lines`, without
 * one pair of double quotes. False: there is none, or it is empty, which counts as none.
 */
bool key_find_cookie(
	const struct text *lines, size_t len, struct text name, struct text *ret_value);

/* The value of the first query parameter called `name` in a request's target; empty for
 * a name without "=". Nothing is decoded. False: there is none. */
bool key_find_query(struct text target, struct text name, struct text *ret_value);

/* The value of a cookie made for a client that has none: 16 hexadecimal digits that
 * follow from both ends of its connection. Returns `buffer`, of KEY_COOKIE_LEN. */
char *key_make_cookie(
	const struct sp_endpoint *remote, const struct sp_endpoint *local, char *buffer);

#endif
