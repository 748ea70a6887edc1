/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts compared in any case of ASCII letters. */
#include "http/head.h"

static uint8_t lower(char byte)
{
	return (uint8_t)byte | (byte >= 'A' && byte <= 'Z' ? 0x20 : 0);
}

bool text_is_like(struct text a, struct text b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.bytes[i]) != lower(b.bytes[i]))
			return false;
	}
	return true;
}

bool text_is_word(struct text text, const char *word)
{
	return text_is_like(text, text_of(word));
}
