/* SPDX-License-Identifier: BSD-2-Clause */
/* A message of any bytes, read as a connection would read it: in pieces. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "http/body.h"

#define MESSAGE_MAX 65536

struct message {
	bool is_response;
	struct http_asked asked;
	enum http_progress progress; /* of the head, then of the body */
	struct http_fault fault;
	bool has_head;
	struct http_head head;
	struct http_field fields[HTTP_FIELDS_MAX];
	char *bytes; /* what the head is borrowed from */
	size_t used; /* of all bytes, head and body */
	char content[MESSAGE_MAX];
	size_t content_len;
};

/* The first byte of `data` says what the message is, others are the message; it comes in
 * pieces of `step` bytes. */
void message_read(struct message *message, const uint8_t *data, size_t size, size_t step);
void message_done(struct message *message);

/* End the program when the condition does not hold. */
void must(bool condition, const char *what);

bool text_is_same(struct text a, struct text b);

#endif
