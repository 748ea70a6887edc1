/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields by name. */
#include <string.h>

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
	return text_is_like(text, (struct text){word, strlen(word)});
}

size_t http_find_values(const struct http_head *head, struct text name,
	struct text *ret_values, size_t size)
{
	size_t found = 0;

	for (size_t i = 0; i < head->fields_len; i++) {
		if (!text_is_like(head->fields[i].name, name))
			continue;
		if (found < size)
			ret_values[found] = head->fields[i].value;
		found++;
	}
	return found;
}
