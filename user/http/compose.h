/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads as they are passed on: hop-by-hop fields out, forwarding fields in. Pure. */
#ifndef HTTP_COMPOSE_H
#define HTTP_COMPOSE_H

#include "addr.h"
#include "http/composer.h"
#include "http/head.h"
#include "model/model.h"

/* Who is in front of us. */
struct forwarded {
	const struct sp_endpoint *peer; /* of the client's connection, or of PROXY */
	bool trusted; /* the peer is a trusted proxy: what it says is kept */
	bool append;  /* the peer is appended to X-Forwarded-For; else it is set anew */
	bool https;   /* X-Forwarded-Proto when nobody trusted has set it */
	struct text default_host; /* Host for a request of HTTP/1.0 that has none */
	struct text request_id;	  /* for a request without X-Request-Id, or with one from
				   * who is not trusted to set it */
};

/* The request for the pod: HTTP/1.1, path in origin form, Host, the fields that are not
 * hop-by-hop, in order, as "name: value"; then X-Forwarded-For, X-Forwarded-Proto,
 * X-Request-Id, each once; Connection and Upgrade only for an upgrade. Framing is as it
 * came. */
void compose_request(struct composer *composer, const struct http_head *head,
	const struct forwarded *forwarded);

/* The response for the client: status line HTTP/1.1, end-to-end fields, then set_cookie
 * ("" none) as a field of its own, Connection: close unless `keep_alive`
 * (keep-alive for a client of HTTP/1.0; upgrade for 101). Interim responses (1xx) go by
 * this, too. For a client of HTTP/1.0 Transfer-Encoding and Trailer are left out: the
 * caller takes the chunks off and closes. */
void compose_response(struct composer *composer, const struct http_head *head,
	struct text set_cookie, unsigned client_minor, bool keep_alive);

/* The set-cookie header's value for a cookie made for a client (ENVOY section 4). */
void compose_cookie(
	struct composer *composer, const struct policy *policy, struct text value);

/* An answer of our own: status, a text body of one line with `reason`, length. */
void compose_answer(struct composer *composer, unsigned status, const char *reason,
	bool keep_alive, bool is_head);

/* "Bad Gateway"; "" for a status that samepod never answers by itself. */
const char *http_status_text(unsigned status);

/* The client's address as Envoy's source-IP key has it: the connection's peer, or, when
 * that is a trusted proxy, the last address in X-Forwarded-For that is not a trusted
 * one's; the first of all when all are. Where one that has to be read is unreadable, or
 * there are more than 20 in all, the peer. */
struct sp_addr forwarded_client(const struct http_head *head,
	const struct sp_endpoint *peer, const struct range *trusted, size_t trusted_len);

#endif
