/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads as they are passed on. Lines that stay are copied in runs. */
#include "http/compose.h"

#include <string.h>

#include "http/forwarded.h"
#include "model/text.h"

#define LINE_END "\r\n"

static void compose_char(struct composer *composer, char byte)
{
	compose_text(composer, (struct text){&byte, 1});
}

static void compose_field(struct composer *composer, const char *name, struct text value)
{
	compose_str(composer, name);
	compose_str(composer, ": ");
	compose_text(composer, value);
	compose_str(composer, LINE_END);
}

/* Where the field's line ends, with its CRLF. */
static const char *line_end(const struct http_head *head, size_t field)
{
	return field + 1 < head->fields_len ? head->fields[field + 1].name.bytes
					    : head->lines.bytes + head->lines.len;
}

/* "name: value" and no other blanks: what some reader behind might take for a part of the
 * value, and then for another value, does not go on. */
static bool is_plain(const struct http_field *field, const char *end)
{
	const char *colon = field->name.bytes + field->name.len;

	return field->value.bytes == colon + 2 && colon[1] == ' ' &&
	       field->value.bytes + field->value.len + 2 == end;
}

static void compose_between(struct composer *composer, const char *start, const char *end)
{
	compose_text(composer, (struct text){start, (size_t)(end - start)});
}

/* Copy the lines of all fields but those that are hop-by-hop or have a bit of their
 * known name in `without`. */
static void compose_fields(
	struct composer *composer, const struct http_head *head, unsigned without)
{
	const char *start = head->lines.bytes;

	for (size_t i = 0; i < head->fields_len; i++) {
		const struct http_field *field = &head->fields[i];
		const char *end = line_end(head, i);
		bool stays = !field->hop && !(without & 1U << field->known);

		if (stays && is_plain(field, end))
			continue;
		compose_between(composer, start, field->name.bytes);
		if (stays) {
			compose_text(composer, field->name);
			compose_field(composer, "", field->value);
		}
		start = end;
	}
	compose_between(composer, start, head->lines.bytes + head->lines.len);
}

static const struct http_field *find_known(
	const struct http_head *head, enum http_name known)
{
	for (size_t i = 0; i < head->fields_len; i++) {
		if (head->fields[i].known == known)
			return &head->fields[i];
	}
	return NULL;
}

static void compose_upgrade(struct composer *composer, const struct http_head *head)
{
	compose_str(composer, "Connection: Upgrade" LINE_END);
	compose_field(composer, "Upgrade", find_known(head, HTTP_UPGRADE)->value);
}

static void compose_forwarded_for(struct composer *composer, const struct http_head *head,
	const struct forwarded *forwarded)
{
	struct text values[HTTP_FIELDS_MAX + 1];
	char addr[ADDR_TEXT_MAX];
	size_t len = forwarded_for_values(head, forwarded, values, addr);

	compose_str(composer, "X-Forwarded-For: ");
	for (size_t i = 0; i < len; i++) {
		if (i)
			compose_char(composer, ',');
		compose_text(composer, values[i]);
	}
	compose_str(composer, LINE_END);
}

static void compose_request_line(struct composer *composer, const struct http_head *head)
{
	compose_text(composer, head->method);
	compose_char(composer, ' ');
	if (head->path.bytes[0] == '?')
		compose_char(composer, '/');
	compose_text(composer, head->path);
	compose_str(composer, " HTTP/1.1" LINE_END);
}

/* Whether a field that only trusted proxies set is there, and not empty; else it is left
 * out, and set here. */
static bool is_said(const struct http_head *head, const struct forwarded *forwarded,
	enum http_name known, unsigned *without)
{
	const struct http_field *field = find_known(head, known);

	if (forwarded->trusted && field && field->value.len)
		return true;
	*without |= 1U << known;
	return false;
}

void compose_request(struct composer *composer, const struct http_head *head,
	const struct forwarded *forwarded)
{
	unsigned without = 1U << HTTP_X_FORWARDED_FOR;
	const struct http_field *host = find_known(head, HTTP_HOST);
	bool has_proto = is_said(head, forwarded, HTTP_X_FORWARDED_PROTO, &without);
	bool has_id = is_said(head, forwarded, HTTP_X_REQUEST_ID, &without);

	compose_request_line(composer, head);
	if (!host || host->value.bytes != head->authority.bytes) {
		without |= 1U << HTTP_HOST;
		compose_field(composer, "Host",
			head->authority.len ? head->authority : forwarded->default_host);
	}
	compose_fields(composer, head, without);
	compose_forwarded_for(composer, head, forwarded);
	if (!has_proto)
		compose_str(composer, forwarded->https
					      ? "X-Forwarded-Proto: https" LINE_END
					      : "X-Forwarded-Proto: http" LINE_END);
	if (!has_id)
		compose_field(composer, "X-Request-Id", forwarded->request_id);
	if (head->upgrades)
		compose_upgrade(composer, head);
	compose_str(composer, LINE_END);
}

static void compose_connection(
	struct composer *composer, unsigned client_minor, bool keep_alive)
{
	if (!keep_alive)
		compose_str(composer, "Connection: close" LINE_END);
	else if (!client_minor)
		compose_str(composer, "Connection: keep-alive" LINE_END);
}

static void compose_status_line(
	struct composer *composer, unsigned status, struct text reason)
{
	compose_str(composer, "HTTP/1.1 ");
	compose_uint(composer, status);
	compose_char(composer, ' ');
	compose_text(composer, reason);
	compose_str(composer, LINE_END);
}

void compose_response(struct composer *composer, const struct http_head *head,
	struct text set_cookie, unsigned client_minor, bool keep_alive)
{
	unsigned without = 0;

	if (!client_minor)
		without = 1U << HTTP_TRANSFER_ENCODING | 1U << HTTP_TRAILER;
	compose_status_line(composer, head->status, head->reason);
	compose_fields(composer, head, without);
	if (set_cookie.len)
		compose_field(composer, "set-cookie", set_cookie);
	if (head->upgrades)
		compose_upgrade(composer, head);
	else
		compose_connection(composer, client_minor, keep_alive);
	compose_str(composer, LINE_END);
}

void compose_answer(struct composer *composer, unsigned status, const char *reason,
	bool keep_alive, bool is_head)
{
	const char *name = http_status_text(status);

	compose_status_line(composer, status, text_of(name));
	compose_str(composer, "Content-Type: text/plain" LINE_END "Content-Length: ");
	compose_uint(composer, strlen(reason) + 1);
	compose_str(composer, LINE_END);
	compose_connection(composer, 1, keep_alive);
	compose_str(composer, LINE_END);
	if (!is_head) {
		compose_str(composer, reason);
		compose_char(composer, '\n');
	}
}

const char *http_status_text(unsigned status)
{
	static const struct {
		unsigned status;
		const char *text;
	} names[] = {
		{400, "Bad Request"},
		{408, "Request Timeout"},
		{414, "URI Too Long"},
		{417, "Expectation Failed"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].status == status)
			return names[i].text;
	}
	return "";
}

void compose_cookie(
	struct composer *composer, const struct policy *policy, struct text value)
{
	compose_str(composer, policy->key_name);
	compose_str(composer, "=\"");
	compose_text(composer, value);
	compose_char(composer, '"');
	if (policy->cookie_ttl_s > 0) {
		compose_str(composer, "; Max-Age=");
		compose_uint(composer, (uint64_t)policy->cookie_ttl_s);
	}
	if (policy->cookie_path && *policy->cookie_path) {
		compose_str(composer, "; Path=");
		compose_str(composer, policy->cookie_path);
	}
	for (size_t i = 0; i < policy->cookie_attributes_len; i++) {
		const struct cookie_attribute *attribute = &policy->cookie_attributes[i];

		compose_str(composer, "; ");
		compose_str(composer, attribute->name);
		if (attribute->value) {
			compose_char(composer, '=');
			compose_str(composer, attribute->value);
		}
	}
	compose_str(composer, "; HttpOnly");
}
