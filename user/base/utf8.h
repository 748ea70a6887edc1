/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8, strictly: shortest forms, no surrogates, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at `text` (1..4), or 0 when the `len` bytes there do not begin
 * with a whole one. len > 0. ret_rune is set on success. */
size_t utf8_next(const char *text, size_t len, uint32_t *ret_rune);

/* Would a terminal act on it, or hide it? Controls and the marks that turn the direction
 * of writing around. */
bool utf8_is_unprintable(uint32_t rune);

#endif
