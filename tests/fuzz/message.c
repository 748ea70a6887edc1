/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages in pieces; each call of a parser sees memory that ends where its bytes end. */
#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct http_limits limits = {4096, 1024, 32};

void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

bool text_is_same(struct text a, struct text b)
{
	return a.len == b.len && (!a.len || !memcmp(a.bytes, b.bytes, a.len));
}

static char *copy_of(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);

	must(copy, "memory");
	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

static enum http_progress head_parse(
	struct message *message, size_t len, struct http_seen *seen)
{
	return message->is_response
		       ? http_parse_response(message->bytes, len, seen, &message->asked,
				 &limits, message->fields, &message->head,
				 &message->fault)
		       : http_parse_request(message->bytes, len, seen, &limits,
				 message->fields, &message->head, &message->fault);
}

/* Returns how many bytes have come when the head was whole. */
static size_t head_read(
	struct message *message, const char *bytes, size_t size, size_t step)
{
	struct http_seen seen = {0};
	size_t len = 0;

	do {
		len = step < size - len ? len + step : size;
		free(message->bytes);
		message->bytes = copy_of(bytes, len);
		message->progress = head_parse(message, len, &seen);
	} while (message->progress == HTTP_INCOMPLETE && len < size);
	message->has_head = message->progress == HTTP_DONE;
	return len;
}

static void piece_read(
	struct message *message, struct http_body *body, const char *bytes, size_t len)
{
	char *piece = copy_of(bytes, len);
	size_t used = 0;

	do {
		size_t step = 0;
		bool data = false;

		message->progress = http_body_step(
			body, piece + used, len - used, &step, &data, &message->fault);
		must(step <= len - used, "a body uses what there is");
		if (data)
			memcpy(message->content + message->content_len, piece + used,
				step);
		message->content_len += data ? step : 0;
		used += step;
	} while (message->progress == HTTP_INCOMPLETE && used < len);
	message->used += used;
	free(piece);
}

static void body_read(
	struct message *message, const char *bytes, size_t came, size_t size, size_t step)
{
	struct http_body body;

	http_body_init(&body, &message->head);
	message->used = message->head.len;
	piece_read(message, &body, bytes + message->used, came - message->used);
	while (message->progress == HTTP_INCOMPLETE && came < size) {
		size_t len = step < size - came ? step : size - came;

		piece_read(message, &body, bytes + came, len);
		came += len;
	}
	must((message->progress == HTTP_DONE) == http_body_is_done(&body),
		"a body that is done says so");
}

void message_read(struct message *message, const uint8_t *data, size_t size, size_t step)
{
	const char *bytes = (const char *)data + 1;
	size_t came;

	memset(message, 0, sizeof(*message));
	message->is_response = data[0] & 1;
	message->asked.head = data[0] & 2;
	message->asked.upgrades = data[0] & 4;
	came = head_read(message, bytes, size - 1, step);
	if (!message->has_head)
		return;
	must(message->head.len <= came, "a head is of what there is");
	body_read(message, bytes, came, size - 1, step);
}

void message_done(struct message *message)
{
	free(message->bytes);
}
