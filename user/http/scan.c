/* SPDX-License-Identifier: BSD-2-Clause */
/* What the bytes of HTTP may be part of, and the small texts made of them. */
#include "http/scan.h"

#define PORT_MAX 65535

#define X(bits) (uint8_t)(bits)
#define DIGIT X(SCAN_TOKEN | SCAN_HOST | SCAN_HEX | SCAN_DIGIT)
#define HEX X(SCAN_TOKEN | SCAN_HOST | SCAN_HEX)
#define BOTH X(SCAN_TOKEN | SCAN_HOST)
#define TOKEN X(SCAN_TOKEN)
#define HOST X(SCAN_HOST)

const uint8_t scan_bytes[256] = {
	['0' ... '9'] = DIGIT,
	['a' ... 'f'] = HEX,
	['g' ... 'z'] = BOTH,
	['A' ... 'F'] = HEX,
	['G' ... 'Z'] = BOTH,
	['!'] = BOTH,
	['#'] = TOKEN,
	['$'] = BOTH,
	['%'] = TOKEN,
	['&'] = BOTH,
	['\''] = BOTH,
	['('] = HOST,
	[')'] = HOST,
	['*'] = BOTH,
	['+'] = BOTH,
	['-'] = BOTH,
	['.'] = BOTH,
	[';'] = HOST,
	['='] = HOST,
	['^'] = TOKEN,
	['_'] = BOTH,
	['`'] = TOKEN,
	['|'] = TOKEN,
	['~'] = BOTH,
};

bool scan_number(struct text text, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (!scan_is(text.bytes[i], SCAN_DIGIT) || number > INT64_MAX / 10)
			return false;
		number = number * 10 + (uint64_t)(text.bytes[i] - '0');
	}
	*ret_number = number;
	return text.len && number <= INT64_MAX;
}

bool scan_list(struct text *rest, struct text *ret_element)
{
	while (rest->len) {
		const char *comma = memchr(rest->bytes, ',', rest->len);
		size_t len = comma ? (size_t)(comma - rest->bytes) : rest->len;
		size_t used = len + !!comma;

		*ret_element = key_trim((struct text){rest->bytes, len});
		*rest = (struct text){rest->bytes + used, rest->len - used};
		if (ret_element->len)
			return true;
	}
	return false;
}

static bool is_port(const char *at, const char *end)
{
	struct text digits = {at + 1, (size_t)(end - at) - 1};
	uint64_t port;

	if (*at != ':')
		return false;
	return !digits.len || (scan_number(digits, &port) && port <= PORT_MAX);
}

/* Behind "[", the "]" that ends an IPv6 address; NULL: it is none. */
static const char *ipv6_end(const char *at, const char *end)
{
	const char *start = at;

	while (at < end && (scan_is(*at, SCAN_HEX) || *at == ':' || *at == '.'))
		at++;
	if (at == end || *at != ']' || !memchr(start, ':', (size_t)(at - start)))
		return NULL;
	return at;
}

bool scan_is_authority(struct text text)
{
	const char *at = text.bytes, *end = at + text.len, *start = at;

	if (text.len && *at == '[') {
		at = ipv6_end(at + 1, end);
		return at && (at + 1 == end || is_port(at + 1, end));
	}
	for (;;) {
		at = scan_kinds(at, end, SCAN_HOST);
		if (at == end || *at != '%')
			break;
		if (end - at < 3 || !scan_is(at[1], SCAN_HEX) ||
			!scan_is(at[2], SCAN_HEX))
			return false;
		at += 3;
	}
	return at > start && (at == end || is_port(at, end));
}
