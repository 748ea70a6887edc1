/* SPDX-License-Identifier: BSD-2-Clause */
/* X-Forwarded-For, read and written. */
#include "http/forwarded.h"

#include <string.h>

#include "model/ranges.h"
#include "model/text.h"

#define ENTRIES_MAX 20 /* as Envoy's: those who read more are made to work */

size_t forwarded_for_values(const struct http_head *head,
	const struct forwarded *forwarded, struct text *ret_values, char *buffer)
{
	size_t len = 0;

	for (size_t i = 0; i < head->fields_len && forwarded->append; i++) {
		const struct http_field *field = &head->fields[i];

		if (field->known == HTTP_X_FORWARDED_FOR && field->value.len)
			ret_values[len++] = field->value;
	}
	addr_format(&forwarded->peer->addr, buffer);
	ret_values[len++] = (struct text){buffer, strlen(buffer)};
	return len;
}

/* The entries of all X-Forwarded-For, from the last to the first. */
struct entries {
	const struct http_head *head;
	size_t fields; /* before this one, others are left */
	struct text rest;
	bool has_rest;
};

static bool entry_before(struct entries *entries, struct text *ret_entry)
{
	const char *comma;
	size_t start;

	while (!entries->has_rest && entries->fields) {
		const struct http_field *field =
			&entries->head->fields[--entries->fields];

		entries->has_rest = field->known == HTTP_X_FORWARDED_FOR;
		entries->rest = field->value;
	}
	if (!entries->has_rest)
		return false;
	comma = memrchr(entries->rest.bytes, ',', entries->rest.len);
	start = comma ? (size_t)(comma + 1 - entries->rest.bytes) : 0;
	*ret_entry = key_trim(
		(struct text){entries->rest.bytes + start, entries->rest.len - start});
	entries->has_rest = comma;
	entries->rest.len = start ? start - 1 : 0;
	return true;
}

static bool is_too_long(const struct http_head *head)
{
	struct entries entries = {.head = head, .fields = head->fields_len};
	struct text entry;
	size_t len = 0;

	while (len <= ENTRIES_MAX && entry_before(&entries, &entry))
		len++;
	return len > ENTRIES_MAX;
}

struct sp_addr forwarded_client(const struct http_head *head,
	const struct sp_endpoint *peer, const struct range *trusted, size_t trusted_len)
{
	struct entries entries = {.head = head, .fields = head->fields_len};
	struct sp_addr client = peer->addr;
	struct text entry;

	if (!ranges_hold(trusted, trusted_len, &client) || is_too_long(head))
		return peer->addr;
	while (ranges_hold(trusted, trusted_len, &client) &&
		entry_before(&entries, &entry)) {
		if (addr_parse(entry.bytes, entry.len, &client))
			return peer->addr;
	}
	return client;
}
