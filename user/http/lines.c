/* SPDX-License-Identifier: BSD-2-Clause */
/* Request lines, status lines and field lines. */
#include "http/lines.h"

#include "http/names.h"
#include "http/scan.h"

#define VERSION_LEN 8 /* "HTTP/1.1" */
#define STATUS_LEN 3
#define STATUS_MIN 100
#define STATUS_MAX 599

static struct text text_between(const char *start, const char *end)
{
	return (struct text){start, (size_t)(end - start)};
}

/* Exactly VERSION_LEN bytes. */
static enum http_fault_kind version_parse(
	const char *at, enum http_fault_kind malformed, unsigned *ret_minor)
{
	if (memcmp(at, "HTTP/", 5) || !scan_is(at[5], SCAN_DIGIT) || at[6] != '.' ||
		!scan_is(at[7], SCAN_DIGIT))
		return malformed;
	if (at[5] != '1' || at[7] > '1')
		return HTTP_FAULT_VERSION;
	*ret_minor = (unsigned)(at[7] - '0');
	return HTTP_SOUND;
}

/* Why there is nothing like a version behind the target, which ends at `at`. */
static enum http_fault_kind no_version(const char *at, const char *end)
{
	if (at == end)
		return HTTP_FAULT_NO_VERSION;
	return *at == ' ' || *at == '\t' ? HTTP_FAULT_REQUEST_LINE : HTTP_FAULT_TARGET;
}

enum http_fault_kind request_line_parse(
	struct text line, size_t target_max, struct http_head *head)
{
	const char *end = line.bytes + line.len;
	const char *space = scan_token(line.bytes, end);
	const char *target = space + 1, *target_end;
	enum http_fault_kind fault;

	if (space == line.bytes || space == end || *space != ' ')
		return space < end && *space == ' ' ? HTTP_FAULT_REQUEST_LINE
						    : HTTP_FAULT_METHOD;
	target_end = scan_target(target, end);
	if (target_end == target)
		return target < end && *target != ' ' ? HTTP_FAULT_TARGET
						      : HTTP_FAULT_REQUEST_LINE;
	if ((size_t)(target_end - target) > target_max)
		return HTTP_FAULT_TARGET_LONG;
	if (end - target_end != 1 + VERSION_LEN || *target_end != ' ')
		return no_version(target_end, end);
	fault = version_parse(target_end + 1, HTTP_FAULT_REQUEST_LINE, &head->minor);
	if (fault)
		return fault;
	head->method = text_between(line.bytes, space);
	head->target = text_between(target, target_end);
	return target_parse(head);
}

enum http_fault_kind status_line_parse(struct text line, struct http_head *head)
{
	const char *at = line.bytes + VERSION_LEN, *end = line.bytes + line.len;
	enum http_fault_kind fault;

	if (line.len < VERSION_LEN + 1 + STATUS_LEN)
		return HTTP_FAULT_STATUS_LINE;
	fault = version_parse(line.bytes, HTTP_FAULT_STATUS_LINE, &head->minor);
	if (fault)
		return fault;
	if (*at++ != ' ')
		return HTTP_FAULT_STATUS_LINE;
	for (; head->status < STATUS_MIN && scan_is(*at, SCAN_DIGIT); at++)
		head->status = head->status * 10 + (unsigned)(*at - '0');
	if (at - line.bytes != VERSION_LEN + 1 + STATUS_LEN ||
		head->status < STATUS_MIN || head->status > STATUS_MAX)
		return HTTP_FAULT_STATUS_LINE;
	/* Many servers leave the space out where no reason follows. */
	if (at < end && *at++ != ' ')
		return HTTP_FAULT_STATUS_LINE;
	head->reason = text_between(at, end);
	return HTTP_SOUND;
}

/* Why a line is no field: `name_end` is the first byte that its name cannot hold. */
static enum http_fault_kind field_fault(struct text line, const char *name_end)
{
	const char *colon = memchr(line.bytes, ':', line.len);

	if (scan_is_blank(line.bytes[0]))
		return HTTP_FAULT_FOLD;
	if (!colon)
		return HTTP_FAULT_NO_COLON;
	while (name_end < colon && scan_is_blank(*name_end))
		name_end++;
	if (name_end == colon && colon > line.bytes)
		return HTTP_FAULT_SPACE_BEFORE_COLON;
	return HTTP_FAULT_NAME;
}

enum http_fault_kind field_line_parse(struct text line, struct http_field *ret_field)
{
	const char *end = line.bytes + line.len;
	const char *colon = scan_token(line.bytes, end);
	const char *value = colon + 1;

	if (colon == end || *colon != ':' || colon == line.bytes)
		return field_fault(line, colon);
	while (value < end && scan_is_blank(*value))
		value++;
	while (end > value && scan_is_blank(end[-1]))
		end--;
	ret_field->name = text_between(line.bytes, colon);
	ret_field->value = text_between(value, end);
	ret_field->known = http_name_find(ret_field->name);
	ret_field->hop = false;
	return HTTP_SOUND;
}
