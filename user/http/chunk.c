/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of chunks: size and extensions. */
#include "http/chunk.h"

#include "http/scan.h"

static unsigned hex_value(char digit)
{
	return scan_is(digit, SCAN_DIGIT) ? (unsigned)(digit - '0')
					  : (unsigned)((digit | 0x20) - 'a' + 10);
}

/* Behind a size, an extension's name or its value. */
static enum http_fault_kind piece_end_take(struct http_body *body, char byte)
{
	if (byte == ';')
		chunk_go(body, CHUNK_EXTENSION_FIRST);
	else if (byte == '\r')
		chunk_go(body, CHUNK_LINE_LF);
	else
		return byte == '\n' ? HTTP_FAULT_BARE_LF : HTTP_FAULT_CHUNK_EXTENSION;
	return HTTP_SOUND;
}

static enum http_fault_kind size_take(struct http_body *body, char byte)
{
	if (scan_is(byte, SCAN_HEX)) {
		if (body->line_len > 15)
			return HTTP_FAULT_CHUNK_SIZE;
		body->left = body->left << 4 | hex_value(byte);
		chunk_go(body, CHUNK_SIZE);
		return HTTP_SOUND;
	}
	if (body->state == CHUNK_SIZE_FIRST ||
		(byte != ';' && byte != '\r' && byte != '\n'))
		return HTTP_FAULT_CHUNK_SIZE;
	return piece_end_take(body, byte);
}

static enum http_fault_kind extension_take(struct http_body *body, char byte)
{
	if (scan_is(byte, SCAN_TOKEN)) {
		chunk_go(body, CHUNK_EXTENSION);
		return HTTP_SOUND;
	}
	if (body->state == CHUNK_EXTENSION_FIRST)
		return HTTP_FAULT_CHUNK_EXTENSION;
	if (byte != '=')
		return piece_end_take(body, byte);
	chunk_go(body, CHUNK_VALUE_FIRST);
	return HTTP_SOUND;
}

static enum http_fault_kind value_take(struct http_body *body, char byte)
{
	if (scan_is(byte, SCAN_TOKEN)) {
		chunk_go(body, CHUNK_VALUE);
		return HTTP_SOUND;
	}
	if (body->state == CHUNK_VALUE)
		return piece_end_take(body, byte);
	if (byte != '"')
		return HTTP_FAULT_CHUNK_EXTENSION;
	chunk_go(body, CHUNK_QUOTED);
	return HTTP_SOUND;
}

static enum http_fault_kind quoted_take(struct http_body *body, char byte)
{
	if (scan_is_control(byte) && byte != '\t')
		return HTTP_FAULT_CHUNK_EXTENSION;
	if (body->state == CHUNK_QUOTED_PAIR)
		chunk_go(body, CHUNK_QUOTED);
	else if (byte == '\\')
		chunk_go(body, CHUNK_QUOTED_PAIR);
	else if (byte == '"')
		chunk_go(body, CHUNK_QUOTED_END);
	return HTTP_SOUND;
}

static enum http_fault_kind line_end_take(struct http_body *body, char byte)
{
	if (byte != '\n')
		return HTTP_FAULT_BARE_CR;
	body->line_len = 0;
	chunk_go(body, body->left ? CHUNK_DATA : CHUNK_TRAILER_FIRST);
	return HTTP_SOUND;
}

static enum http_fault_kind data_end_take(struct http_body *body, char byte)
{
	if (byte != (body->state == CHUNK_DATA_CR ? '\r' : '\n'))
		return HTTP_FAULT_CHUNK_END;
	chunk_go(body, body->state == CHUNK_DATA_CR ? CHUNK_DATA_LF : CHUNK_SIZE_FIRST);
	return HTTP_SOUND;
}

enum http_fault_kind chunk_take(struct http_body *body, char byte)
{
	if (body->state >= CHUNK_TRAILER_FIRST)
		return trailer_take(body, byte);
	if (body->state >= CHUNK_DATA)
		return data_end_take(body, byte);
	if (++body->line_len > HTTP_CHUNK_LINE_MAX)
		return HTTP_FAULT_CHUNK_LINE_LONG;
	switch ((enum chunk_state)body->state) {
	case CHUNK_SIZE_FIRST:
	case CHUNK_SIZE:
		return size_take(body, byte);
	case CHUNK_EXTENSION_FIRST:
	case CHUNK_EXTENSION:
		return extension_take(body, byte);
	case CHUNK_VALUE_FIRST:
	case CHUNK_VALUE:
		return value_take(body, byte);
	case CHUNK_QUOTED_END:
		return piece_end_take(body, byte);
	case CHUNK_LINE_LF:
		return line_end_take(body, byte);
	default:
		return quoted_take(body, byte);
	}
}
