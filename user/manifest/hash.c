/* SPDX-License-Identifier: BSD-2-Clause */
/* The consistentHash of a DestinationRule: exactly one key, at most one algorithm. */
#include "manifest/hash.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "limits.h"
#include "model/policy.h"

/* A field that names what is hashed. */
static const struct key_field {
	const char *name;
	enum want want;
	enum sp_key key;
} key_fields[] = {
	{"httpHeaderName", WANT_STRING, SP_KEY_HEADER},
	{"httpCookie", WANT_MAPPING, SP_KEY_COOKIE},
	{"useSourceIp", WANT_BOOL, SP_KEY_SOURCE_IP},
	{"httpQueryParameterName", WANT_STRING, SP_KEY_QUERY},
};

size_t fields_check(const struct document *document, const struct node *mapping,
	const char *const *known, enum severity severity)
{
	char hint[200];
	size_t unknown_len = 0;

	for (const struct node *key = mapping ? mapping->children : NULL; key;
		key = key->next->next) {
		struct place place = node_place(document, key);
		struct word word = node_word(key);

		if (words_find(known, word) >= 0 || word_is(word, "<<"))
			continue;
		unknown_len++;
		words_suggest(known, word, hint, sizeof(hint));
		if (severity == DIAG_ERROR)
			diags_error(document->reader->diags, place, hint,
				"field '%.*s' is unknown here", (int)word.len, word.text);
		else
			diags_warning(document->reader->diags, place, hint,
				"field '%.*s' is unknown here", (int)word.len, word.text);
	}
	return unknown_len;
}

/* The size field of an algorithm; `absent` when it is not there. */
static uint32_t read_size(const struct document *document, const struct node *mapping,
	const char *key, enum sp_algorithm algorithm, uint32_t absent)
{
	const struct node *node = field_get(document, mapping, key, WANT_NUMBER);
	uint64_t size;

	if (!node)
		return absent;
	if (!word_to_number(node_word(node), &size))
		diags_error(document->reader->diags, node_place(document, node), NULL,
			"%s %.*s is not a whole number from 1 on", key, (int)node->len,
			node->text);
	else if (!policy_check_size(algorithm, size, node_place(document, node),
			 document->reader->diags))
		return (uint32_t)size;
	return absent;
}

static void read_algorithm(
	const struct document *document, const struct node *hash, struct policy *policy)
{
	static const char *const ring_fields[] = {"minimumRingSize", NULL};
	static const char *const maglev_fields[] = {"tableSize", NULL};
	const struct node *ring = field_get(document, hash, "ringHash", WANT_MAPPING);
	const struct node *maglev = field_get(document, hash, "maglev", WANT_MAPPING);
	struct diags *diags = document->reader->diags;

	fields_check(document, ring, ring_fields, DIAG_ERROR);
	fields_check(document, maglev, maglev_fields, DIAG_ERROR);
	if (ring && maglev)
		diags_error(diags, node_key_place(document, hash, "maglev"),
			"leave one of the two out", "both ringHash and maglev are named");
	if ((ring || maglev) && node_get(hash, "minimumRingSize"))
		diags_error(diags, node_key_place(document, hash, "minimumRingSize"),
			"write it inside ringHash",
			"the deprecated minimumRingSize does not go with an algorithm");
	if (maglev) {
		policy->algorithm = SP_ALGORITHM_MAGLEV;
		policy->size = read_size(document, maglev, "tableSize",
			SP_ALGORITHM_MAGLEV, SP_MAGLEV_SIZE_DEFAULT);
		return;
	}
	policy->algorithm = SP_ALGORITHM_RING_HASH;
	policy->size = read_size(document, ring ? ring : hash, "minimumRingSize",
		SP_ALGORITHM_RING_HASH, SP_RING_SIZE_MIN_DEFAULT);
}

static int copy_word(struct arena *arena, struct word word, const char **ret_text)
{
	*ret_text = arena_strndup(arena, word.text, word.len);
	return *ret_text ? 0 : -ENOMEM;
}

static int read_attribute(
	const struct document *document, const struct node *node, struct policy *policy)
{
	static const char *const fields[] = {"name", "value", NULL};
	struct reader *reader = document->reader;
	struct arena *arena = &reader->model->arena;
	struct cookie_attribute *list;
	struct word name, value = field_word(document, node, "value");

	fields_check(document, node, fields, DIAG_ERROR);
	if (!field_need_word(document, node, "name", &name) ||
		policy_check_cookie_text(name,
			node_place(document, node_get(node, "name")), reader->diags))
		return 0;
	if (memchr(name.text, '=', name.len))
		diags_error(reader->diags, node_place(document, node_get(node, "name")),
			NULL, "the name of an attribute holds no '='");
	if (value.len &&
		policy_check_cookie_text(value,
			node_place(document, node_get(node, "value")), reader->diags))
		return 0;
	list = arena_grow(arena, policy->cookie_attributes, policy->cookie_attributes_len,
		sizeof(*list));
	if (!list)
		return -ENOMEM;
	policy->cookie_attributes = list;
	list += policy->cookie_attributes_len++;
	*list = (struct cookie_attribute){0};
	if (copy_word(arena, name, &list->name))
		return -ENOMEM;
	return value.len ? copy_word(arena, value, &list->value) : 0;
}

static void read_ttl(
	const struct document *document, const struct node *cookie, struct policy *policy)
{
	const struct node *ttl = field_get(document, cookie, "ttl", WANT_STRING);

	if (ttl && policy_parse_ttl(node_word(ttl), false, &policy->cookie_ttl_s))
		diags_error(document->reader->diags, node_place(document, ttl),
			"as in 3600s, 90m or 12h; 0s makes a session cookie",
			"ttl '%.*s' is not a duration within 0..%llus", (int)ttl->len,
			ttl->text, (unsigned long long)POLICY_TTL_MAX_S);
}

static int read_cookie(
	const struct document *document, const struct node *cookie, struct policy *policy)
{
	static const char *const fields[] = {"name", "path", "ttl", "attributes", NULL};
	struct reader *reader = document->reader;
	const struct node *path = field_get(document, cookie, "path", WANT_STRING);
	struct word name;
	int err = 0;

	fields_check(document, cookie, fields, DIAG_ERROR);
	read_ttl(document, cookie, policy);
	if (path && path->len &&
		!policy_check_cookie_text(
			node_word(path), node_place(document, path), reader->diags))
		err = copy_word(
			&reader->model->arena, node_word(path), &policy->cookie_path);
	for (const struct node *each = field_first(document, cookie, "attributes");
		each && !err; each = field_next(document, each, "attributes"))
		err = read_attribute(document, each, policy);
	if (err || !field_need_word(document, cookie, "name", &name) ||
		policy_check_key_name(SP_KEY_COOKIE, name,
			node_place(document, node_get(cookie, "name")), reader->diags))
		return err;
	return copy_word(&reader->model->arena, name, &policy->key_name);
}

static int read_key(const struct document *document, const struct node *hash,
	const struct key_field *field, struct rule_policy *ret_policy)
{
	const struct node *value = field_get(document, hash, field->name, field->want);
	struct policy *policy = &ret_policy->policy;

	if (!value)
		return 0;
	policy->key = field->key;
	if (field->key == SP_KEY_COOKIE)
		return read_cookie(document, value, policy);
	if (field->key == SP_KEY_SOURCE_IP) {
		if (field_bool(document, hash, field->name, false))
			return 0;
		ret_policy->is_hash = false;
		diags_warning(document->reader->diags, node_place(document, value),
			"useSourceIp: true keeps a client on its pod",
			"useSourceIp: false means no affinity");
		return 0;
	}
	if (policy_check_key_name(field->key, node_word(value),
		    node_place(document, value), document->reader->diags))
		return 0;
	return copy_word(
		&document->reader->model->arena, node_word(value), &policy->key_name);
}

int hash_read(const struct document *document, const struct node *hash,
	struct rule_policy *ret_policy)
{
	static const char *const fields[] = {"httpHeaderName", "httpCookie",
		"useSourceIp", "httpQueryParameterName", "ringHash", "maglev",
		"minimumRingSize", NULL};
	const struct key_field *first = NULL;
	size_t unknown_len = fields_check(document, hash, fields, DIAG_ERROR);
	int err = 0;

	ret_policy->is_hash = true;
	ret_policy->policy = policy_default();
	read_algorithm(document, hash, &ret_policy->policy);
	for (size_t i = 0; i < sizeof(key_fields) / sizeof(key_fields[0]) && !err; i++) {
		const struct key_field *field = &key_fields[i];

		if (!node_get(hash, field->name))
			continue;
		ret_policy->place = node_key_place(document, hash, field->name);
		if (first)
			diags_error(document->reader->diags, ret_policy->place,
				"leave one of the two out", "two keys: %s and %s",
				first->name, field->name);
		first = field;
		err = read_key(document, hash, field, ret_policy);
	}
	if (!first && !unknown_len)
		diags_error(document->reader->diags, ret_policy->place,
			"one of: httpHeaderName, httpCookie, useSourceIp, "
			"httpQueryParameterName",
			"consistentHash names no key");
	return err;
}
