// SPDX-License-Identifier: BSD-2-Clause
/* The life of an exchange: begin, run, wait, answer, end. */
#include "l7/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/compose.h"
#include "l7/core.h"
#include "l7/record.h"

/* --- Begin --- */

static struct exchange *exchange_new(struct worker *worker, struct client *client)
{
	struct exchange *exchange = pool_get(&worker->exchanges);

	if (!exchange) {
		client_close(worker, client);
		return NULL;
	}
	/* Not what is behind it: picked and request_id are written before they are read.
	 */
	memset(exchange, 0, offsetof(struct exchange, picked));
	exchange->client = client;
	exchange->since_ns = clock_ns(CLOCK_MONOTONIC);
	exchange_record_begin(worker, exchange);
	client->exchange = exchange;
	client->state = CLIENT_EXCHANGE;
	client->fate = CLIENT_ENDS;
	client->seen = (struct http_seen){0};
	return exchange;
}

static bool method_is_idempotent(struct text method)
{
	static const char *const methods[] = {
		"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (text_is(method, text_of(methods[i])))
			return true;
	return false;
}

void exchange_begin(
	struct worker *worker, struct client *client, const struct http_head *head)
{
	struct exchange *exchange = exchange_new(worker, client);
	struct buffer *in = client->conn.in;

	if (!exchange)
		return;
	in->base = in->start = (uint32_t)head->len;
	exchange->asked.head = text_is(head->method, text_of("HEAD"));
	exchange->asked.upgrades = head->upgrades;
	exchange->is_idempotent = method_is_idempotent(head->method);
	exchange->client_keeps = head->keep_alive && !worker->draining;
	stream_init(&exchange->up, head);
	exchange_record_head(worker, exchange, head);
	request_begin(worker, exchange, head);
}

void exchange_begin_broken(
	struct worker *worker, struct client *client, const struct ending *ending)
{
	struct exchange *exchange = exchange_new(worker, client);

	if (exchange)
		exchange_answer(worker, exchange, ending);
}

/* --- Run --- */

static bool is_pending(const struct conn *sink, const struct stream *stream)
{
	return sink->out || stream->pipe || stream->approved;
}

/* What the client has to do next, and since when. */
static void wait_client(struct worker *worker, struct exchange *exchange)
{
	struct conn *client = &exchange->client->conn;

	if (is_pending(client, &exchange->down))
		conn_wait(worker, client, TIMER_WRITE, client->sent);
	else if (exchange->request == REQUEST_SENDING && exchange->conn &&
		 !is_pending(&exchange->conn->conn, &exchange->up))
		conn_wait(worker, client, TIMER_BODY, client->received);
	else
		conn_wait(worker, client, TIMER_NONE, false);
}

/* What the pod has to do next, and since when. */
static void wait_pod(struct worker *worker, struct exchange *exchange)
{
	struct conn *pod = &exchange->conn->conn;

	if (exchange->request == REQUEST_CONNECTING)
		conn_wait(worker, pod, TIMER_CONNECT, false);
	else if (exchange->request == REQUEST_SENDING && is_pending(pod, &exchange->up))
		conn_wait(worker, pod, TIMER_WRITE, pod->sent);
	else if (exchange->response == RESPONSE_HEAD &&
		 exchange->request != REQUEST_SENDING)
		conn_wait(worker, pod, TIMER_RESPONSE, false);
	else if (exchange->response == RESPONSE_BODY &&
		 !is_pending(&exchange->client->conn, &exchange->down))
		conn_wait(worker, pod, TIMER_BODY, pod->received);
	else
		conn_wait(worker, pod, TIMER_NONE, false);
}

static void answer_run(struct worker *worker, struct exchange *exchange)
{
	int error = conn_flush(worker, &exchange->client->conn);

	if (!error)
		exchange->response = RESPONSE_DONE;
	else if (error != -EAGAIN)
		exchange_abort(worker, exchange, CLIENT_ENDS, ENDING_CLIENT_GONE);
}

bool exchange_run(struct worker *worker, struct exchange *exchange)
{
	if (exchange->client->conn.reset && exchange->response != RESPONSE_DONE)
		exchange_abort(worker, exchange, CLIENT_ENDS, ENDING_CLIENT_GONE);
	if (exchange->response == RESPONSE_HEAD || exchange->response == RESPONSE_BODY) {
		request_run(worker, exchange);
		response_run(worker, exchange);
	}
	if (exchange->response == RESPONSE_TUNNEL)
		tunnel_run(worker, exchange);
	if (exchange->response == RESPONSE_ANSWER)
		answer_run(worker, exchange);
	if (exchange->response == RESPONSE_DONE)
		return true;
	if (exchange->response != RESPONSE_TUNNEL) {
		wait_client(worker, exchange);
		if (exchange->conn)
			wait_pod(worker, exchange);
	}
	return false;
}

void exchange_expired(struct worker *worker, struct exchange *exchange,
	const struct conn *conn, enum timer_kind kind)
{
	bool is_pod = conn != &exchange->client->conn;

	if (kind == TIMER_CONNECT)
		request_unreachable(worker, exchange, -ETIMEDOUT);
	else if (is_pod)
		exchange_fail(worker, exchange,
			kind == TIMER_RESPONSE ? ENDING_RESPONSE_TIMEOUT
			: kind == TIMER_WRITE  ? ENDING_POD_WRITE_TIMEOUT
					       : ENDING_BODY_TIMEOUT);
	else if (exchange->response == RESPONSE_TUNNEL)
		exchange_abort(worker, exchange, CLIENT_ENDS, ENDING_TUNNEL_IDLE);
	else if (kind == TIMER_BODY)
		exchange_fail(worker, exchange, ENDING_REQUEST_BODY_TIMEOUT);
	else
		exchange_abort(
			worker, exchange, CLIENT_RESETS, ENDING_CLIENT_WRITE_TIMEOUT);
}

/* --- Answers of our own --- */

void exchange_drop_conn(struct worker *worker, struct exchange *exchange)
{
	if (exchange->conn)
		pod_conn_close(worker, exchange->conn);
	exchange->conn = NULL;
}

/* Its connection to the pod is of no use any longer. */
static void stop_with(
	struct worker *worker, struct exchange *exchange, const struct ending *ending)
{
	exchange->record.flags |= 1U << ending->flag;
	exchange->record.reason = ending->reason;
	exchange_drop_conn(worker, exchange);
}

static void abort_with(struct worker *worker, struct exchange *exchange,
	enum client_fate fate, const struct ending *ending)
{
	stop_with(worker, exchange, ending);
	exchange->client->fate = (uint8_t)fate;
	exchange->response = RESPONSE_DONE;
}

void exchange_abort(struct worker *worker, struct exchange *exchange,
	enum client_fate fate, enum ending_kind kind)
{
	abort_with(worker, exchange, fate, &endings[kind]);
}

/* Whether a response that ends too early looks as one that is whole. */
static bool is_open_ended(const struct exchange *exchange)
{
	return exchange->down.unchunk || exchange->down.body.framing == HTTP_UNTIL_CLOSE;
}

static void answer_compose(
	struct worker *worker, struct exchange *exchange, const struct ending *ending)
{
	struct buffer *out = conn_out(worker, &exchange->client->conn);
	struct composer composer = {0};

	if (!out) {
		exchange->response = RESPONSE_DONE;
		return;
	}
	composer.bytes = out->bytes + out->end;
	composer.size = worker->buffer_size - out->end;
	compose_answer(&composer, ending->status, ending->reason, exchange->client_keeps,
		exchange->asked.head);
	out->end += (uint32_t)composer.len;
	exchange->record.status = ending->status;
	exchange->record.bytes_sent = answer_body_len(&composer);
	exchange->response = RESPONSE_ANSWER;
	exchange->client->fate = exchange->client_keeps ? CLIENT_STAYS : CLIENT_ENDS;
}

void exchange_answer(
	struct worker *worker, struct exchange *exchange, const struct ending *ending)
{
	if (exchange->response != RESPONSE_HEAD) {
		abort_with(worker, exchange,
			is_open_ended(exchange) ? CLIENT_RESETS : CLIENT_ENDS, ending);
		return;
	}
	stop_with(worker, exchange, ending);
	exchange->client_keeps = exchange->client_keeps && !worker->draining &&
				 http_body_is_done(&exchange->up.body);
	answer_compose(worker, exchange, ending);
}

void exchange_fail(
	struct worker *worker, struct exchange *exchange, enum ending_kind kind)
{
	exchange_answer(worker, exchange, &endings[kind]);
}

/* --- End --- */

/* A client that is still sending would take our end for a reset. */
static bool is_sending(const struct exchange *exchange)
{
	const struct conn *client = &exchange->client->conn;
	bool is_broken = !exchange->record.method.len;

	return !client->reset && !client->eof &&
	       (is_broken || client->readable ||
		       (client->in && client->in->start < client->in->end) ||
		       !http_body_is_done(&exchange->up.body));
}

void exchange_end(struct worker *worker, struct exchange *exchange)
{
	struct client *client = exchange->client;
	struct buffer *in = client->conn.in;

	exchange_record_end(worker, exchange);
	exchange_drop_conn(worker, exchange);
	if (exchange->pod) {
		exchange->pod->in_flight--;
		pod_unuse(worker, exchange->pod);
	}
	if (in) {
		in->start += exchange->up.approved;
		in->base = 0;
	}
	if (client->fate == CLIENT_ENDS && is_sending(exchange))
		client->fate = CLIENT_LINGERS;
	stream_done(worker, &exchange->up);
	stream_done(worker, &exchange->down);
	free(exchange->texts);
	free(exchange->joined);
	client->exchange = NULL;
	pool_put(&worker->exchanges, exchange);
}
