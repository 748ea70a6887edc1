/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields behind a chunked body. They are passed on, so each must be one that may come
 * there: a pod that adds them to the head must not be told another message by them. */
#include "http/chunk.h"
#include "http/names.h"
#include "http/scan.h"

static enum http_fault_kind name_take(struct http_body *body, char byte)
{
	if (scan_is(byte, SCAN_TOKEN)) {
		if (body->name_len < HTTP_TRAILER_NAME_MAX)
			body->name[body->name_len++] = byte;
		return HTTP_SOUND;
	}
	if (byte != ':')
		return scan_is_blank(byte) ? HTTP_FAULT_SPACE_BEFORE_COLON
					   : HTTP_FAULT_NAME;
	if (!http_name_is_trailer((struct text){body->name, body->name_len}))
		return HTTP_FAULT_TRAILER;
	chunk_go(body, CHUNK_TRAILER_VALUE);
	return HTTP_SOUND;
}

static enum http_fault_kind first_take(struct http_body *body, char byte)
{
	if (byte == '\r') {
		chunk_go(body, CHUNK_END_LF);
		return HTTP_SOUND;
	}
	if (scan_is_blank(byte))
		return HTTP_FAULT_FOLD;
	if (!scan_is(byte, SCAN_TOKEN))
		return byte == '\n' ? HTTP_FAULT_BARE_LF : HTTP_FAULT_NAME;
	body->name_len = 0;
	chunk_go(body, CHUNK_TRAILER_NAME);
	return name_take(body, byte);
}

static enum http_fault_kind value_take(struct http_body *body, char byte)
{
	if (byte == '\r')
		chunk_go(body, CHUNK_TRAILER_LF);
	else if (byte == '\n')
		return HTTP_FAULT_BARE_LF;
	else if (scan_is_control(byte) && byte != '\t')
		return HTTP_FAULT_CONTROL_BYTE;
	return HTTP_SOUND;
}

enum http_fault_kind trailer_take(struct http_body *body, char byte)
{
	if (++body->trailers_len > HTTP_TRAILERS_MAX)
		return HTTP_FAULT_TRAILERS_LONG;
	switch ((enum chunk_state)body->state) {
	case CHUNK_TRAILER_FIRST:
		return first_take(body, byte);
	case CHUNK_TRAILER_NAME:
		return name_take(body, byte);
	case CHUNK_TRAILER_VALUE:
		return value_take(body, byte);
	default:
		if (byte != '\n')
			return HTTP_FAULT_BARE_CR;
		chunk_go(body,
			body->state == CHUNK_END_LF ? CHUNK_DONE : CHUNK_TRAILER_FIRST);
		return HTTP_SOUND;
	}
}
