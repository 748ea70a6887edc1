/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings of any bytes, made safe for a terminal or for JSON. */
#include "out/escape.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The least code point that needs 2, 3 and 4 bytes: shorter ones are overlong. */
static const uint32_t utf8_least[] = {0, 0, 0x80, 0x800, 0x10000};

static size_t utf8_len(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* Bytes of the code point at `text`; 0 when it is broken. */
static size_t utf8_next(const char *text, size_t len, uint32_t *ret_point)
{
	size_t need = utf8_len((unsigned char)text[0]);
	uint32_t point;

	if (!need || need > len)
		return 0;
	point = need == 1 ? (unsigned char)text[0]
			  : (unsigned char)text[0] & (0x7f >> need);
	for (size_t i = 1; i < need; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (point < utf8_least[need] || point > 0x10ffff ||
		(point >= 0xd800 && point < 0xe000))
		return 0;
	*ret_point = point;
	return need;
}

/* Control characters, and the marks that turn the direction of writing around. */
static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	       (point >= 0x202a && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069);
}

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
	if (is_control(point))
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
		*ret_len = 6;
		memcpy(unit, "\\ufffd", 6);
		return 1;
	}
	if (escape == ESCAPE_JSON) {
		*ret_len = escape_json(point, text, taken, unit);
		return taken;
	}
	if (!taken || is_control(point)) {
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
