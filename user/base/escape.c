/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings of any bytes, made safe for a terminal or for JSON. */
#include "base/escape.h"

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

size_t escape_plain_len(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' &&
		text[i] != '\\')
		i++;
	return i;
}
