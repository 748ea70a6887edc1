/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings of any bytes, made safe for a terminal or for JSON. */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

enum escape {
	ESCAPE_TERMINAL, /* control and broken bytes as \xNN */
	ESCAPE_QUOTED,	 /* the same, and \" and \\, for a text inside quotes */
	ESCAPE_JSON,	 /* the inside of a JSON string; broken UTF-8 becomes U+FFFD */
};

/* The longest that one unit becomes. */
#define ESCAPE_UNIT_MAX 12

/* Take the next unit (a code point, or one broken byte) of text[0..len), len > 0.
 * Returns the bytes taken; *ret_len gets the bytes written to `unit`, without NUL. */
size_t escape_next(enum escape escape, const char *text, size_t len,
	char unit[ESCAPE_UNIT_MAX], size_t *ret_len);

/* How many leading bytes are the same in every form. */
size_t escape_plain_len(const char *text, size_t len);

#endif
