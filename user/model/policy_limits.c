/* SPDX-License-Identifier: BSD-2-Clause */
/* What every way to write a policy must keep: sizes, names, durations. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "model/policy.h"
#include "model/text.h"

static bool is_prime(uint64_t number)
{
	if (number < 4)
		return number >= 2;
	if (!(number % 2))
		return false;
	for (uint64_t factor = 3; factor * factor <= number; factor += 2)
		if (!(number % factor))
			return false;
	return true;
}

static int check_ring_size(uint64_t size, struct place place, struct diags *diags)
{
	if (size >= 1 && size <= SP_RING_SIZE_MAX)
		return 0;
	diags_error(diags, place, "1024 is the default; more entries share more evenly",
		"ring size %llu is outside 1..%u", (unsigned long long)size,
		SP_RING_SIZE_MAX);
	return -EINVAL;
}

int policy_check_size(enum sp_algorithm algorithm, uint64_t size, struct place place,
	struct diags *diags)
{
	uint64_t next = size;
	char hint[64];

	if (algorithm == SP_ALGORITHM_RING_HASH)
		return check_ring_size(size, place, diags);
	if (size < 2 || size > SP_MAGLEV_SIZE_MAX) {
		diags_error(diags, place, "65537 is the default",
			"table size %llu is outside 2..%u", (unsigned long long)size,
			SP_MAGLEV_SIZE_MAX);
		return -EINVAL;
	}
	while (!is_prime(next))
		next++;
	if (next == size)
		return 0;
	if (next > SP_MAGLEV_SIZE_MAX)
		next = 4999999;
	snprintf(hint, sizeof(hint), "maglev needs a prime; %llu is one",
		(unsigned long long)next);
	diags_error(diags, place, hint, "table size %llu is not a prime number",
		(unsigned long long)size);
	return -EINVAL;
}

static bool is_token(struct word word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!isalnum((unsigned char)word.text[i]) &&
			(!word.text[i] || !strchr("!#$%&'*+-.^_`|~", word.text[i])))
			return false;
	return word.len > 0;
}

static bool is_query_name(struct word word)
{
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = word.text[i];

		if (c <= 0x20 || c >= 0x7f || strchr("&=#", c))
			return false;
	}
	return word.len > 0;
}

int policy_check_key_name(
	enum sp_key key, struct word name, struct place place, struct diags *diags)
{
	if (!name.len) {
		diags_error(
			diags, place, NULL, "the name of the %s is empty", key_name(key));
		return -EINVAL;
	}
	if (key == SP_KEY_QUERY ? is_query_name(name) : is_token(name))
		return 0;
	diags_error(diags, place,
		key == SP_KEY_QUERY
			? "no request can carry it: blanks and & = # separate or are "
			  "encoded"
			: "letters, digits and !#$%&'*+-.^_`|~ make up such a name",
		"'%.*s' cannot be the name of a %s", (int)name.len, name.text,
		key == SP_KEY_QUERY ? "query parameter" : key_name(key));
	return -EINVAL;
}

int policy_check_cookie_text(struct word text, struct place place, struct diags *diags)
{
	size_t i = 0;

	while (i < text.len && text.text[i] > 0x20 && text.text[i] < 0x7f &&
		text.text[i] != ';')
		i++;
	if (i == text.len)
		return 0;
	diags_error(diags, place,
		"printable ASCII characters but blank and ';' are legal",
		"'%.*s' cannot stand in a set-cookie header", (int)text.len, text.text);
	return -EINVAL;
}

#define NS_PER_S 1000000000ULL

/* The unit at the start of `text` in nanoseconds; 0: none. */
static uint64_t parse_unit(struct word text, size_t *ret_len)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"ns", 1}, {"us", 1000}, {"\xc2\xb5s", 1000}, {"ms", 1000000},
		{"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		*ret_len = strlen(units[i].name);
		if (*ret_len <= text.len && !memcmp(text.text, units[i].name, *ret_len))
			return units[i].ns;
	}
	return 0;
}

/* One "12.5h" at the start of `text`. Returns its length; 0: it is none, or too long. */
static size_t parse_part(struct word text, uint64_t *ret_ns)
{
	uint64_t whole = 0, unit, fraction = 0, scale = 1;
	size_t at = 0, unit_len;

	for (; at < text.len && isdigit((unsigned char)text.text[at]); at++) {
		whole = whole * 10 + (uint64_t)(text.text[at] - '0');
		if (whole > POLICY_TTL_MAX_S * NS_PER_S / 100)
			return 0;
	}
	if (!at)
		return 0;
	if (at < text.len && text.text[at] == '.') {
		for (at++; at < text.len && isdigit((unsigned char)text.text[at]); at++) {
			if (scale >= NS_PER_S)
				continue;
			fraction = fraction * 10 + (uint64_t)(text.text[at] - '0');
			scale *= 10;
		}
	}
	unit = parse_unit((struct word){text.text + at, text.len - at}, &unit_len);
	if (!unit || whole > POLICY_TTL_MAX_S * NS_PER_S / unit)
		return 0;
	/* A fraction of a second in ns times an hour in seconds fits; in ns it would not.
	 */
	*ret_ns = whole * unit;
	if (unit >= NS_PER_S)
		*ret_ns += fraction * (unit / NS_PER_S) * (NS_PER_S / scale);
	else
		*ret_ns += fraction * unit / scale;
	return at + unit_len;
}

int policy_parse_ttl(struct word text, bool bare_seconds, int64_t *ret_ttl_s)
{
	uint64_t total_ns = 0, number;

	if (bare_seconds && word_to_number(text, &number)) {
		if (number > POLICY_TTL_MAX_S)
			return -EINVAL;
		*ret_ttl_s = (int64_t)number;
		return 0;
	}
	if (!text.len)
		return -EINVAL;
	while (text.len) {
		uint64_t ns;
		size_t len = parse_part(text, &ns);

		if (!len || (total_ns += ns) > POLICY_TTL_MAX_S * NS_PER_S)
			return -EINVAL;
		text.text += len;
		text.len -= len;
	}
	*ret_ttl_s = (int64_t)(total_ns / NS_PER_S);
	return 0;
}
