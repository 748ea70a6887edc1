/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings of any bytes, made safe for a terminal or for JSON. */
#include "base/escape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static size_t escape_bytes(const char *text, size_t len, char *unit)
{
	for (size_t i = 0; i < len; i++)
		snprintf(unit + 4 * i, 5, "\\x%02x", (unsigned char)text[i]);
	return 4 * len;
}

static size_t escape_json(uint32_t point, const char *text, size_t len, char *unit)
{
	static const char from[] = "\"\\\n\r\t", to[] = "\"\\nrt";
	const char *found = point ? strchr(from, (int)point) : NULL;

	if (point < 0x80 && found) {
		unit[0] = '\\';
		unit[1] = to[found - from];
		return 2;
	}
	if (utf8_is_unprintable(point))
		return (size_t)snprintf(unit, ESCAPE_UNIT_MAX, "\\u%04x", point);
	memcpy(unit, text, len);
	return len;
}

size_t escape_next(enum escape escape, const char *text, size_t len,
	char unit[ESCAPE_UNIT_MAX], size_t *ret_len)
{
	char wide[4 * 4 + 1];
	uint32_t point = 0;
	size_t taken = utf8_next(text, len, &point);

	if (!taken && escape == ESCAPE_JSON) {
		*ret_len = (size_t)snprintf(unit, ESCAPE_UNIT_MAX, "\\ufffd");
		return 1;
	}
	if (escape == ESCAPE_JSON) {
		*ret_len = escape_json(point, text, taken, unit);
		return taken;
	}
	if (!taken || utf8_is_unprintable(point)) {
		*ret_len = escape_bytes(text, taken ? taken : 1, wide);
		memcpy(unit, wide, *ret_len);
		return taken ? taken : 1;
	}
	*ret_len = 0;
	if (escape == ESCAPE_QUOTED && (point == '"' || point == '\\'))
		unit[(*ret_len)++] = '\\';
	memcpy(unit + *ret_len, text, taken);
	*ret_len += taken;
	return taken;
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#define EACH(byte) (0x0101010101010101ULL * (byte))

/* Eight bytes at once: the top bit of a byte's lane tells that it is not plain. A borrow
 * from a lane that is not plain may mark its neighbour, too; between plain ones is none.
 */
static bool are_plain(const char *text)
{
	uint64_t bytes, odd;

	memcpy(&bytes, text, sizeof(bytes));
	odd = bytes | (bytes - EACH(0x20)) | (bytes + EACH(1)) |
	      ((bytes ^ EACH('"')) - EACH(1)) | ((bytes ^ EACH('\\')) - EACH(1));
	return !(odd & EACH(0x80));
}

size_t escape_plain_len(const char *text, size_t len)
{
	size_t i = 0;

	while (i + sizeof(uint64_t) <= len && are_plain(text + i))
		i += sizeof(uint64_t);
	while (i < len && is_plain(text[i]))
		i++;
	return i;
}
