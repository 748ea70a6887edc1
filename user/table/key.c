/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of HTTP services. */
#include "table/key.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* For its state on the stack: no request allocates for a hash. */
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

#include "model/text.h"

uint64_t key_hash_text(struct text text)
{
	return XXH64(text.bytes, text.len, 0);
}

static int compare_values(const void *a, const void *b)
{
	const struct text *text_a = a, *text_b = b;
	size_t len = text_a->len < text_b->len ? text_a->len : text_b->len;
	int order = len ? memcmp(text_a->bytes, text_b->bytes, len) : 0;

	return order ? order : (text_a->len > text_b->len) - (text_a->len < text_b->len);
}

uint64_t key_hash_chain(const struct text *values, size_t len)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < len; i++)
		hash = XXH64(values[i].bytes, values[i].len, hash);
	return hash;
}

uint64_t key_hash_joined(const struct text *values, size_t len)
{
	bool is_first = true;
	XXH64_state_t state;

	XXH64_reset(&state, 0);
	for (size_t i = 0; i < len; i++) {
		if (!values[i].len)
			continue;
		if (!is_first)
			XXH64_update(&state, ",", 1);
		XXH64_update(&state, values[i].bytes, values[i].len);
		is_first = false;
	}
	return XXH64_digest(&state);
}

uint64_t key_hash_header(struct text *values, size_t len)
{
	qsort(values, len, sizeof(*values), compare_values);
	return key_hash_chain(values, len);
}

static struct text text_from(struct text text, size_t at)
{
	return (struct text){.bytes = text.bytes + at, .len = text.len - at};
}

/* Cut `text` at the first `separator`. Returns what is before it, and leaves in *text
 * what is behind; without one, all of it, and leaves bytes NULL. */
static struct text text_split(struct text *text, char separator)
{
	struct text before = *text;
	const char *at = before.len ? memchr(before.bytes, separator, before.len) : NULL;

	if (!at) {
		*text = (struct text){0};
		return before;
	}
	before.len = (size_t)(at - before.bytes);
	*text = text_from(*text, before.len + 1);
	return before;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

struct text key_trim(struct text value)
{
	while (value.len && is_blank(value.bytes[0]))
		value = text_from(value, 1);
	while (value.len && is_blank(value.bytes[value.len - 1]))
		value.len--;
	return value;
}

static struct text cookie_unquote(struct text value)
{
	if (value.len >= 2 && value.bytes[0] == '"' && value.bytes[value.len - 1] == '"')
		return (struct text){.bytes = value.bytes + 1, .len = value.len - 2};
	return value;
}

bool key_find_cookie(
	const struct text *lines, size_t len, struct text name, struct text *ret_value)
{
	for (size_t i = 0; i < len; i++) {
		struct text rest = lines[i];

		while (rest.bytes) {
			struct text value = text_split(&rest, ';');
			struct text found = text_split(&value, '=');

			while (found.len && found.bytes[0] == ' ')
				found = text_from(found, 1);
			if (!value.bytes || !text_is(found, name))
				continue;
			*ret_value = cookie_unquote(value);
			return ret_value->len > 0;
		}
	}
	return false;
}

bool key_find_query(struct text target, struct text name, struct text *ret_value)
{
	struct text rest = target;

	text_split(&rest, '?');
	while (rest.bytes) {
		struct text value = text_split(&rest, '&');

		if (!text_is(text_split(&value, '='), name))
			continue;
		*ret_value = value.bytes ? value : (struct text){.bytes = "", .len = 0};
		return true;
	}
	return false;
}

char *key_make_cookie(
	const struct sp_endpoint *remote, const struct sp_endpoint *local, char *buffer)
{
	char text[2 * ENDPOINT_TEXT_MAX];

	pod_format(remote, text);
	pod_format(local, text + strlen(text));
	snprintf(buffer, KEY_COOKIE_LEN, "%016" PRIx64, XXH64(text, strlen(text), 0));
	return buffer;
}
