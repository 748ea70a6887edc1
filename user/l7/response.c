// SPDX-License-Identifier: BSD-2-Clause
/* The way of a response to its client. */
#include <errno.h>

#include "http/compose.h"
#include "l7/core.h"
#include "l7/exchange.h"

/* Interim responses that are taken before others get their turn. */
#define HEADS_TURN_MAX 16

/* --- Heads --- */

/* Put the head behind what waits for the client. */
static bool head_put(struct worker *worker, struct exchange *exchange,
	const struct http_head *head, bool is_last)
{
	const struct picked *picked = &exchange->picked;
	struct text set_cookie = {
		.bytes = picked->set_cookie, .len = is_last ? picked->set_cookie_len : 0};
	struct buffer *out = conn_out(worker, &exchange->client->conn);
	struct composer composer = {0};

	if (!out)
		return false;
	composer.bytes = out->bytes + out->end;
	composer.size = worker->buffer_size - out->end;
	compose_response(&composer, head, set_cookie, exchange->record.minor,
		!is_last || exchange->client_keeps);
	if (!composer.full)
		out->end += (uint32_t)composer.len;
	return !composer.full;
}

/* 100, 103: passed on at once, to who understands it. One that the client is too slow for
 * is left out. */
static void interim_take(
	struct worker *worker, struct exchange *exchange, const struct http_head *head)
{
	struct conn *client = &exchange->client->conn;

	if (exchange->record.minor == 0 || client->out)
		return;
	if (!head_put(worker, exchange, head, false))
		client->out->end = client->out->start;
	conn_flush(worker, client);
}

static void upgrade_take(
	struct worker *worker, struct exchange *exchange, const struct http_head *head)
{
	exchange->record.status = head->status;
	if (!head_put(worker, exchange, head, true))
		exchange_abort(worker, exchange, CLIENT_ENDS, ENDING_NO_MEMORY);
	else
		tunnel_begin(worker, exchange);
}

static void last_take(
	struct worker *worker, struct exchange *exchange, const struct http_head *head)
{
	stream_init(&exchange->down, head);
	exchange->down.unchunk =
		head->framing == HTTP_CHUNKED && exchange->record.minor == 0;
	/* A request that is not whole yet is given up when its response is. */
	exchange->client_keeps = exchange->client_keeps && !worker->draining &&
				 exchange->request == REQUEST_SENT &&
				 head->framing != HTTP_UNTIL_CLOSE &&
				 !exchange->down.unchunk;
	exchange->pod_keeps = head->keep_alive && head->framing != HTTP_UNTIL_CLOSE;
	exchange->record.status = head->status;
	exchange->response = RESPONSE_BODY;
	if (!head_put(worker, exchange, head, true))
		exchange_abort(worker, exchange, CLIENT_ENDS, ENDING_NO_MEMORY);
}

static void head_take(
	struct worker *worker, struct exchange *exchange, const struct http_head *head)
{
	struct conn *pod = &exchange->conn->conn;
	struct buffer *in = pod->in;

	exchange->seen = (struct http_seen){0};
	in->start += (uint32_t)head->len;
	if (head->status == 101)
		upgrade_take(worker, exchange, head);
	else if (head->status < 200)
		interim_take(worker, exchange, head);
	else
		last_take(worker, exchange, head);
}

/* The pod has closed, or broken off, before its head was whole. */
static void head_lost(struct worker *worker, struct exchange *exchange)
{
	if (!request_replay(worker, exchange))
		exchange_fail(worker, exchange, ENDING_POD_CLOSED);
}

/* Returns whether there may be more to do. */
static bool head_parse(struct worker *worker, struct exchange *exchange)
{
	struct conn *pod = &exchange->conn->conn;
	struct http_head head;
	struct http_fault fault;
	struct ending ending;

	switch (http_parse_response(pod->in->bytes + pod->in->start,
		pod->in->end - pod->in->start, &exchange->seen, &exchange->asked,
		&worker->settings->limits, worker->fields, &head, &fault)) {
	case HTTP_DONE:
		head_take(worker, exchange, &head);
		return true;
	case HTTP_BROKEN:
		ending = ending_of_fault(&fault, RECORD_UPE);
		exchange_answer(worker, exchange, &ending);
		return false;
	case HTTP_INCOMPLETE:
		break;
	}
	return false;
}

/* Returns whether a head was taken, or lost with a new connection instead. */
static bool head_step(struct worker *worker, struct exchange *exchange)
{
	struct conn *pod = &exchange->conn->conn;
	ssize_t len;

	if (pod->in && pod->in->start < pod->in->end && head_parse(worker, exchange))
		return true;
	if (exchange->response != RESPONSE_HEAD || !pod->readable)
		return false;
	len = conn_read(worker, pod);
	if (len == -EAGAIN)
		return false;
	if (len <= 0)
		head_lost(worker, exchange);
	return true;
}

/* --- Bodies --- */

/* What is wrong with the body came with its head: say so instead, if nothing was sent. */
static void body_broken(struct worker *worker, struct exchange *exchange)
{
	const struct ending ending = ending_of_fault(&exchange->down.fault, RECORD_UPE);
	struct buffer *out = exchange->client->conn.out;

	if (out && !out->start && !exchange->down.moved) {
		out->end = 0;
		exchange->response = RESPONSE_HEAD;
	}
	exchange_answer(worker, exchange, &ending);
}

static void response_finish(struct worker *worker, struct exchange *exchange)
{
	if (exchange->pod_keeps && exchange->request == REQUEST_SENT &&
		!worker->settings->proxy_to) {
		pod_conn_keep(worker, exchange->conn);
		exchange->conn = NULL;
	}
	exchange_drop_conn(worker, exchange);
	if (exchange->client_keeps)
		exchange->client->fate = CLIENT_STAYS;
	exchange->response = RESPONSE_DONE;
}

static void body_run(struct worker *worker, struct exchange *exchange)
{
	struct conn *client = &exchange->client->conn;

	switch (stream_run(worker, &exchange->down, &exchange->conn->conn, client)) {
	case STREAM_DONE:
		response_finish(worker, exchange);
		break;
	case STREAM_AGAIN:
		conn_again(worker, client);
		break;
	case STREAM_SHORT:
	case STREAM_SOURCE_FAILED:
		exchange_fail(worker, exchange, ENDING_POD_CLOSED);
		break;
	case STREAM_SINK_FAILED:
		exchange_abort(worker, exchange, CLIENT_ENDS, ENDING_CLIENT_GONE);
		break;
	case STREAM_BROKEN:
		body_broken(worker, exchange);
		break;
	default:
		break;
	}
}

void response_run(struct worker *worker, struct exchange *exchange)
{
	int heads = 0;

	while (exchange->response == RESPONSE_HEAD && exchange->conn &&
		exchange->request != REQUEST_CONNECTING && head_step(worker, exchange))
		if (++heads == HEADS_TURN_MAX) {
			conn_again(worker, &exchange->client->conn);
			break;
		}
	if (exchange->response == RESPONSE_BODY)
		body_run(worker, exchange);
}
