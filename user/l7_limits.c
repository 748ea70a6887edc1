/* SPDX-License-Identifier: BSD-2-Clause */
/* --limits NAME=VALUE,...: times, sizes and numbers of the HTTP helper. */
#include <string.h>

#include "base/words.h"
#include "commands.h"

enum kind {
	TIME, /* in milliseconds */
	COUNT,
	SIZE, /* a size_t, in bytes or fields */
};

struct limit {
	const char *name;
	enum kind kind;
	size_t at; /* in the settings */
	uint64_t min, max;
};

#define AT(member) offsetof(struct l7_settings, member)
#define DAY_MS (24 * 3600 * 1000)

static const struct limit limits[] = {
	{"head", TIME, AT(head_ms), 1, DAY_MS},
	{"idle", TIME, AT(idle_ms), 1, DAY_MS},
	{"connect", TIME, AT(connect_ms), 1, DAY_MS},
	{"response", TIME, AT(response_ms), 1, DAY_MS},
	{"write", TIME, AT(write_ms), 1, DAY_MS},
	{"down", TIME, AT(down_ms), 1, DAY_MS},
	{"drain", TIME, AT(drain_ms), 1, DAY_MS},
	{"head-size", SIZE, AT(limits.head_max), 1024, 65536},
	{"target-size", SIZE, AT(limits.target_max), 64, 65536},
	{"fields", SIZE, AT(limits.fields_max), 1, HTTP_FIELDS_MAX},
	{"connections", COUNT, AT(connections_max), 1, 10000000},
	{"per-address", COUNT, AT(connections_per_address_max), 1, 10000000},
	{"retries", COUNT, AT(retries_max), 0, 10},
};

#define LIMITS_LEN (sizeof(limits) / sizeof(limits[0]))

static const struct limit *limit_find(struct context *context, struct word name)
{
	const char *names[LIMITS_LEN + 1] = {NULL};
	char hint[256];

	for (size_t i = 0; i < LIMITS_LEN; i++) {
		if (word_is(name, limits[i].name))
			return &limits[i];
		names[i] = limits[i].name;
	}
	diags_error(&context->diags, PLACE_NONE,
		words_suggest(names, name, hint, sizeof(hint)), "unknown limit '%.*s'",
		(int)name.len, name.text);
	return NULL;
}

/* "500ms", "10s", "1m" or plain seconds. */
static bool time_parse(struct word text, uint64_t *ret_ms)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"", 1000}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i].name);

		if (text.len <= len ||
			memcmp(text.text + text.len - len, units[i].name, len) != 0)
			continue;
		if (!word_to_number((struct word){text.text, text.len - len}, ret_ms) ||
			*ret_ms > DAY_MS)
			return false;
		*ret_ms *= units[i].ms;
		return true;
	}
	return false;
}

static enum exit_code value_error(
	struct context *context, const struct limit *limit, struct word value)
{
	if (limit->kind == TIME)
		diags_error(&context->diags, PLACE_NONE, "as in 500ms, 10s or 1m",
			"limit %s '%.*s' is not a time up to a day", limit->name,
			(int)value.len, value.text);
	else
		diags_error(&context->diags, PLACE_NONE, NULL,
			"limit %s '%.*s' is outside %llu..%llu", limit->name,
			(int)value.len, value.text, (unsigned long long)limit->min,
			(unsigned long long)limit->max);
	return EXIT_BAD_REQUEST;
}

/* One "NAME=VALUE". */
static enum exit_code limit_parse(struct context *context, const struct word_pair *pair,
	struct l7_settings *settings)
{
	const struct limit *limit = limit_find(context, pair->name);
	uint64_t number;
	bool read;

	if (!limit)
		return EXIT_BAD_REQUEST;
	read = limit->kind == TIME ? time_parse(pair->value, &number)
				   : word_to_number(pair->value, &number);
	if (!read || number < limit->min || number > limit->max)
		return value_error(context, limit, pair->value);
	if (limit->kind == SIZE)
		*(size_t *)((char *)settings + limit->at) = number;
	else
		*(uint32_t *)((char *)settings + limit->at) = (uint32_t)number;
	return EXIT_DONE;
}

enum exit_code limits_parse(struct context *context, struct l7_settings *settings)
{
	const char *list = context->request.options[OPTION_LIMITS];
	enum exit_code code = EXIT_DONE;
	struct word_pair pair;

	while (code == EXIT_DONE && words_next_pair(&list, &pair))
		code = limit_parse(context, &pair, settings);
	return code;
}
