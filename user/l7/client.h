/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's connection: one request after the other.
 *
 *   state      what comes                      next
 *   PROXY      the PROXY header, whole         HEAD
 *   HEAD       a head, whole (or broken)       EXCHANGE
 *   EXCHANGE   the end of the response         HEAD, LINGER or closed
 *   LINGER     the client's end                closed
 *
 * LINGER: all is said and our end is sent; what the client still sends is read and thrown
 * away, since a reset in answer to it could cost the client what it has not read yet.
 * In every state: an error or a timer that is over closes. */
#ifndef L7_CLIENT_H
#define L7_CLIENT_H

#include "http/compose.h"
#include "l7/conn.h"
#include "l7/core.h"

enum client_state {
	CLIENT_PROXY,
	CLIENT_HEAD,
	CLIENT_EXCHANGE,
	CLIENT_LINGER,
};

/* What becomes of it after an exchange. */
enum client_fate {
	CLIENT_STAYS,
	CLIENT_ENDS,	/* it has got all that it gets */
	CLIENT_LINGERS, /* the same, but it may still be sending */
	CLIENT_RESETS,	/* it must not take what it has got for all of it */
};

/* Idle connections are many: this is all that one costs. */
struct client {
	struct conn conn; /* the first member */
	struct vip *vip;
	struct exchange *exchange;
	struct sp_endpoint peer;  /* or what PROXY has said */
	struct sp_endpoint local; /* valid with has_local */
	struct http_seen seen;	  /* of the next request's head */
	uint8_t state;		  /* enum client_state */
	uint8_t fate;		  /* enum client_fate */
	bool is_trusted;	  /* a proxy that is believed */
	bool is_counted;	  /* in worker->addresses */
	bool has_local;
	bool has_asked; /* it has made a request before */
};

/* A connection that was accepted. */
void client_open(
	struct worker *worker, struct vip *vip, int fd, const struct sp_endpoint *peer);

/* Go on as far as possible. */
void client_run(struct worker *worker, struct client *client);

void client_expired(struct worker *worker, struct client *client, enum timer_kind kind);

void client_close(struct worker *worker, struct client *client);

/* The worker ends: close it whatever it does. */
void client_end(struct worker *worker, struct client *client);

/* Our end of its connection. */
const struct sp_endpoint *client_local(struct client *client);

/* What pods are told of the client with this request, but for the request's number.
 * vip_text: of ENDPOINT_TEXT_MAX; borrowed where the request names no host. */
struct forwarded client_forwarded(const struct worker *worker,
	const struct client *client, const struct http_head *head, char *vip_text);

#endif
