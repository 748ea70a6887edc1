// SPDX-License-Identifier: BSD-2-Clause
/* The way of a request to its pod, and what is done when there is none. */
#include <errno.h>
#include <string.h>

#include "http/compose.h"
#include "http/proxy.h"
#include "l7/core.h"
#include "l7/exchange.h"
#include "model/text.h"

/* --- The head for the pod --- */

static void proxy_compose(
	struct composer *composer, unsigned version, struct client *client)
{
	char header[PROXY_WRITTEN_MAX];
	size_t len = proxy_format(version, &client->peer, client_local(client), header);

	compose_text(composer, (struct text){.bytes = header, .len = len});
}

static void head_compose(struct worker *worker, struct exchange *exchange,
	const struct http_head *head, struct composer *composer)
{
	struct client *client = exchange->client;
	char vip_text[ENDPOINT_TEXT_MAX];
	struct forwarded forwarded = client_forwarded(worker, client, head, vip_text);

	forwarded.request_id = exchange->record.request_id;
	if (worker->settings->proxy_to)
		proxy_compose(composer, worker->settings->proxy_to, client);
	compose_request(composer, head, &forwarded);
}

/* Returns whether it waits in the connection's `out` now. */
static bool head_put(
	struct worker *worker, struct exchange *exchange, const struct http_head *head)
{
	struct buffer *out = conn_out(worker, &exchange->conn->conn);
	struct composer composer = {0};

	if (!out)
		return false;
	composer.bytes = out->bytes;
	composer.size = worker->buffer_size;
	head_compose(worker, exchange, head, &composer);
	out->end = (uint32_t)composer.len;
	return !composer.full;
}

/* --- A connection to the pod --- */

/* Returns 0; a negative errno when there is no connection. */
static int connect_once(
	struct worker *worker, struct exchange *exchange, const struct http_head *head)
{
	bool is_fresh = exchange->is_replayed || worker->settings->proxy_to;
	int error = pod_connect(worker, exchange->pod, exchange, is_fresh,
		exchange->is_idempotent, &exchange->conn);

	if (error)
		return error;
	exchange->seen = (struct http_seen){0};
	exchange->request =
		exchange->conn->is_connecting ? REQUEST_CONNECTING : REQUEST_SENDING;
	if (!head_put(worker, exchange, head))
		exchange_fail(worker, exchange, ENDING_NO_MEMORY);
	return 0;
}

static void pod_leave(struct worker *worker, struct exchange *exchange)
{
	if (!exchange->pod)
		return;
	exchange->pod->in_flight--;
	pod_unuse(worker, exchange->pod);
	exchange->pod = NULL;
}

/* Returns 0, or -ENOMEM. */
static int pod_take(struct worker *worker, struct exchange *exchange)
{
	const struct l7_pick *pick = &exchange->picked.pick;

	pod_leave(worker, exchange);
	exchange->pod = pod_use(worker, pick);
	if (!exchange->pod)
		return -ENOMEM;
	exchange->pod->in_flight++;
	exchange->record.pod = pick->pod;
	exchange->record.pod_number = pick->number;
	exchange->record.pod_born = pick->born;
	return 0;
}

static bool is_of_the_pod(int error)
{
	return error == -ECONNREFUSED || error == -ECONNRESET || error == -ETIMEDOUT ||
	       error == -EHOSTUNREACH || error == -ENETUNREACH || error == -EHOSTDOWN ||
	       error == -ENETDOWN || error == -EPIPE || error == -ECONNABORTED ||
	       error == -EACCES || error == -EPERM;
}

/* The pod could not be reached: may the request go on, and with which pod? A pod that
 * was silent for so long is not asked again. */
static bool try_again(struct worker *worker, struct exchange *exchange, int error)
{
	const struct l7_settings *settings = worker->settings;
	bool may = exchange->record.retries < settings->retries_max;

	worker->stats->pod_connect_failures++;
	if (!exchange->picked.is_keyed) {
		pod_failed(worker, exchange->pod);
		may = may &&
		      !pick_any(worker, exchange->client->vip, &exchange->picked.pick) &&
		      !pod_take(worker, exchange);
	} else if (!may || error == -ETIMEDOUT) {
		pod_failed(worker, exchange->pod);
		may = false;
	}
	exchange->record.retries += may;
	return may;
}

static void answer_unreachable(
	struct worker *worker, struct exchange *exchange, int error)
{
	if (error == -ETIMEDOUT)
		exchange_fail(worker, exchange, ENDING_CONNECT_TIMEOUT);
	else if (is_of_the_pod(error))
		exchange_fail(worker, exchange, ENDING_CONNECT_FAILED);
	else if (error == -EADDRNOTAVAIL)
		exchange_fail(worker, exchange, ENDING_NO_LOCAL_PORT);
	else
		exchange_fail(worker, exchange, ENDING_NO_DESCRIPTOR);
}

/* Connect, as often as it is worth it, after `error` if that is not 0. */
static void connect_until(struct worker *worker, struct exchange *exchange,
	const struct http_head *head, int error)
{
	if (!error)
		error = connect_once(worker, exchange, head);
	while (error && is_of_the_pod(error) && try_again(worker, exchange, error))
		error = connect_once(worker, exchange, head);
	if (error)
		answer_unreachable(worker, exchange, error);
}

void request_begin(
	struct worker *worker, struct exchange *exchange, const struct http_head *head)
{
	struct client *client = exchange->client;
	int error = pick_pod(worker, client, head, &exchange->picked);

	if (!error)
		error = pod_take(worker, exchange);
	if (error == -ENOENT)
		exchange_fail(worker, exchange,
			client->vip->service.version.present ? ENDING_NO_POD
							     : ENDING_NO_SERVICE);
	else if (error == -EHOSTDOWN)
		exchange_fail(worker, exchange, ENDING_POD_DOWN);
	else if (error)
		exchange_fail(worker, exchange, ENDING_NO_MEMORY);
	else
		connect_until(worker, exchange, head, 0);
}

/* --- Once more --- */

/* The head is where it was: read it again. */
static void head_read_again(struct worker *worker, const struct exchange *exchange,
	struct http_head *ret_head)
{
	const struct buffer *in = exchange->client->conn.in;
	struct http_seen seen = {0};
	struct http_fault fault;

	http_parse_request(in->bytes, in->base, &seen, &worker->settings->limits,
		worker->fields, ret_head, &fault);
}

static void body_rewind(struct exchange *exchange, const struct http_head *head)
{
	struct buffer *in = exchange->client->conn.in;

	stream_init(&exchange->up, head);
	in->start = in->base;
}

void request_unreachable(struct worker *worker, struct exchange *exchange, int error)
{
	struct http_head head;

	exchange_drop_conn(worker, exchange);
	head_read_again(worker, exchange, &head);
	connect_until(worker, exchange, &head, error);
}

/* All that was sent of the body is still in the buffer. */
static bool can_rewind(const struct exchange *exchange)
{
	const struct buffer *in = exchange->client->conn.in;

	return !exchange->up.pipe && exchange->up.moved == in->start - in->base;
}

bool request_replay(struct worker *worker, struct exchange *exchange)
{
	struct http_head head;

	if (!exchange->conn->is_reused || exchange->conn->conn.in ||
		!exchange->is_idempotent || !can_rewind(exchange) ||
		exchange->record.retries >= worker->settings->retries_max)
		return false;
	exchange_drop_conn(worker, exchange);
	exchange->record.retries++;
	exchange->is_replayed = true;
	head_read_again(worker, exchange, &head);
	body_rewind(exchange, &head);
	connect_until(worker, exchange, &head, 0);
	return true;
}

/* --- Run --- */

static void send_run(struct worker *worker, struct exchange *exchange)
{
	struct conn *client = &exchange->client->conn;
	struct conn *pod = &exchange->conn->conn;
	struct ending ending;

	switch (stream_run(worker, &exchange->up, client, pod)) {
	case STREAM_DONE:
		exchange->request = REQUEST_SENT;
		break;
	case STREAM_AGAIN:
		conn_again(worker, client);
		break;
	case STREAM_SHORT:
	case STREAM_SOURCE_FAILED:
		exchange_abort(worker, exchange, CLIENT_ENDS, ENDING_CLIENT_GONE);
		break;
	case STREAM_SINK_FAILED:
		/* It may have answered before it closed. */
		exchange->request = REQUEST_STOPPED;
		pod->readable = true;
		break;
	case STREAM_BROKEN:
		ending = ending_of_fault(&exchange->up.fault, RECORD_DPE);
		exchange_answer(worker, exchange, &ending);
		break;
	default:
		break;
	}
}

static void connect_run(struct worker *worker, struct exchange *exchange)
{
	int error = pod_conn_finish(exchange->conn);

	if (!error)
		exchange->request = REQUEST_SENDING;
	else if (error != -EAGAIN)
		request_unreachable(worker, exchange, error);
}

void request_run(struct worker *worker, struct exchange *exchange)
{
	if (exchange->conn && exchange->request == REQUEST_CONNECTING)
		connect_run(worker, exchange);
	if (exchange->conn && exchange->request == REQUEST_SENDING)
		send_run(worker, exchange);
}
