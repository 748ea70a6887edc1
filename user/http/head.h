/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads of HTTP/1 messages, strictly (RFC 9112) and without a copy. Pure.
 *
 * Nothing is repaired: what two readers could take for two different messages is broken.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "table/key.h"

#define HTTP_FIELDS_MAX 128 /* hard limit; settings may be lower */

enum http_progress {
	HTTP_DONE,	 /* all there, and right */
	HTTP_INCOMPLETE, /* right as far as it goes */
	HTTP_BROKEN,
};

/* Why a message is broken: a word for the log, and the status that answers it. */
struct http_fault {
	const char *reason; /* "bare-lf", "length-twice", ... (fault.h has all) */
	unsigned status;    /* 400, 414, 417, 431, 501 or 505 for a request; 502 for a
			       response */
};

/* Fields with a meaning here; all others are passed on as they are. */
enum http_name {
	HTTP_OTHER,
	HTTP_CONNECTION,
	HTTP_CONTENT_LENGTH,
	HTTP_COOKIE,
	HTTP_EXPECT,
	HTTP_HOST,
	HTTP_KEEP_ALIVE,
	HTTP_PROXY_CONNECTION,
	HTTP_TE,
	HTTP_TRAILER,
	HTTP_TRANSFER_ENCODING,
	HTTP_UPGRADE,
	HTTP_USER_AGENT,
	HTTP_X_FORWARDED_FOR,
	HTTP_X_FORWARDED_PROTO,
	HTTP_X_REQUEST_ID,
};

struct http_field {
	struct text name;
	struct text value; /* without the blanks around it */
	enum http_name known;
	bool hop; /* named by Connection, or hop-by-hop by itself: not passed on */
};

/* How the end of a body is known. */
enum http_framing {
	HTTP_NO_BODY,
	HTTP_LENGTH,
	HTTP_CHUNKED,
	HTTP_UNTIL_CLOSE, /* responses only */
};

/* Texts are borrowed from the bytes that were parsed. */
struct http_head {
	struct text method, target; /* request */
	struct text authority;	    /* Host, or that of a target in absolute form; empty
				     * for HTTP/1.0 without either */
	struct text path;	    /* path and query: what the pod is sent and what the
				     * query key reads; "*" as it is. Begins with "?"
				     * where an absolute form had no path: the pod is
				     * sent a "/" before it */
	unsigned status;	    /* response */
	struct text reason;	    /* response; may be empty */
	unsigned minor;		    /* HTTP/1.minor: 0 or 1 */
	struct http_field *fields;  /* the caller's array */
	size_t fields_len;
	struct text lines; /* all fields as they came, each with its CRLF */
	size_t len;	   /* bytes of the head, with the empty line */
	enum http_framing framing;
	uint64_t body_len; /* of HTTP_LENGTH */
	bool keep_alive;   /* what the sender allows */
	bool expects_continue;
	bool upgrades; /* request: asks for a WebSocket; response: 101 */
};

struct http_limits {
	size_t head_max;   /* bytes; longer: 431 */
	size_t target_max; /* 414 */
	size_t fields_max; /* <= HTTP_FIELDS_MAX; 431 */
};

/* What earlier calls have learnt of a head that is still incomplete, so that a slow
 * sender costs no more than a fast one. Zero-initialised for a new head; offsets only, so
 * the bytes may have moved between calls. */
struct http_seen {
	size_t line;	/* where the first line begins that was not whole */
	size_t scanned; /* that line does not end before this */
	size_t lines;	/* whole ones, empty ones before the request left out */
};

/* Parse the head that `bytes` begins with. A line is judged when it is whole, a byte that
 * no line may hold as soon as it comes; the answer is the same however the bytes came.
 *
 * seen      in and out
 * fields    room for limits->fields_max
 * ret_head  written on HTTP_DONE
 * ret_fault written on HTTP_BROKEN
 * Empty lines before a request are skipped (at most 2, RFC 9112, 2.2), and count in
 * ret_head->len. A target in absolute form gives authority and path; its authority wins
 * over Host. Upgrades other than to a WebSocket (h2c above all) are not asked for: their
 * fields stay here. */
enum http_progress http_parse_request(const char *bytes, size_t len,
	struct http_seen *seen, const struct http_limits *limits,
	struct http_field *fields, struct http_head *ret_head,
	struct http_fault *ret_fault);

/* What a response answers. */
struct http_asked {
	bool head;     /* HEAD: its response has no body, whatever it says */
	bool upgrades; /* 101 is an answer */
};

/* The same of a response. 1xx, 204 and 304 have no body; nothing is skipped before it. */
enum http_progress http_parse_response(const char *bytes, size_t len,
	struct http_seen *seen, const struct http_asked *asked,
	const struct http_limits *limits, struct http_field *fields,
	struct http_head *ret_head, struct http_fault *ret_fault);

/* ASCII, any case. */
bool text_is_like(struct text a, struct text b);
bool text_is_word(struct text text, const char *word);

#endif
