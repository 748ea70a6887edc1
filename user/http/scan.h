/* SPDX-License-Identifier: BSD-2-Clause */
/* The inner loops of the parsers: how far bytes of one kind reach, eight at a time. Pure.
 */
#ifndef HTTP_SCAN_H
#define HTTP_SCAN_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "table/key.h"

/* What a byte may be part of (RFC 9110, 5.6.2; RFC 3986, 3.2.2): bits of scan_bytes[]. */
enum {
	SCAN_TOKEN = 1, /* tchar */
	SCAN_HOST = 2,	/* reg-name, but for "," (two hosts that were joined) and "%" */
	SCAN_HEX = 4,
	SCAN_DIGIT = 8,
};

extern const uint8_t scan_bytes[256];

static inline bool scan_is(char byte, unsigned kinds)
{
	return scan_bytes[(uint8_t)byte] & kinds;
}

static inline bool scan_is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Eight bytes, the first one lowest. Marks are the top bits of bytes; the functions here
 * take words without top bits, so that nothing is carried from one byte to the next. */
#define SCAN_EACH(byte) (0x0101010101010101ULL * (byte))
#define SCAN_TOPS SCAN_EACH(0x80)

static inline uint64_t scan_load(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return le64toh(word);
}

/* Bytes >= limit, which is 1 to 0x80; other bits than the marks may be anything. */
static inline uint64_t scan_from(uint64_t word, uint8_t limit)
{
	return word + SCAN_EACH(0x80 - limit);
}

/* Bytes that are not `byte`, which is below 0x80; likewise. */
static inline uint64_t scan_unlike(uint64_t word, uint8_t byte)
{
	return scan_from(word ^ SCAN_EACH(byte), 1);
}

static inline const char *scan_to_mark(const char *at, uint64_t marks)
{
	return at + __builtin_ctzll(marks) / 8;
}

static inline bool scan_is_control(char byte)
{
	return (uint8_t)byte < ' ' || byte == 0x7f;
}

/* The first control byte (tab too), or `end`. */
static inline const char *scan_control(const char *at, const char *end)
{
	for (; end - at >= 8; at += 8) {
		uint64_t word = scan_load(at), low = word & ~SCAN_TOPS;
		uint64_t texts = (scan_from(low, ' ') & ~scan_from(low, 0x7f)) | word;

		if (~texts & SCAN_TOPS)
			return scan_to_mark(at, ~texts & SCAN_TOPS);
	}
	while (at < end && !scan_is_control(*at))
		at++;
	return at;
}

/* The first byte that no line may hold, which CR and LF at its end are; or `end`. */
static inline const char *scan_line(const char *at, const char *end)
{
	for (;; at++) {
		at = scan_control(at, end);
		if (at == end || *at != '\t')
			return at;
	}
}

/* The first byte that is none of `kinds`, or `end`. */
static inline const char *scan_kinds(const char *at, const char *end, unsigned kinds)
{
	while (at < end && scan_is(*at, kinds))
		at++;
	return at;
}

/* The first byte that is none of a token's, or `end`. Letters and "-" are most of them.
 */
static inline const char *scan_token(const char *at, const char *end)
{
	for (; end - at >= 8; at += 8) {
		uint64_t word = scan_load(at), low = word & ~SCAN_TOPS;
		uint64_t lower = low | SCAN_EACH(0x20);
		uint64_t letters = scan_from(lower, 'a') & ~scan_from(lower, 'z' + 1);
		uint64_t others = (~letters & scan_unlike(low, '-')) | word;

		if (others & SCAN_TOPS) {
			at = scan_to_mark(at, others & SCAN_TOPS);
			break;
		}
	}
	return scan_kinds(at, end, SCAN_TOKEN);
}

/* The first byte of a request's target that may not be in one, or `end`. */
static inline const char *scan_target(const char *at, const char *end)
{
	for (; end - at >= 8; at += 8) {
		uint64_t word = scan_load(at), low = word & ~SCAN_TOPS;
		uint64_t visible = scan_from(low, '!') & ~scan_from(low, 0x7f);
		uint64_t others = ~(visible & scan_unlike(low, '#')) | word;

		if (others & SCAN_TOPS)
			return scan_to_mark(at, others & SCAN_TOPS);
	}
	while (at < end && (uint8_t)(*at - '!') <= '~' - '!' && *at != '#')
		at++;
	return at;
}

/* A number in decimal, digits alone, below 2^63. */
bool scan_number(struct text text, uint64_t *ret_number);

/* A token, as the names of methods and fields are: not empty. */
static inline bool scan_is_token(struct text text)
{
	const char *end = text.bytes + text.len;

	return text.len && scan_token(text.bytes, end) == end;
}

/* The next element of a list at commas, without the blanks around it; empty ones are left
 * out. False: there is none. *rest is what follows. */
bool scan_list(struct text *rest, struct text *ret_element);

/* host[:port], as Host has it: a name, an IPv4 address, or an IPv6 address in brackets;
 * the port may be empty, and is at most 65535. */
bool scan_is_authority(struct text text);

#endif
