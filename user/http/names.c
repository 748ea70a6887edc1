/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of fields that mean something to samepod: found by length and first letter. */
#include "http/names.h"

#include "http/scan.h"

#define LOWER SCAN_EACH(0x20)

/* A place of its own for each name, or the compiler complains (-Woverride-init). */
#define SLOTS 32
#define SLOT(len, first) (((len)*9 + ((first) | 0x20)) % SLOTS)
#define NAME(first, name, known) \
	[SLOT(sizeof(name) - 1, first)] = {name, sizeof(name) - 1, known}

static const struct {
	char name[18];
	uint8_t len;
	uint8_t known;
} slots[SLOTS] = {
	NAME('c', "connection", HTTP_CONNECTION),
	NAME('c', "content-length", HTTP_CONTENT_LENGTH),
	NAME('c', "cookie", HTTP_COOKIE),
	NAME('e', "expect", HTTP_EXPECT),
	NAME('h', "host", HTTP_HOST),
	NAME('k', "keep-alive", HTTP_KEEP_ALIVE),
	NAME('p', "proxy-connection", HTTP_PROXY_CONNECTION),
	NAME('t', "te", HTTP_TE),
	NAME('t', "trailer", HTTP_TRAILER),
	NAME('t', "transfer-encoding", HTTP_TRANSFER_ENCODING),
	NAME('u', "upgrade", HTTP_UPGRADE),
	NAME('u', "user-agent", HTTP_USER_AGENT),
	NAME('x', "x-forwarded-for", HTTP_X_FORWARDED_FOR),
	NAME('x', "x-forwarded-proto", HTTP_X_FORWARDED_PROTO),
	NAME('x', "x-request-id", HTTP_X_REQUEST_ID),
};

/* Bytes of tokens that differ in bit 0x20 alone are the two cases of a letter, where one
 * of them is a letter, a digit or "-", as all bytes of `lower` are. */
static bool is_lower_like(const char *bytes, const char *lower, size_t len)
{
	size_t at = 0;

	if (len >= 8) {
		for (; at < len - 8; at += 8) {
			if ((scan_load(bytes + at) | LOWER) != scan_load(lower + at))
				return false;
		}
		at = len - 8;
		return (scan_load(bytes + at) | LOWER) == scan_load(lower + at);
	}
	for (; at < len; at++) {
		if ((bytes[at] | 0x20) != lower[at])
			return false;
	}
	return true;
}

enum http_name http_name_find(struct text name)
{
	size_t slot = SLOT(name.len, (uint8_t)name.bytes[0]);

	if (slots[slot].len != name.len ||
		!is_lower_like(name.bytes, slots[slot].name, name.len))
		return HTTP_OTHER;
	return (enum http_name)slots[slot].known;
}

static const char *const never_trailers[] = {"age", "authorization", "cache-control",
	"date", "expires", "forwarded", "location", "max-forwards", "pragma", "range",
	"retry-after", "set-cookie", "vary", "warning", "www-authenticate", "x-real-ip"};

static const char *const never_trailers_begin[] = {
	"access-control-", "content-", "if-", "proxy-", "x-forwarded-"};

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

bool http_name_is_trailer(struct text name)
{
	if (http_name_find(name) != HTTP_OTHER)
		return false;
	for (size_t i = 0; i < LEN(never_trailers); i++) {
		size_t len = strlen(never_trailers[i]);

		if (name.len == len && is_lower_like(name.bytes, never_trailers[i], len))
			return false;
	}
	for (size_t i = 0; i < LEN(never_trailers_begin); i++) {
		size_t len = strlen(never_trailers_begin[i]);

		if (name.len >= len &&
			is_lower_like(name.bytes, never_trailers_begin[i], len))
			return false;
	}
	return true;
}
