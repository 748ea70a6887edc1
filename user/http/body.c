/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies as they pass: lengths are counted, chunks are read (RFC 9112, 7.1). */
#include "http/body.h"

#include "http/chunk.h"

void http_body_init(struct http_body *ret_body, const struct http_head *head)
{
	*ret_body = (struct http_body){
		.framing = head->framing,
		.is_response = head->status != 0,
		.left = head->framing == HTTP_LENGTH ? head->body_len : 0,
	};
}

bool http_body_is_done(const struct http_body *body)
{
	switch (body->framing) {
	case HTTP_NO_BODY:
		return true;
	case HTTP_LENGTH:
		return !body->left;
	case HTTP_CHUNKED:
		return body->state == CHUNK_DONE;
	default:
		return false;
	}
}

uint64_t http_body_opaque(const struct http_body *body)
{
	switch (body->framing) {
	case HTTP_NO_BODY:
		return 0;
	case HTTP_CHUNKED:
		return body->state == CHUNK_DATA ? body->left : 0;
	case HTTP_LENGTH:
		return body->left;
	default:
		return UINT64_MAX;
	}
}

void http_body_skip(struct http_body *body, uint64_t len)
{
	if (body->framing == HTTP_UNTIL_CLOSE)
		return;
	body->left -= len;
	if (body->framing == HTTP_CHUNKED && !body->left)
		body->state = CHUNK_DATA_CR;
}

/* Bytes of chunk lines and trailers, up to content, the body's end or a fault. */
static enum http_fault_kind framing_follow(
	struct http_body *body, const char *bytes, size_t len, size_t *ret_used)
{
	enum http_fault_kind fault = HTTP_SOUND;
	size_t used = 0;

	while (used < len && body->state != CHUNK_DATA && body->state != CHUNK_DONE) {
		fault = chunk_take(body, bytes[used]);
		if (fault)
			break;
		used++;
	}
	*ret_used = used;
	return fault;
}

enum http_progress http_body_step(struct http_body *body, const char *bytes, size_t len,
	size_t *ret_used, bool *ret_data, struct http_fault *ret_fault)
{
	uint64_t opaque = http_body_opaque(body);
	enum http_fault_kind fault = HTTP_SOUND;

	*ret_data = opaque;
	*ret_used = opaque < len ? (size_t)opaque : len;
	if (opaque)
		http_body_skip(body, *ret_used);
	else if (body->framing == HTTP_CHUNKED)
		fault = framing_follow(body, bytes, len, ret_used);
	if (fault) {
		*ret_fault = http_fault_make(fault, body->is_response);
		return HTTP_BROKEN;
	}
	return http_body_is_done(body) ? HTTP_DONE : HTTP_INCOMPLETE;
}

enum http_progress http_body_follow(struct http_body *body, const char *bytes, size_t len,
	size_t *ret_used, struct http_fault *ret_fault)
{
	enum http_progress progress;
	size_t used = 0;

	do {
		size_t step;
		bool data;

		progress = http_body_step(
			body, bytes + used, len - used, &step, &data, ret_fault);
		used += step;
	} while (progress == HTTP_INCOMPLETE && used < len);
	*ret_used = used;
	return progress;
}
