// SPDX-License-Identifier: BSD-2-Clause
/* Clients: from state to state. */
#include "l7/client.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/proxy.h"
#include "l7/exchange.h"
#include "l7/listener.h"
#include "model/ranges.h"
#include "model/text.h"

/* Requests, or pieces of what is thrown away, before others get their turn. */
#define CLIENT_TURN_MAX 32

static bool is_among(const struct l7_ranges *ranges, const struct sp_addr *addr)
{
	return ranges_hold(ranges->at, ranges->len, addr);
}

/* --- Open and close --- */

/* It is known who it is: HTTP may begin. Proxies speak for many: they are not counted.
 * Returns false for an address that has too many connections. */
static bool client_admit(struct worker *worker, struct client *client)
{
	const struct l7_settings *settings = worker->settings;
	const struct sp_addr *addr = &client->peer.addr;

	client->is_trusted = is_among(&settings->trusted, addr);
	client->state = CLIENT_HEAD;
	if (client->is_trusted)
		return true;
	client->is_counted = address_take(
		&worker->addresses, addr, settings->connections_per_address_max);
	if (!client->is_counted)
		worker->stats->refused_limit++;
	return client->is_counted;
}

static void client_init(struct worker *worker, struct client *client, struct vip *vip,
	const struct sp_endpoint *peer)
{
	memset(&client->vip, 0, sizeof(*client) - offsetof(struct client, vip));
	client->vip = vip;
	client->peer = *peer;
	client->conn.writable = true;
	vip->users++;
	worker->clients_len++;
	worker->stats->connections++;
	worker->stats->connections_open++;
}

void client_open(
	struct worker *worker, struct vip *vip, int fd, const struct sp_endpoint *peer)
{
	struct client *client = pool_get(&worker->clients);

	if (!client || conn_open(worker, &client->conn, CONN_CLIENT, fd)) {
		if (client)
			pool_put(&worker->clients, client);
		close(fd);
		return;
	}
	client_init(worker, client, vip, peer);
	if (is_among(&worker->settings->proxy_from, &peer->addr))
		client->state = CLIENT_PROXY;
	else if (!client_admit(worker, client))
		client_close(worker, client);
	if (client->conn.kind != CONN_CLOSED)
		conn_wait(worker, &client->conn, TIMER_HEAD, false);
}

/* What goes with its connection. */
static void client_forget(struct worker *worker, struct client *client)
{
	if (client->is_counted)
		address_give(&worker->addresses, &client->peer.addr);
	worker->clients_len--;
	worker->stats->connections_open--;
	vip_unuse(worker, client->vip);
}

void client_close(struct worker *worker, struct client *client)
{
	client_forget(worker, client);
	conn_close(worker, &client->conn);
}

static void client_reset(struct worker *worker, struct client *client)
{
	client_forget(worker, client);
	conn_abort(worker, &client->conn);
}

struct forwarded client_forwarded(const struct worker *worker,
	const struct client *client, const struct http_head *head, char *vip_text)
{
	struct forwarded forwarded = {
		.peer = &client->peer,
		.trusted = client->is_trusted,
		.append = !worker->settings->forwarded_overwrite,
	};

	if (!head->authority.len)
		forwarded.default_host =
			text_of(pod_format(&client->vip->service.vip, vip_text));
	return forwarded;
}

const struct sp_endpoint *client_local(struct client *client)
{
	struct sockaddr_storage addr = {0};
	socklen_t len = sizeof(addr);

	if (client->has_local)
		return &client->local;
	if (!getsockname(client->conn.fd, (struct sockaddr *)&addr, &len))
		client->local = endpoint_from_sockaddr(&addr);
	client->has_local = true;
	return &client->local;
}

/* --- Steps: each returns whether there may be another one --- */

static bool has_bytes(const struct conn *conn)
{
	return conn->in && conn->in->start < conn->in->end;
}

/* More of what comes before an exchange. A client that has gone is closed. */
static bool client_read(struct worker *worker, struct client *client)
{
	struct conn *conn = &client->conn;
	ssize_t len = conn->readable ? conn_read(worker, conn) : -EAGAIN;
	bool is_idle = client->has_asked && !has_bytes(conn);

	if (len > 0)
		return true;
	if (len == -EAGAIN && !conn->eof)
		conn_wait(worker, conn, is_idle ? TIMER_IDLE : TIMER_HEAD, false);
	else
		client_close(worker, client);
	return false;
}

static bool step_proxy(struct worker *worker, struct client *client)
{
	struct buffer *in = client->conn.in;
	struct proxy proxy;
	struct http_fault fault;
	enum http_progress progress = HTTP_INCOMPLETE;

	if (has_bytes(&client->conn))
		progress = proxy_parse(
			in->bytes + in->start, in->end - in->start, &proxy, &fault);
	if (progress == HTTP_INCOMPLETE)
		return client_read(worker, client);
	if (progress == HTTP_DONE) {
		in->start += (uint32_t)proxy.len;
		client->has_local = !proxy.local;
		if (!proxy.local) {
			client->peer = proxy.source;
			client->local = proxy.dest;
		}
		if (client_admit(worker, client))
			return true;
	}
	client_close(worker, client);
	return false;
}

static bool step_head(struct worker *worker, struct client *client)
{
	struct buffer *in = client->conn.in;
	struct http_head head;
	struct http_fault fault;
	struct ending ending;
	enum http_progress progress = HTTP_INCOMPLETE;

	if (has_bytes(&client->conn)) {
		buffer_to_front(in);
		progress = http_parse_request(in->bytes, in->end, &client->seen,
			&worker->settings->limits, worker->fields, &head, &fault);
	}
	switch (progress) {
	case HTTP_DONE:
		exchange_begin(worker, client, &head);
		return true;
	case HTTP_BROKEN:
		ending = ending_of_fault(&fault, RECORD_DPE);
		exchange_begin_broken(worker, client, &ending);
		return true;
	case HTTP_INCOMPLETE:
		break;
	}
	return client_read(worker, client);
}

/* Say that we are done, and wait for the client to say so. */
static void linger_begin(struct worker *worker, struct client *client)
{
	struct conn *conn = &client->conn;

	shutdown(conn->fd, SHUT_WR);
	client->state = CLIENT_LINGER;
	if (conn->in)
		conn->in->start = conn->in->end;
	conn_trim(worker, conn);
	conn_wait(worker, conn, TIMER_LINGER, false);
}

static bool step_exchange(struct worker *worker, struct client *client)
{
	if (!exchange_run(worker, client->exchange))
		return false;
	exchange_end(worker, client->exchange);
	conn_trim(worker, &client->conn);
	switch ((enum client_fate)client->fate) {
	case CLIENT_STAYS:
		client->state = CLIENT_HEAD;
		client->has_asked = true;
		return true;
	case CLIENT_LINGERS:
		linger_begin(worker, client);
		return true;
	case CLIENT_ENDS:
		client_close(worker, client);
		break;
	case CLIENT_RESETS:
		client_reset(worker, client);
		break;
	}
	return false;
}

static bool step_linger(struct worker *worker, struct client *client)
{
	struct conn *conn = &client->conn;
	ssize_t len = conn->readable ? conn_read(worker, conn) : -EAGAIN;

	if (len > 0) {
		conn->in->start = conn->in->end;
		conn_trim(worker, conn);
		return true;
	}
	if (len != -EAGAIN || conn->eof)
		client_close(worker, client);
	return false;
}

static bool client_step(struct worker *worker, struct client *client)
{
	switch ((enum client_state)client->state) {
	case CLIENT_PROXY:
		return step_proxy(worker, client);
	case CLIENT_HEAD:
		return step_head(worker, client);
	case CLIENT_EXCHANGE:
		return step_exchange(worker, client);
	case CLIENT_LINGER:
		return step_linger(worker, client);
	}
	return false;
}

void client_run(struct worker *worker, struct client *client)
{
	for (int i = 0; i < CLIENT_TURN_MAX; i++)
		if (client->conn.kind == CONN_CLOSED || !client_step(worker, client))
			return;
	conn_again(worker, &client->conn);
}

void client_expired(struct worker *worker, struct client *client, enum timer_kind kind)
{
	if (client->state == CLIENT_EXCHANGE) {
		exchange_expired(worker, client->exchange, &client->conn, kind);
	} else if (client->state == CLIENT_HEAD && has_bytes(&client->conn)) {
		exchange_begin_broken(worker, client, &endings[ENDING_HEAD_TIMEOUT]);
	} else {
		client_close(worker, client);
		return;
	}
	client_run(worker, client);
}

void client_end(struct worker *worker, struct client *client)
{
	if (client->exchange) {
		exchange_abort(
			worker, client->exchange, CLIENT_ENDS, ENDING_DRAIN_DEADLINE);
		exchange_end(worker, client->exchange);
	}
	client_close(worker, client);
}
