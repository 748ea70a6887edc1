/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of a request's target (RFC 9112, 3.2). */
#include "http/lines.h"
#include "http/scan.h"

#define SCHEME "http://"
#define SCHEME_LEN (sizeof(SCHEME) - 1)

static enum http_fault_kind absolute_parse(struct http_head *head)
{
	const char *at = head->target.bytes + SCHEME_LEN;
	const char *end = head->target.bytes + head->target.len;
	size_t len = 0;

	while (at + len < end && at[len] != '/' && at[len] != '?')
		len++;
	head->authority = (struct text){at, len};
	if (!scan_is_authority(head->authority))
		return HTTP_FAULT_HOST;
	head->path = (struct text){at + len, (size_t)(end - at) - len};
	if (!head->path.len)
		head->path = (struct text){
			text_is(head->method, text_of("OPTIONS")) ? "*" : "/", 1};
	return HTTP_SOUND;
}

enum http_fault_kind target_parse(struct http_head *head)
{
	struct text target = head->target;

	if (text_is(head->method, text_of("CONNECT")))
		return HTTP_FAULT_CONNECT;
	head->path = target;
	if (*target.bytes == '/')
		return HTTP_SOUND;
	if (target.len == 1 && *target.bytes == '*' &&
		text_is(head->method, text_of("OPTIONS")))
		return HTTP_SOUND;
	if (target.len > SCHEME_LEN &&
		text_is_like((struct text){target.bytes, SCHEME_LEN},
			(struct text){SCHEME, SCHEME_LEN}))
		return absolute_parse(head);
	return HTTP_FAULT_TARGET;
}
