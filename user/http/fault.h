/* SPDX-License-Identifier: BSD-2-Clause */
/* All that can be wrong with a message: one list for the parsers, the log and the manual
 * page. */
#ifndef HTTP_FAULT_H
#define HTTP_FAULT_H

#include "http/head.h"

/* X(enum, word, status for a request, what is wrong). A response that is broken is
 * answered 502, whatever it is. */
#define HTTP_FAULTS(X)                                                                   \
	X(BARE_LF, "bare-lf", 400, "a line ends without CR")                             \
	X(BARE_CR, "bare-cr", 400, "a CR without LF")                                    \
	X(CONTROL_BYTE, "control-byte", 400, "a NUL or another control byte")            \
	X(EMPTY_LINES, "empty-lines", 400, "more than 2 empty lines before a request")   \
	X(REQUEST_LINE, "request-line", 400,                                             \
		"not method, target and version with one space between")                 \
	X(METHOD, "method", 400, "the method is not a token")                            \
	X(TARGET, "target", 400,                                                         \
		"the target is not a path, an http:// URL, or * for OPTIONS; or has a "  \
		"fragment, or bytes outside of ASCII")                                   \
	X(TARGET_LONG, "target-long", 414, "the target is longer than the limit")        \
	X(CONNECT, "connect", 501, "CONNECT is not served")                              \
	X(NO_VERSION, "no-version", 400, "a request of HTTP/0.9")                        \
	X(VERSION, "version", 505, "a version other than HTTP/1.0 and HTTP/1.1")         \
	X(STATUS_LINE, "status-line", 502,                                               \
		"not version, status 100 to 599 and reason with one space between")      \
	X(HEAD_LONG, "head-long", 431, "the head is longer than the limit")              \
	X(FIELDS_MANY, "fields-many", 431, "more fields than the limit")                 \
	X(FOLD, "obs-fold", 400, "a field goes on in another line")                      \
	X(NO_COLON, "no-colon", 400, "a field without a colon")                          \
	X(SPACE_BEFORE_COLON, "space-before-colon", 400,                                 \
		"a space between a field's name and its colon")                          \
	X(NAME, "name", 400, "a field's name is not a token")                            \
	X(NO_HOST, "no-host", 400, "no Host in a request of HTTP/1.1")                   \
	X(HOST_TWICE, "host-twice", 400, "more than one Host")                           \
	X(HOST, "host", 400, "Host, or the URL's, is not host[:port]")                   \
	X(LENGTH, "length", 400, "Content-Length is not one number below 2^63")          \
	X(LENGTH_TWICE, "length-twice", 400, "more than one Content-Length")             \
	X(LENGTH_AND_CODING, "length-and-coding", 400,                                   \
		"Content-Length with Transfer-Encoding")                                 \
	X(CODING, "coding", 501, "a Transfer-Encoding other than chunked alone")         \
	X(CODING_END, "coding-end", 400,                                                 \
		"a Transfer-Encoding that does not end in chunked, or has it twice")     \
	X(CODING_OLD, "coding-1.0", 400, "a Transfer-Encoding in HTTP/1.0")              \
	X(CONNECTION, "connection", 400,                                                 \
		"Connection is not a list of names, is too long, or names a field that " \
		"is not for one hop")                                                    \
	X(EXPECT, "expect", 417, "an expectation other than 100-continue")               \
	X(BODY_UNWANTED, "body-unwanted", 502, "a body where the status allows none")    \
	X(UPGRADE, "upgrade", 502, "101 that nobody asked for, or to something else")    \
	X(CHUNK_SIZE, "chunk-size", 400, "a chunk's size is not 1 to 15 hex digits")     \
	X(CHUNK_EXTENSION, "chunk-extension", 400, "a chunk's extensions are malformed") \
	X(CHUNK_LINE_LONG, "chunk-line-long", 400, "a chunk's line is above 256 bytes")  \
	X(CHUNK_END, "chunk-end", 400, "a chunk is not as long as it says")              \
	X(TRAILER, "trailer", 400, "a trailer field that may not be one")                \
	X(TRAILERS_LONG, "trailers-long", 400, "trailer fields above 4096 bytes")        \
	X(PROXY, "proxy", 400, "not a header of the PROXY protocol")                     \
	X(PROXY_LONG, "proxy-long", 400, "a PROXY header above 536 bytes")

enum http_fault_kind {
	HTTP_SOUND, /* no fault */
#define X(kind, word, status, meaning) HTTP_FAULT_##kind,
	HTTP_FAULTS(X)
#undef X
		HTTP_FAULT_KINDS
};

/* The fault as a request's, or as a response's, is told. */
struct http_fault http_fault_make(enum http_fault_kind kind, bool is_response);

#endif
