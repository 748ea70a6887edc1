/* SPDX-License-Identifier: BSD-2-Clause */
/* Source ranges: read, brought into order, compared with a client. */
#include "model/ranges.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"

#define V4_BITS_BEFORE 96 /* of an IPv4 address in 16 bytes */
#define ADDR_BITS 128

static bool bit_is_set(const struct sp_addr *addr, unsigned bit)
{
	return ((const uint8_t *)addr)[bit / 8] >> (7 - bit % 8) & 1;
}

/* Returns whether something was set. */
static bool mask(struct sp_addr *addr, unsigned bits)
{
	uint8_t *bytes = (uint8_t *)addr;
	bool was_set = false;

	for (unsigned bit = bits; bit < ADDR_BITS; bit++) {
		was_set |= bit_is_set(addr, bit);
		bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	}
	return was_set;
}

int range_parse(struct word text, struct place place, struct range *ret_range,
	struct diags *diags)
{
	const char *slash = memchr(text.text, '/', text.len);
	size_t addr_len = slash ? (size_t)(slash - text.text) : text.len;
	struct word bits_word = {
		text.text + addr_len + !!slash, text.len - addr_len - !!slash};
	char was[RANGE_TEXT_MAX];
	struct range range;
	unsigned before;
	uint64_t bits;

	if (!slash || addr_parse(text.text, addr_len, &range.addr) ||
		!word_to_number(bits_word, &bits))
		goto bad;
	before = sp_addr_is_v4(&range.addr) ? V4_BITS_BEFORE : 0;
	if (bits > ADDR_BITS - before)
		goto bad;
	range.bits = (uint8_t)(before + bits);
	if (mask(&range.addr, range.bits))
		diags_warning(diags, place, NULL, "range '%.*s' is taken as %s",
			(int)text.len, text.text, range_format(&range, was));
	*ret_range = range;
	return 0;
bad:
	diags_error(diags, place, "as in 203.0.113.0/24 or 2001:db8::/32",
		"'%.*s' is not a range of addresses", (int)text.len, text.text);
	return -EINVAL;
}

char *range_format(const struct range *range, char *buffer)
{
	unsigned before = sp_addr_is_v4(&range->addr) ? V4_BITS_BEFORE : 0;
	char addr[ADDR_TEXT_MAX];

	snprintf(buffer, RANGE_TEXT_MAX, "%s/%u", addr_format(&range->addr, addr),
		range->bits - before);
	return buffer;
}

int range_compare(const struct range *a, const struct range *b)
{
	int order = memcmp(&a->addr, &b->addr, sizeof(a->addr));

	return order ? order : (int)a->bits - (int)b->bits;
}

static int compare_ranges(const void *a, const void *b)
{
	return range_compare(a, b);
}

int ranges_take(struct service *service, const struct range *ranges, size_t len,
	struct arena *arena)
{
	bool is_v4 = sp_addr_is_v4(&service->vip.addr);
	struct range *taken = arena_alloc(arena, (len + 1) * sizeof(*taken));
	size_t taken_len = 0, unique = 0;

	if (!taken)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		if (sp_addr_is_v4(&ranges[i].addr) == is_v4)
			taken[taken_len++] = ranges[i];
	qsort(taken, taken_len, sizeof(*taken), compare_ranges);
	for (size_t i = 0; i < taken_len; i++)
		if (!unique || range_compare(&taken[unique - 1], &taken[i]))
			taken[unique++] = taken[i];
	service->filtered = true;
	service->ranges = taken;
	service->ranges_len = unique;
	return 0;
}

static bool range_has(const struct range *range, const struct sp_addr *client)
{
	const uint8_t *want = (const uint8_t *)&range->addr;
	const uint8_t *have = (const uint8_t *)client;
	size_t whole = range->bits / 8;
	unsigned rest = range->bits % 8;

	return !memcmp(want, have, whole) &&
	       (!rest || !((want[whole] ^ have[whole]) >> (8 - rest)));
}

bool ranges_hold(const struct range *ranges, size_t len, const struct sp_addr *addr)
{
	for (size_t i = 0; i < len; i++)
		if (range_has(&ranges[i], addr))
			return true;
	return false;
}

bool ranges_admit(const struct service *service, const struct sp_addr *client)
{
	return !service->filtered ||
	       ranges_hold(service->ranges, service->ranges_len, client);
}

int ranges_format(
	const struct service *service, struct arena *arena, const char **ret_text)
{
	char *text, *at;

	*ret_text = service->filtered ? "nobody" : NULL;
	if (!service->ranges_len)
		return 0;
	text = at = arena_alloc(arena, service->ranges_len * RANGE_TEXT_MAX);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < service->ranges_len; i++) {
		if (i)
			*at++ = ',';
		range_format(&service->ranges[i], at);
		at += strlen(at);
	}
	*ret_text = text;
	return 0;
}
