/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields for one hop: those that are it by themselves, and those that Connection names.
 */
#include "http/meaning.h"
#include "http/names.h"
#include "http/scan.h"

#define OPTIONS_MAX 16 /* of Connection, in all */

/* Fields that everyone on the way has to see: who names them in Connection wants to hide
 * them from the pod. */
static bool is_for_all(enum http_name known)
{
	switch (known) {
	case HTTP_CONTENT_LENGTH:
	case HTTP_COOKIE:
	case HTTP_EXPECT:
	case HTTP_HOST:
	case HTTP_TRANSFER_ENCODING:
	case HTTP_USER_AGENT:
	case HTTP_X_FORWARDED_FOR:
	case HTTP_X_FORWARDED_PROTO:
	case HTTP_X_REQUEST_ID:
		return true;
	default:
		return false;
	}
}

static enum http_fault_kind hide(struct http_head *head, struct text name)
{
	if (!scan_is_token(name) || is_for_all(http_name_find(name)))
		return HTTP_FAULT_CONNECTION;
	for (size_t i = 0; i < head->fields_len; i++)
		head->fields[i].hop |= text_is_like(head->fields[i].name, name);
	return HTTP_SOUND;
}

static enum http_fault_kind option_take(
	struct http_head *head, struct text option, struct meaning *meaning)
{
	if (text_is_word(option, "close"))
		meaning->closes = true;
	else if (text_is_word(option, "keep-alive"))
		meaning->keeps = true;
	else if (text_is_word(option, "upgrade"))
		meaning->upgrades = true;
	else
		return hide(head, option);
	return HTTP_SOUND;
}

static enum http_fault_kind connection_read(struct http_head *head, struct text value,
	size_t *options, struct meaning *meaning)
{
	enum http_fault_kind fault = HTTP_SOUND;
	struct text option;

	while (!fault && scan_list(&value, &option)) {
		if (++*options > OPTIONS_MAX)
			return HTTP_FAULT_CONNECTION;
		fault = option_take(head, option, meaning);
	}
	return fault;
}

static void say(struct said *said, struct text value)
{
	said->value = value;
	said->times++;
}

enum http_fault_kind meaning_gather(struct http_head *head, struct meaning *ret_meaning)
{
	enum http_fault_kind fault = HTTP_SOUND;
	struct meaning meaning = {0};
	size_t options = 0;

	for (size_t i = 0; i < head->fields_len && !fault; i++) {
		struct http_field *field = &head->fields[i];

		switch (field->known) {
		case HTTP_HOST:
			say(&meaning.host, field->value);
			break;
		case HTTP_CONTENT_LENGTH:
			say(&meaning.length, field->value);
			break;
		case HTTP_TRANSFER_ENCODING:
			say(&meaning.coding, field->value);
			break;
		case HTTP_EXPECT:
			say(&meaning.expect, field->value);
			/* A server of HTTP/1.0 does not know it (RFC 9110, 10.1.1). */
			field->hop = !head->minor;
			break;
		case HTTP_CONNECTION:
			field->hop = true;
			fault = connection_read(head, field->value, &options, &meaning);
			break;
		case HTTP_UPGRADE:
			say(&meaning.upgrade, field->value);
			field->hop = true;
			break;
		case HTTP_KEEP_ALIVE:
		case HTTP_PROXY_CONNECTION:
		case HTTP_TE:
			field->hop = true;
			break;
		default:
			break;
		}
	}
	*ret_meaning = meaning;
	return fault;
}
