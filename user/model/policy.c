/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy from words "option=value" and back. */
#include "model/policy.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "model/text.h"

const char *const policy_option_names[] = {
	[POLICY_KEY] = "key",
	[POLICY_COOKIE_TTL] = "cookie-ttl",
	[POLICY_COOKIE_PATH] = "cookie-path",
	[POLICY_COOKIE_ATTRIBUTE] = "cookie-attribute",
	[POLICY_SESSION_TIMEOUT] = "session-timeout",
	[POLICY_ALGORITHM] = "algorithm",
	[POLICY_RING_SIZE] = "ring-size",
	[POLICY_TABLE_SIZE] = "table-size",
	[POLICY_FORWARD] = "forward",
	[POLICY_OPTIONS] = NULL,
};

struct policy policy_default(void)
{
	return (struct policy){.cookie_ttl_s = -1};
}

void policy_imply_l7(struct policy *policy)
{
	if (policy->key > SP_KEY_SOURCE_IP)
		policy->forward = SP_FORWARD_L7;
}

/* A part of a value from `at` on, and its place. */
static struct word word_from(struct word word, size_t at)
{
	return (struct word){word.text + at, word.len - at};
}

static struct place place_from(struct place place, size_t at)
{
	place.column += (unsigned)at;
	place.len = place.len > at ? place.len - (unsigned)at : 1;
	return place;
}

static int bad_word(struct word word, struct place place, const char *what,
	const char *const *words, struct diags *diags)
{
	char hint[160];

	diags_error(diags, place, words_suggest(words, word, hint, sizeof(hint)),
		"%s '%.*s' is unknown", what, (int)word.len, word.text);
	return -EINVAL;
}

static int take_key(struct policy *policy, struct word value, struct place place,
	struct arena *arena, struct diags *diags)
{
	static const char *const shown[] = {"source-ip", "source-ip-port", "cookie:NAME",
		"header:NAME", "query:NAME", NULL};
	const char *colon = memchr(value.text, ':', value.len);
	size_t kind_len = colon ? (size_t)(colon - value.text) : value.len;
	struct word kind = {value.text, kind_len};
	enum sp_key key = SP_KEY_SOURCE_IP_PORT;
	struct word name;

	while (key <= SP_KEY_QUERY && !word_is(kind, key_name(key)))
		key++;
	if (key > SP_KEY_QUERY || (colon && key <= SP_KEY_SOURCE_IP))
		return bad_word(value, place, "key", shown, diags);
	policy->key = key;
	if (key <= SP_KEY_SOURCE_IP)
		return 0;
	if (!colon) {
		diags_error(diags, place, "as in key=cookie:sid",
			"key %s needs a name behind a colon", key_name(key));
		return -EINVAL;
	}
	name = word_from(value, kind_len + 1);
	if (policy_check_key_name(key, name, place_from(place, kind_len + 1), diags))
		return -EINVAL;
	policy->key_name = arena_strndup(arena, name.text, name.len);
	return policy->key_name ? 0 : -ENOMEM;
}

static int take_algorithm(
	struct policy *policy, struct word value, struct place place, struct diags *diags)
{
	static const char *const words[] = {"maglev", "ring-hash", NULL};
	int found = words_find(words, value);

	if (found < 0)
		return bad_word(value, place, "algorithm", words, diags);
	policy->algorithm = found ? SP_ALGORITHM_RING_HASH : SP_ALGORITHM_MAGLEV;
	return 0;
}

int policy_parse_forward(struct word text, struct place place,
	enum sp_forward *ret_forward, struct diags *diags)
{
	static const char *const words[] = {"nat", "l2", "ipip", "gue", "l7", NULL};
	int found = words_find(words, text);

	if (found < 0)
		return bad_word(text, place, "forward", words, diags);
	*ret_forward = (enum sp_forward)found;
	return 0;
}

static int take_size(struct policy *policy, enum sp_algorithm algorithm,
	struct word value, struct place place, struct diags *diags)
{
	uint64_t size;

	if (!word_to_number(value, &size)) {
		diags_error(diags, place, NULL, "size '%.*s' is not a number from 1 on",
			(int)value.len, value.text);
		return -EINVAL;
	}
	if (policy_check_size(algorithm, size, place, diags))
		return -EINVAL;
	policy->size = (uint32_t)size;
	return 0;
}

static int take_ttl(
	struct policy *policy, struct word value, struct place place, struct diags *diags)
{
	if (!policy_parse_ttl(value, true, &policy->cookie_ttl_s))
		return 0;
	diags_error(diags, place, "as in 3600, 90m or 12h; 0 makes a session cookie",
		"cookie-ttl '%.*s' is not a duration within 0..%llu seconds",
		(int)value.len, value.text, (unsigned long long)POLICY_TTL_MAX_S);
	return -EINVAL;
}

static int take_session_timeout(
	struct policy *policy, struct word value, struct place place, struct diags *diags)
{
	uint64_t timeout_s;

	if (word_to_number(value, &timeout_s) && timeout_s >= 1 &&
		timeout_s <= POLICY_SESSION_MAX_S) {
		policy->session_timeout_s = (uint32_t)timeout_s;
		return 0;
	}
	diags_error(diags, place, "10800 is what Kubernetes takes when nothing is said",
		"session-timeout '%.*s' is outside 1..%u seconds", (int)value.len,
		value.text, POLICY_SESSION_MAX_S);
	return -EINVAL;
}

static int take_path(struct policy *policy, struct word value, struct place place,
	struct arena *arena, struct diags *diags)
{
	if (policy_check_cookie_text(value, place, diags))
		return -EINVAL;
	policy->cookie_path = arena_strndup(arena, value.text, value.len);
	return policy->cookie_path ? 0 : -ENOMEM;
}

static int take_attribute(struct policy *policy, struct word value, struct place place,
	struct arena *arena, struct diags *diags)
{
	const char *equals = memchr(value.text, '=', value.len);
	size_t name_len = equals ? (size_t)(equals - value.text) : value.len;
	struct cookie_attribute *list, *attribute;

	if (!name_len) {
		diags_error(diags, place, "as in cookie-attribute=SameSite=Lax",
			"a cookie attribute needs a name");
		return -EINVAL;
	}
	if (policy_check_cookie_text(value, place, diags))
		return -EINVAL;
	list = arena_grow(arena, policy->cookie_attributes, policy->cookie_attributes_len,
		sizeof(*list));
	if (!list)
		return -ENOMEM;
	policy->cookie_attributes = list;
	attribute = &list[policy->cookie_attributes_len++];
	attribute->name = arena_strndup(arena, value.text, name_len);
	attribute->value = NULL;
	if (equals)
		attribute->value =
			arena_strndup(arena, equals + 1, value.len - name_len - 1);
	return attribute->name && (attribute->value || !equals) ? 0 : -ENOMEM;
}

int policy_take_option(struct policy_draft *draft, enum policy_option option,
	struct word value, struct place place, struct arena *arena, struct diags *diags)
{
	struct policy *policy = &draft->policy;

	if (draft->given[option] && option != POLICY_COOKIE_ATTRIBUTE) {
		diags_error(diags, place, NULL, "%s is given twice",
			policy_option_names[option]);
		return -EINVAL;
	}
	draft->given[option] = true;
	draft->places[option] = place;
	switch (option) {
	case POLICY_KEY:
		return take_key(policy, value, place, arena, diags);
	case POLICY_COOKIE_TTL:
		return take_ttl(policy, value, place, diags);
	case POLICY_COOKIE_PATH:
		return take_path(policy, value, place, arena, diags);
	case POLICY_COOKIE_ATTRIBUTE:
		return take_attribute(policy, value, place, arena, diags);
	case POLICY_SESSION_TIMEOUT:
		return take_session_timeout(policy, value, place, diags);
	case POLICY_ALGORITHM:
		return take_algorithm(policy, value, place, diags);
	case POLICY_RING_SIZE:
		return take_size(policy, SP_ALGORITHM_RING_HASH, value, place, diags);
	case POLICY_TABLE_SIZE:
		return take_size(policy, SP_ALGORITHM_MAGLEV, value, place, diags);
	case POLICY_FORWARD:
		return policy_parse_forward(value, place, &policy->forward, diags);
	case POLICY_OPTIONS:
		break;
	}
	return -EINVAL;
}

static int needs(const struct policy_draft *draft, enum policy_option option,
	bool fulfilled, const char *what, struct diags *diags)
{
	char hint[96];

	if (!draft->given[option] || fulfilled)
		return 0;
	snprintf(hint, sizeof(hint), "write %s, or leave %s out", what,
		policy_option_names[option]);
	diags_error(diags, draft->places[option], hint, "%s goes with %s only",
		policy_option_names[option], what);
	return -EINVAL;
}

int policy_finish(struct policy_draft *draft, struct diags *diags)
{
	struct policy *policy = &draft->policy;
	bool cookie = policy->key == SP_KEY_COOKIE;
	bool ring = policy->algorithm == SP_ALGORITHM_RING_HASH;

	if (needs(draft, POLICY_RING_SIZE, ring, "algorithm=ring-hash", diags) ||
		needs(draft, POLICY_TABLE_SIZE, !ring, "algorithm=maglev", diags) ||
		needs(draft, POLICY_COOKIE_TTL, cookie, "key=cookie:NAME", diags) ||
		needs(draft, POLICY_COOKIE_PATH, cookie, "key=cookie:NAME", diags) ||
		needs(draft, POLICY_COOKIE_ATTRIBUTE, cookie, "key=cookie:NAME", diags))
		return -EINVAL;
	if (policy->key > SP_KEY_SOURCE_IP && policy->forward != SP_FORWARD_NAT &&
		needs(draft, POLICY_FORWARD, policy->forward == SP_FORWARD_L7,
			"key=source-ip or source-ip-port", diags))
		return -EINVAL;
	if (ring && !draft->given[POLICY_RING_SIZE])
		policy->size = SP_RING_SIZE_MIN_DEFAULT;
	policy_imply_l7(policy);
	return 0;
}

/* Where the text goes, as snprintf() would count it. */
struct output {
	char *buffer;
	size_t size;
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
add(struct output *output, const char *format, ...)
{
	size_t at = output->len < output->size ? output->len : output->size;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(output->size > at ? output->buffer + at : NULL, output->size - at,
		format, args);
	va_end(args);
	output->len += len > 0 ? (size_t)len : 0;
}

int policy_format(const struct policy *policy, char *buffer, size_t size)
{
	struct output output = {.buffer = buffer, .size = size};
	bool ring = policy->algorithm == SP_ALGORITHM_RING_HASH;

	add(&output, "key=%s", key_name(policy->key));
	if (policy->key_name)
		add(&output, ":%s", policy->key_name);
	if (policy->cookie_ttl_s >= 0)
		add(&output, " cookie-ttl=%lld", (long long)policy->cookie_ttl_s);
	if (policy->cookie_path)
		add(&output, " cookie-path=%s", policy->cookie_path);
	for (size_t i = 0; i < policy->cookie_attributes_len; i++) {
		const struct cookie_attribute *attribute = &policy->cookie_attributes[i];

		add(&output, " cookie-attribute=%s%s%s", attribute->name,
			attribute->value ? "=" : "",
			attribute->value ? attribute->value : "");
	}
	if (policy->session_timeout_s)
		add(&output, " session-timeout=%u", policy->session_timeout_s);
	add(&output, " algorithm=%s", algorithm_name(policy->algorithm));
	if (policy->size)
		add(&output, " %s=%u", ring ? "ring-size" : "table-size", policy->size);
	add(&output, " forward=%s", forward_name(policy->forward));
	return (int)output.len;
}

int policy_parse(const char *text, struct arena *arena, struct policy *ret_policy)
{
	struct policy_draft draft = {.policy = policy_default()};
	struct diags ignored = {0};
	int err = 0;

	while (!err && *(text += strspn(text, " "))) {
		size_t name_len = strcspn(text, "= "), len = strcspn(text, " ");
		int option =
			words_find(policy_option_names, (struct word){text, name_len});

		err = -EINVAL;
		if (option >= 0 && text[name_len] == '=')
			err = policy_take_option(&draft, (enum policy_option)option,
				(struct word){text + name_len + 1, len - name_len - 1},
				PLACE_NONE, arena, &ignored);
		text += len;
	}
	if (!err)
		err = policy_finish(&draft, &ignored);
	if (!err)
		*ret_policy = draft.policy;
	diags_done(&ignored);
	return err;
}
