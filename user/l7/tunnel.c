// SPDX-License-Identifier: BSD-2-Clause
/* What follows a 101: bytes both ways, until both ends have closed. */
#include <sys/socket.h>

#include "l7/core.h"
#include "l7/exchange.h"
#include "l7/record.h"

static void stream_open(struct worker *worker, struct stream *stream)
{
	stream_done(worker, stream);
	*stream = (struct stream){
		.body.framing = HTTP_UNTIL_CLOSE,
		.moved = stream->moved,
	};
}

void tunnel_begin(struct worker *worker, struct exchange *exchange)
{
	struct conn *client = &exchange->client->conn;

	/* It may last for days: let go of the head. */
	exchange_record_copy(exchange);
	client->in->base = 0;
	conn_trim(worker, client);
	conn_trim(worker, &exchange->conn->conn);
	stream_open(worker, &exchange->up);
	stream_open(worker, &exchange->down);
	exchange->response = RESPONSE_TUNNEL;
	conn_wait(worker, &exchange->conn->conn, TIMER_NONE, false);
}

/* One direction. Returns false when the tunnel is broken. */
static bool direction_run(struct worker *worker, struct stream *stream,
	struct conn *source, struct conn *sink, bool *ended)
{
	if (*ended)
		return true;
	switch (stream_run(worker, stream, source, sink)) {
	case STREAM_DONE:
		shutdown(sink->fd, SHUT_WR);
		*ended = true;
		return true;
	case STREAM_AGAIN:
		conn_again(worker, sink);
		return true;
	case STREAM_WAITS_SOURCE:
	case STREAM_WAITS_SINK:
		return true;
	default:
		return false;
	}
}

void tunnel_run(struct worker *worker, struct exchange *exchange)
{
	struct conn *client = &exchange->client->conn;
	struct conn *pod = &exchange->conn->conn;

	if (!direction_run(worker, &exchange->up, client, pod, &exchange->up_ended) ||
		!direction_run(
			worker, &exchange->down, pod, client, &exchange->down_ended))
		exchange_abort(worker, exchange, CLIENT_RESETS, ENDING_TUNNEL_BROKEN);
	else if (exchange->up_ended && exchange->down_ended)
		exchange->response = RESPONSE_DONE;
	else
		conn_wait(worker, client, TIMER_BODY,
			client->received || client->sent || pod->received || pod->sent);
	pod->received = pod->sent = false;
}
