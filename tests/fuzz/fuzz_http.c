/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an HTTP message, and as a PROXY header: the same answer however they are
 * cut, and what is passed on is sound and means the same. */
#include <stdlib.h>
#include <string.h>

#include "http/compose.h"
#include "http/proxy.h"
#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits wide = {MESSAGE_MAX, MESSAGE_MAX, HTTP_FIELDS_MAX};
static const struct text vip = {"192.0.2.1:80", 12};

static struct message whole, pieces;

static void same_head(const struct http_head *a, const struct http_head *b)
{
	must(text_is_same(a->method, b->method) && text_is_same(a->path, b->path) &&
			text_is_same(a->authority, b->authority),
		"request lines do not depend on cuts");
	must(a->status == b->status && text_is_same(a->reason, b->reason),
		"status lines do not depend on cuts");
	must(a->len == b->len && a->fields_len == b->fields_len &&
			text_is_same(a->lines, b->lines),
		"fields do not depend on cuts");
	must(a->framing == b->framing && a->body_len == b->body_len &&
			a->keep_alive == b->keep_alive && a->upgrades == b->upgrades &&
			a->expects_continue == b->expects_continue,
		"meaning does not depend on cuts");
}

static void same_message(void)
{
	must(whole.progress == pieces.progress && whole.has_head == pieces.has_head,
		"progress does not depend on cuts");
	if (whole.progress == HTTP_BROKEN)
		must(whole.fault.reason == pieces.fault.reason,
			"faults do not depend on cuts");
	if (!whole.has_head)
		return;
	same_head(&whole.head, &pieces.head);
	must(whole.used == pieces.used && whole.content_len == pieces.content_len &&
			!memcmp(whole.content, pieces.content, whole.content_len),
		"content does not depend on cuts");
}

/* Fields that may come once, and those that must not come. */
static void must_be_clean(const struct http_head *head)
{
	size_t times[HTTP_X_REQUEST_ID + 1] = {0};

	for (size_t i = 0; i < head->fields_len; i++) {
		must(!head->fields[i].hop || head->upgrades, "no field of one hop");
		times[head->fields[i].known]++;
	}
	must(times[HTTP_HOST] == 1 && times[HTTP_X_FORWARDED_FOR] == 1 &&
			times[HTTP_X_FORWARDED_PROTO] == 1 &&
			times[HTTP_X_REQUEST_ID] == 1,
		"who asks whom is said once");
	must(times[HTTP_CONTENT_LENGTH] + times[HTTP_TRANSFER_ENCODING] <= 1,
		"framing is said once");
}

static void same_request(const struct http_head *in, const struct http_head *out)
{
	struct text path = out->path;

	if (in->path.bytes[0] == '?')
		path = (struct text){path.bytes + 1, path.len - 1};
	must(text_is_same(in->method, out->method) && text_is_same(in->path, path),
		"a request goes on as it came");
	must(text_is_same(in->authority.len ? in->authority : vip, out->authority),
		"a request goes to whom it came for");
	must(in->framing == out->framing && in->body_len == out->body_len,
		"a request's body goes on as it came");
	must(out->keep_alive && in->upgrades == out->upgrades &&
			in->expects_continue == out->expects_continue,
		"a request's wishes go on");
}

static void check_request(const struct http_head *head)
{
	static char out[2 * MESSAGE_MAX];
	static struct http_field fields[HTTP_FIELDS_MAX];
	const struct sp_endpoint peer = {.addr = sp_addr_from_v4(1)};
	const struct forwarded forwarded = {.peer = &peer,
		.append = head->len & 1,
		.default_host = vip,
		.request_id = {"id", 2}};
	struct composer composer = {.bytes = out, .size = sizeof(out)};
	const struct range trusted = {.bits = 96, .addr = sp_addr_from_v4(0)};
	struct http_seen seen = {0};
	struct http_fault fault;
	struct http_head passed;

	compose_request(&composer, head, &forwarded);
	must(!composer.full && http_parse_request(out, composer.len, &seen, &wide, fields,
				       &passed, &fault) == HTTP_DONE,
		"a request that is passed on is sound");
	must(passed.len == composer.len, "a request that is passed on is one");
	must_be_clean(&passed);
	same_request(head, &passed);
	forwarded_client(head, &peer, &trusted, 1);
}

static void check_response(const struct message *message)
{
	static char out[2 * MESSAGE_MAX];
	static struct http_field fields[HTTP_FIELDS_MAX];
	const struct http_head *head = &message->head;
	struct composer composer = {.bytes = out, .size = sizeof(out)};
	struct http_seen seen = {0};
	struct http_fault fault;
	struct http_head passed;

	compose_response(
		&composer, head, (struct text){"a=\"b\"", 5}, 1, head->keep_alive);
	must(!composer.full &&
			http_parse_response(out, composer.len, &seen, &message->asked,
				&wide, fields, &passed, &fault) == HTTP_DONE,
		"a response that is passed on is sound");
	must(passed.len == composer.len && passed.status == head->status &&
			text_is_same(passed.reason, head->reason),
		"a response goes on as it came");
	must(passed.framing == head->framing && passed.body_len == head->body_len &&
			passed.upgrades == head->upgrades &&
			(passed.upgrades || passed.keep_alive == head->keep_alive),
		"a response's body goes on as it came");
}

static void check_proxy(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1);
	struct proxy proxy;
	struct http_fault fault;

	must(bytes, "memory");
	memcpy(bytes, data, size);
	if (proxy_parse(bytes, size, &proxy, &fault) == HTTP_DONE)
		must(proxy.len <= size && proxy.len <= PROXY_LEN_MAX,
			"a PROXY header is of what there is");
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > MESSAGE_MAX)
		return 0;
	message_read(&whole, data, size, size);
	message_read(&pieces, data, size, 1 + data[0] / 8);
	same_message();
	if (whole.has_head && whole.is_response)
		check_response(&whole);
	else if (whole.has_head)
		check_request(&whole.head);
	check_proxy(data + 1, size - 1);
	message_done(&whole);
	message_done(&pieces);
	return 0;
}
