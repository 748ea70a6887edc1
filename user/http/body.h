/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a body ends: follows its bytes as they pass, and changes none of them. Pure. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "http/head.h"

#define HTTP_CHUNK_LINE_MAX 256	 /* bytes of a chunk's size and extensions */
#define HTTP_TRAILERS_MAX 4096	 /* bytes of all trailer fields */
#define HTTP_TRAILER_NAME_MAX 24 /* longer ones are cut */

struct http_body {
	enum http_framing framing;
	bool is_response;
	uint8_t state; /* of HTTP_CHUNKED: body.c */
	uint8_t name_len;
	uint16_t line_len;     /* of a chunk's line so far */
	uint16_t trailers_len; /* so far */
	uint64_t left; /* bytes of HTTP_LENGTH, or of the chunk; while a chunk's size is
			* read: that size */
	char name[HTTP_TRAILER_NAME_MAX]; /* of the trailer field that is being read */
};

void http_body_init(struct http_body *ret_body, const struct http_head *head);

/* Follow up to `len` more bytes. Chunks are passed on as they came, trailer fields too:
 * sizes, extensions and trailers are checked, strictly, and belong to *ret_used. A
 * trailer field that says what must be known before the body (framing, routing, who asks,
 * what the content is: trailer.c) is a fault. ret_used  how many of the bytes belong to
 * the body (on BROKEN: those before the fault) Returns HTTP_DONE when the body ends
 * there, HTTP_INCOMPLETE when all `len` belong to it and more must come. HTTP_UNTIL_CLOSE
 * never ends here. */
enum http_progress http_body_follow(struct http_body *body, const char *bytes, size_t len,
	size_t *ret_used, struct http_fault *ret_fault);

/* The same for who takes the chunks off: stops where content ends as well. *ret_data says
 * that the bytes used are content, all of them; else they are framing, all of them.
 * Returns HTTP_INCOMPLETE also when it stopped before `len`: call again with the rest. */
enum http_progress http_body_step(struct http_body *body, const char *bytes, size_t len,
	size_t *ret_used, bool *ret_data, struct http_fault *ret_fault);

/* How many bytes may pass unseen (splice) right now: what is left of the length or of the
 * chunk's data; UINT64_MAX until close. http_body_skip() says that they did. */
uint64_t http_body_opaque(const struct http_body *body);
void http_body_skip(struct http_body *body, uint64_t len);
bool http_body_is_done(const struct http_body *body);

#endif
