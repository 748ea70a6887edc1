// SPDX-License-Identifier: BSD-2-Clause
/* Sockets, edge-triggered, and their buffers. */
#include "l7/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "l7/core.h"

int conn_open(struct worker *worker, struct conn *conn, enum conn_kind kind, int fd)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLRDHUP | EPOLLET,
		.data.ptr = conn,
	};

	if (kind == CONN_CLIENT || kind == CONN_POD)
		event.events |= EPOLLOUT;
	if (kind == CONN_CONTROL)
		event.events = EPOLLIN;
	if (epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	*conn = (struct conn){.fd = fd, .kind = (uint8_t)kind};
	return 0;
}

static void buffer_put(struct worker *worker, struct buffer **buffer)
{
	if (*buffer)
		pool_put(&worker->buffers, *buffer);
	*buffer = NULL;
}

static struct buffer *buffer_get(struct worker *worker, struct buffer **place)
{
	struct buffer *buffer = *place;

	if (buffer)
		return buffer;
	buffer = pool_get(&worker->buffers);
	if (buffer)
		buffer->base = buffer->start = buffer->end = 0;
	*place = buffer;
	return buffer;
}

void conn_close(struct worker *worker, struct conn *conn)
{
	if (conn->kind == CONN_CLOSED)
		return;
	timer_stop(&conn->timer);
	buffer_put(worker, &conn->in);
	buffer_put(worker, &conn->out);
	close(conn->fd);
	conn->next_closed = worker->closed;
	worker->closed = conn;
	conn->was = conn->kind;
	conn->kind = CONN_CLOSED;
}

void conn_abort(struct worker *worker, struct conn *conn)
{
	const struct linger at_once = {.l_onoff = 1};

	if (conn->kind != CONN_CLOSED)
		setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	conn_close(worker, conn);
}

void conn_take_events(struct conn *conn, uint32_t events)
{
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		conn->readable = true;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		conn->writable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		conn->ending = true;
	if (events & EPOLLERR)
		conn->reset = true;
}

void buffer_to_front(struct buffer *buffer)
{
	uint32_t len = buffer->end - buffer->start;

	if (buffer->start == buffer->base)
		return;
	memmove(buffer->bytes + buffer->base, buffer->bytes + buffer->start, len);
	buffer->start = buffer->base;
	buffer->end = buffer->base + len;
}

/* Room behind what is in the buffer: first use the place of what was read before. */
static uint32_t buffer_room(const struct worker *worker, struct buffer *buffer)
{
	if (buffer->start == buffer->end || buffer->end == worker->buffer_size)
		buffer_to_front(buffer);
	return worker->buffer_size - buffer->end;
}

ssize_t conn_read(struct worker *worker, struct conn *conn)
{
	struct buffer *buffer = buffer_get(worker, &conn->in);
	uint32_t room;
	ssize_t len;

	if (!buffer)
		return -ENOMEM;
	room = buffer_room(worker, buffer);
	if (!room)
		return -ENOBUFS;
	do
		len = recv(conn->fd, buffer->bytes + buffer->end, room, 0);
	while (len < 0 && errno == EINTR);
	if (len > 0) {
		buffer->end += (uint32_t)len;
		conn->received = true;
		/* Less than asked for: no more is there, until an event says so. */
		conn->readable = len == room || conn->ending;
		return len;
	}
	conn->readable = false;
	conn->eof = !len;
	len = len ? -errno : 0;
	conn_trim(worker, conn);
	return len;
}

void conn_trim(struct worker *worker, struct conn *conn)
{
	if (conn->in && conn->in->start == conn->in->end && !conn->in->base)
		buffer_put(worker, &conn->in);
}

ssize_t conn_send(struct conn *conn, const char *bytes, size_t len)
{
	ssize_t sent;

	if (!conn->writable)
		return -EAGAIN;
	do
		sent = send(conn->fd, bytes, len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < (ssize_t)len)
		conn->writable = false;
	if (sent < 0)
		return -errno;
	conn->sent = true;
	return sent;
}

struct buffer *conn_out(struct worker *worker, struct conn *conn)
{
	return buffer_get(worker, &conn->out);
}

int conn_flush(struct worker *worker, struct conn *conn)
{
	struct buffer *out = conn->out;
	ssize_t sent;

	if (!out)
		return 0;
	sent = conn_send(conn, out->bytes + out->start, out->end - out->start);
	if (sent < 0)
		return (int)sent;
	out->start += (uint32_t)sent;
	if (out->start < out->end)
		return -EAGAIN;
	buffer_put(worker, &conn->out);
	return 0;
}

void conn_wait(struct worker *worker, struct conn *conn, enum timer_kind kind, bool moved)
{
	if (conn->timer.kind == kind && !moved)
		return;
	if (kind == TIMER_NONE)
		timer_stop(&conn->timer);
	else
		timer_arm(&worker->timers, &conn->timer, kind, worker->now_ns);
	conn->received = conn->sent = false;
}

void conn_again(struct worker *worker, struct conn *conn)
{
	if (conn->again)
		return;
	conn->again = true;
	conn->next_again = NULL;
	if (worker->again)
		worker->again_end->next_again = conn;
	else
		worker->again = conn;
	worker->again_end = conn;
}
