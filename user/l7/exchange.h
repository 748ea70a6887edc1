/* SPDX-License-Identifier: BSD-2-Clause */
/* A request with its response, between a client and a pod. Both run at the same time:
 *
 *   request     what comes                        next
 *   CONNECTING  the connection to the pod         SENDING
 *   SENDING     the end of the request's body     SENT
 *   SENT        -
 *   STOPPED     -            (the pod takes no more; it may still answer)
 *
 *   response    what comes                        next
 *   HEAD        an interim response (1xx)         HEAD
 *               101 to an upgrade                 TUNNEL
 *               a head                            BODY
 *               the pod's end, no byte before it  HEAD, with another connection, if the
 *                                                 request may be sent twice
 *               none, or a broken one             ANSWER: 502, 503, 504
 *   BODY        its end                           DONE
 *               anything else                     DONE, the client closed or reset
 *   TUNNEL      both ends                         DONE
 *   ANSWER      all of our own answer is sent     DONE
 */
#ifndef L7_EXCHANGE_H
#define L7_EXCHANGE_H

#include "http/record.h"
#include "l7/client.h"
#include "l7/ending.h"
#include "l7/pick.h"
#include "l7/pods.h"
#include "l7/stream.h"

enum request_state {
	REQUEST_CONNECTING,
	REQUEST_SENDING,
	REQUEST_SENT,
	REQUEST_STOPPED,
};

enum response_state {
	RESPONSE_HEAD,
	RESPONSE_BODY,
	RESPONSE_TUNNEL,
	RESPONSE_ANSWER,
	RESPONSE_DONE,
};

#define REQUEST_ID_LEN 36

/* The request's head stays in the client's `in`, from its first byte to `base`. */
struct exchange {
	struct client *client;
	struct l7_pod *pod;    /* NULL: none was asked */
	struct pod_conn *conn; /* NULL: not (any longer) connected */
	enum request_state request;
	enum response_state response;
	struct stream up, down;
	uint64_t since_ns;     /* CLOCK_MONOTONIC */
	struct http_seen seen; /* of the response's head */
	struct http_asked asked;
	bool is_idempotent;	   /* the method: may be sent twice (RFC 9110, 9.2.2) */
	bool is_replayed;	   /* a kept connection has failed it: no other one */
	bool client_keeps;	   /* the client wants to go on after this */
	bool pod_keeps;		   /* so does the pod */
	bool up_ended, down_ended; /* of a tunnel */
	char *texts;		   /* of a tunnel: what the record borrows; else NULL */
	char *joined;		   /* X-Forwarded-For out of several fields, or NULL */
	struct record record;
	struct picked picked;
	char request_id[REQUEST_ID_LEN];
};

/* Begin: the head lies at the very front of the client's `in`. */
void exchange_begin(
	struct worker *worker, struct client *client, const struct http_head *head);

/* The same for a request that has no head that could be read: it is answered. */
void exchange_begin_broken(
	struct worker *worker, struct client *client, const struct ending *ending);

/* Go on as far as possible. True: it is over. */
bool exchange_run(struct worker *worker, struct exchange *exchange);

/* A timer of one of its connections is over. */
void exchange_expired(struct worker *worker, struct exchange *exchange,
	const struct conn *conn, enum timer_kind kind);

/* It is over: record it, and tell the client what becomes of it (client->fate). */
void exchange_end(struct worker *worker, struct exchange *exchange);

/* --- Between the parts of an exchange --- */

/* Nothing more can be said: the client's connection ends like that. */
void exchange_abort(struct worker *worker, struct exchange *exchange,
	enum client_fate fate, enum ending_kind kind);

/* Answer by ourselves, if nothing was answered yet; else the client's connection ends so
 * that it does not take what it has for all of the response. */
void exchange_answer(
	struct worker *worker, struct exchange *exchange, const struct ending *ending);

/* The same for one of the list. */
void exchange_fail(
	struct worker *worker, struct exchange *exchange, enum ending_kind kind);

/* Let go of the pod's connection. */
void exchange_drop_conn(struct worker *worker, struct exchange *exchange);

/* Find a pod and send it the request. */
void request_begin(
	struct worker *worker, struct exchange *exchange, const struct http_head *head);
/* The pod's connection failed, or took too long, before it was made. */
void request_unreachable(struct worker *worker, struct exchange *exchange, int error);
void request_run(struct worker *worker, struct exchange *exchange);
/* The connection broke before a byte of a response: send it again on another, if that is
 * safe. */
bool request_replay(struct worker *worker, struct exchange *exchange);

void response_run(struct worker *worker, struct exchange *exchange);

/* Become a tunnel. The caller has passed on the 101. */
void tunnel_begin(struct worker *worker, struct exchange *exchange);
void tunnel_run(struct worker *worker, struct exchange *exchange);

#endif
