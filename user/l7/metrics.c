/* SPDX-License-Identifier: BSD-2-Clause */
/* Prometheus text over HTTP, in the keeper's loop. */
#include "l7/metrics.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/head.h"
#include "l7/exposition.h"

#define HEAD_MAX 4096
#define FIELDS_MAX 32
#define OUT_LEN 65536
#define CHUNK_HEAD_LEN 8 /* "00fa12\r\n" */
#define CHUNK_ROOM 8	 /* behind a chunk: "\r\n0\r\n\r\n" */

/* One connection, one request: closed behind the response. */
struct client {
	int fd; /* -1: none */
	uint64_t number;
	char head[HEAD_MAX];
	size_t head_len;
	struct http_seen seen;
	const struct report *report; /* once it is asked for */
	struct exposition exposition;
	bool chunked, more;
	char out[OUT_LEN];
	size_t out_len, out_sent;
};

struct metrics {
	int epoll_fd, listen_fd;
	uint64_t accepted;
	struct client clients[METRICS_CLIENTS_MAX];
};

static const struct http_limits limits = {
	.head_max = HEAD_MAX, .target_max = 256, .fields_max = FIELDS_MAX};

static void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	report_unmap(client->report);
	client->report = NULL;
	client->fd = -1;
}

/* Wake for what `client` waits for. */
static int client_watch(struct metrics *metrics, struct client *client, int how)
{
	struct epoll_event event = {
		.events = how == EPOLL_CTL_ADD ? EPOLLIN : EPOLLOUT, .data.ptr = client};

	return epoll_ctl(metrics->epoll_fd, how, client->fd, &event);
}

static struct client *client_oldest(struct metrics *metrics)
{
	struct client *oldest = &metrics->clients[0];

	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++) {
		struct client *client = &metrics->clients[i];

		if (client->fd < 0)
			return client;
		if (client->number < oldest->number)
			oldest = client;
	}
	return oldest;
}

static void client_accept(struct metrics *metrics)
{
	int fd = accept4(metrics->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *client;

	if (fd < 0)
		return;
	client = client_oldest(metrics);
	client_close(client);
	client->fd = fd;
	client->number = ++metrics->accepted;
	client->head_len = client->out_len = client->out_sent = 0;
	client->seen = (struct http_seen){0};
	client->exposition = (struct exposition){0};
	client->chunked = client->more = false;
	if (client_watch(metrics, client, EPOLL_CTL_ADD))
		client_close(client);
}

/* --- What is answered --- */

static struct composer out_begin(struct client *client)
{
	client->out_sent = client->out_len = 0;
	return (struct composer){.bytes = client->out, .size = sizeof(client->out)};
}

static void answer_short(struct client *client, const char *status)
{
	struct composer out = out_begin(client);

	compose_str(&out, "HTTP/1.1 ");
	compose_str(&out, status);
	compose_str(&out, "\r\nConnection: close\r\nContent-Type: text/plain\r\n"
			  "Content-Length: ");
	compose_uint(&out, strlen(status) + 1);
	compose_str(&out, "\r\n\r\n");
	compose_str(&out, status);
	compose_str(&out, "\n");
	client->out_len = out.len;
}

static void answer_broken(struct client *client, unsigned status)
{
	if (status == 431)
		answer_short(client, "431 Request Header Fields Too Large");
	else if (status == 414)
		answer_short(client, "414 URI Too Long");
	else
		answer_short(client, "400 Bad Request");
}

static void answer_report(struct client *client, const struct http_head *head,
	const struct report_source *source)
{
	int fd = report_make(source);
	struct composer out = out_begin(client);

	if (fd >= 0) {
		client->report = report_map(fd);
		close(fd);
	}
	if (!client->report) {
		answer_short(client, "503 Service Unavailable");
		return;
	}
	client->chunked = head->minor > 0;
	client->more = !text_is_word(head->method, "HEAD");
	compose_str(&out, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
			  "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	if (client->chunked)
		compose_str(&out, "Transfer-Encoding: chunked\r\n");
	compose_str(&out, "\r\n");
	client->out_len = out.len;
}

static bool is_path(struct text path, const char *wanted)
{
	const char *query = memchr(path.bytes, '?', path.len);

	if (query)
		path.len = (size_t)(query - path.bytes);
	return text_is(path, text_of(wanted));
}

static void answer(struct client *client, const struct http_head *head,
	const struct report_source *source)
{
	bool is_read =
		text_is_word(head->method, "GET") || text_is_word(head->method, "HEAD");

	if (!is_path(head->path, "/metrics"))
		answer_short(client, "404 Not Found");
	else if (!is_read)
		answer_short(client, "405 Method Not Allowed");
	else if (head->framing != HTTP_NO_BODY)
		answer_short(client, "400 Bad Request");
	else
		answer_report(client, head, source);
}

/* --- What comes and goes --- */

/* Returns whether the client lives on. */
static bool client_read(struct metrics *metrics, struct client *client,
	const struct report_source *source)
{
	struct http_field fields[FIELDS_MAX];
	struct http_fault fault;
	struct http_head head;
	enum http_progress progress;
	ssize_t len = recv(client->fd, client->head + client->head_len,
		HEAD_MAX - client->head_len, 0);

	if (len <= 0)
		return len < 0 && (errno == EAGAIN || errno == EINTR);
	client->head_len += (size_t)len;
	progress = http_parse_request(client->head, client->head_len, &client->seen,
		&limits, fields, &head, &fault);
	if (progress == HTTP_DONE)
		answer(client, &head, source);
	else if (progress == HTTP_BROKEN)
		answer_broken(client, fault.status);
	else if (client->head_len == HEAD_MAX)
		answer_broken(client, 431);
	else
		return true;
	return !client_watch(metrics, client, EPOLL_CTL_MOD);
}

/* Make a chunk of what stands behind CHUNK_HEAD_LEN bytes. One without bytes would be the
 * last one. */
static void chunk_close(struct composer *out, bool is_last)
{
	char size[CHUNK_HEAD_LEN + 1];

	out->size += CHUNK_ROOM;
	snprintf(size, sizeof(size), "%06zx\r\n", out->len - CHUNK_HEAD_LEN);
	memcpy(out->bytes, size, CHUNK_HEAD_LEN);
	if (out->len == CHUNK_HEAD_LEN)
		out->len = 0;
	else
		compose_str(out, "\r\n");
	if (is_last)
		compose_str(out, "0\r\n\r\n");
}

/* The next piece of the report, as a chunk if the client knows them. */
static void out_fill(struct client *client)
{
	struct composer out = out_begin(client);

	if (client->chunked) {
		out.len = CHUNK_HEAD_LEN;
		out.size -= CHUNK_ROOM;
	}
	client->more = exposition_compose(&client->exposition, client->report, &out);
	if (client->chunked)
		chunk_close(&out, !client->more);
	client->out_len = out.len;
}

/* Returns whether the client lives on. */
static bool client_write(struct client *client)
{
	ssize_t len;

	if (client->out_sent == client->out_len)
		out_fill(client);
	len = send(client->fd, client->out + client->out_sent,
		client->out_len - client->out_sent, MSG_NOSIGNAL);
	if (len < 0)
		return errno == EAGAIN || errno == EINTR;
	client->out_sent += (size_t)len;
	return client->more || client->out_sent < client->out_len;
}

static void client_turn(struct metrics *metrics, struct client *client,
	const struct report_source *source)
{
	bool is_answered = client->out_len;

	if (client->fd < 0)
		return;
	if (!(is_answered ? client_write(client) : client_read(metrics, client, source)))
		client_close(client);
}

void metrics_turn(struct metrics *metrics, const struct report_source *source)
{
	struct epoll_event events[METRICS_CLIENTS_MAX + 1];
	int len = epoll_wait(metrics->epoll_fd, events, METRICS_CLIENTS_MAX + 1, 0);

	for (int i = 0; i < len; i++)
		if (events[i].data.ptr)
			client_turn(metrics, events[i].data.ptr, source);
	/* Last, since a new client may take the place of one that had an event. */
	for (int i = 0; i < len; i++)
		if (!events[i].data.ptr)
			client_accept(metrics);
}

/* --- Its begin and end --- */

static int listen_open(const struct sp_endpoint *at)
{
	bool is_v4 = sp_addr_is_v4(&at->addr);
	struct sockaddr_in v4 = {.sin_family = AF_INET,
		.sin_port = at->port,
		.sin_addr.s_addr = at->addr.word[3]};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = at->port};
	int fd = socket(is_v4 ? AF_INET : AF_INET6,
		SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	memcpy(&v6.sin6_addr, &at->addr, sizeof(v6.sin6_addr));
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
		bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
			is_v4 ? sizeof(v4) : sizeof(v6)) ||
		listen(fd, METRICS_CLIENTS_MAX)) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

static int metrics_listen(struct metrics *metrics, const struct sp_endpoint *at)
{
	struct epoll_event event = {.events = EPOLLIN};

	metrics->listen_fd = listen_open(at);
	if (metrics->listen_fd < 0)
		return metrics->listen_fd;
	metrics->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (metrics->epoll_fd < 0 ||
		epoll_ctl(metrics->epoll_fd, EPOLL_CTL_ADD, metrics->listen_fd, &event))
		return -errno;
	return 0;
}

int metrics_open(const struct sp_endpoint *at, struct metrics **ret_metrics)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));
	int error;

	if (!metrics)
		return -ENOMEM;
	metrics->epoll_fd = -1;
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++)
		metrics->clients[i].fd = -1;
	error = metrics_listen(metrics, at);
	if (error)
		metrics_close(metrics);
	else
		*ret_metrics = metrics;
	return error;
}

void metrics_close(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++)
		client_close(&metrics->clients[i]);
	if (metrics->listen_fd >= 0)
		close(metrics->listen_fd);
	if (metrics->epoll_fd >= 0)
		close(metrics->epoll_fd);
	free(metrics);
}

int metrics_fd(const struct metrics *metrics)
{
	return metrics->epoll_fd;
}
