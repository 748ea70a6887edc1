/* SPDX-License-Identifier: BSD-2-Clause */
/* What is not content in a chunked body, byte by byte. Pure. */
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include "http/body.h"
#include "http/fault.h"

/* What the next byte belongs to. */
enum chunk_state {
	CHUNK_SIZE_FIRST, /* a digit must come */
	CHUNK_SIZE,
	CHUNK_EXTENSION_FIRST, /* its name must come */
	CHUNK_EXTENSION,
	CHUNK_VALUE_FIRST, /* behind "=" */
	CHUNK_VALUE,
	CHUNK_QUOTED,
	CHUNK_QUOTED_PAIR,
	CHUNK_QUOTED_END, /* behind the closing quote */
	CHUNK_LINE_LF,
	CHUNK_DATA,
	CHUNK_DATA_CR,
	CHUNK_DATA_LF,
	CHUNK_TRAILER_FIRST, /* a field, or the empty line */
	CHUNK_TRAILER_NAME,
	CHUNK_TRAILER_VALUE,
	CHUNK_TRAILER_LF,
	CHUNK_END_LF,
	CHUNK_DONE,
};

static inline void chunk_go(struct http_body *body, enum chunk_state state)
{
	body->state = (uint8_t)state;
}

/* Take one byte that is not content: state neither CHUNK_DATA nor CHUNK_DONE. */
enum http_fault_kind chunk_take(struct http_body *body, char byte);

/* Of these, a byte in a state from CHUNK_TRAILER_FIRST to CHUNK_END_LF. */
enum http_fault_kind trailer_take(struct http_body *body, char byte);

#endif
