/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers as keys. Source: seen on a running Envoy 1.40, whose table of headers joins the
 * values of some names, and whose router hashes what the gateway has made of others. */
#include <string.h>

#include "http/forwarded.h"
#include "http/names.h"
#include "model/text.h"

/* Names whose values are one text there, if they come several times. */
static const char *const joined[] = {"accept", "accept-encoding",
	"access-control-request-headers", "access-control-request-method",
	"access-control-request-private-network", "authorization", "cache-control",
	"content-encoding", "content-type", "grpc-accept-encoding", "grpc-timeout",
	"if-match", "if-modified-since", "if-none-match", "if-range",
	"if-unmodified-since", "origin", "pragma", "referer", "user-agent", "via",
	"x-client-trace-id", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto",
	"x-request-id"};

static bool is_joined(struct text name)
{
	for (size_t i = 0; i < sizeof(joined) / sizeof(joined[0]); i++) {
		if (text_is_word(name, joined[i]))
			return true;
	}
	return false;
}

/* The values that go on to the pod. */
static size_t values_find(
	const struct http_head *head, struct text name, struct text *ret_values)
{
	size_t len = 0;

	for (size_t i = 0; i < head->fields_len; i++) {
		const struct http_field *field = &head->fields[i];

		if (!field->hop && text_is_like(field->name, name))
			ret_values[len++] = field->value;
	}
	return len;
}

static bool hash_as_it_came(
	const struct http_head *head, struct text name, uint64_t *ret_hash)
{
	struct text values[HTTP_FIELDS_MAX];
	size_t len = values_find(head, name, values);

	if (!len)
		return false;
	*ret_hash = len > 1 && is_joined(name) ? key_hash_joined(values, len)
					       : key_hash_header(values, len);
	return true;
}

static uint64_t hash_forwarded_for(
	const struct http_head *head, const struct forwarded *forwarded)
{
	struct text values[HTTP_FIELDS_MAX + 1];
	char addr[ADDR_TEXT_MAX];
	size_t len = forwarded_for_values(head, forwarded, values, addr);

	return key_hash_joined(values, len);
}

bool forwarded_hash_header(const struct http_head *head, struct text name,
	const struct forwarded *forwarded, uint64_t *ret_hash)
{
	bool said = forwarded->trusted;

	switch (http_name_find(name)) {
	case HTTP_HOST:
		*ret_hash = key_hash_text(
			head->authority.len ? head->authority : forwarded->default_host);
		return true;
	case HTTP_X_FORWARDED_FOR:
		*ret_hash = hash_forwarded_for(head, forwarded);
		return true;
	case HTTP_X_FORWARDED_PROTO:
		if (!said || !hash_as_it_came(head, name, ret_hash))
			*ret_hash = key_hash_text(forwarded->https
							  ? (struct text){"https", 5}
							  : (struct text){"http", 4});
		return true;
	case HTTP_X_REQUEST_ID:
		/* Made anew for each request: any pod. */
		return said && hash_as_it_came(head, name, ret_hash);
	default:
		return hash_as_it_came(head, name, ret_hash);
	}
}
