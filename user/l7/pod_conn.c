// SPDX-License-Identifier: BSD-2-Clause
/* Connections to pods: made, used, kept, closed. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "l7/core.h"
#include "l7/pods.h"

static void kept_remove(struct pod_conn *conn)
{
	if (conn->previous)
		conn->previous->next = conn->next;
	else
		conn->pod->kept = conn->next;
	if (conn->next)
		conn->next->previous = conn->previous;
	conn->next = conn->previous = NULL;
}

static void kept_add(struct pod_conn *conn)
{
	struct l7_pod *pod = conn->pod;

	conn->next = pod->kept;
	conn->previous = NULL;
	if (pod->kept)
		pod->kept->previous = conn;
	pod->kept = conn;
}

void pod_conn_close(struct worker *worker, struct pod_conn *conn)
{
	if (conn->conn.kind == CONN_CLOSED)
		return;
	if (!conn->exchange)
		kept_remove(conn);
	if (conn->is_connecting)
		conn->pod->is_tried = false;
	conn->exchange = NULL;
	worker->stats->pod_connections_open--;
	conn_close(worker, &conn->conn);
	pod_unuse(worker, conn->pod);
}

/* Whether the pod has neither closed it nor said anything. */
static bool conn_is_quiet(const struct pod_conn *conn)
{
	char byte;

	return recv(conn->conn.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* The same of one that is told to be readable, for what may have been read by now. What a
 * pod says behind its response is nobody's: another request must not get it. */
static bool conn_stays_quiet(struct pod_conn *conn)
{
	if (conn->conn.ending || (conn->conn.readable && !conn_is_quiet(conn)))
		return false;
	conn->conn.readable = false;
	return true;
}

void pod_conn_keep(struct worker *worker, struct pod_conn *conn)
{
	if (conn->conn.in || conn->conn.out || !conn->pod->is_current ||
		worker->draining || !conn_stays_quiet(conn)) {
		pod_conn_close(worker, conn);
		return;
	}
	conn->exchange = NULL;
	kept_add(conn);
	conn_wait(worker, &conn->conn, TIMER_KEPT, true);
}

void pod_conn_run_kept(struct worker *worker, struct pod_conn *conn)
{
	if (!conn_stays_quiet(conn))
		pod_conn_close(worker, conn);
}

bool pods_reap(struct worker *worker)
{
	struct timer *oldest = timers_oldest(&worker->timers, TIMER_KEPT);

	if (!oldest)
		return false;
	pod_conn_close(worker, (struct pod_conn *)oldest);
	return true;
}

void pods_close_kept(struct worker *worker)
{
	while (pods_reap(worker))
		;
}

static struct pod_conn *kept_take(
	struct worker *worker, struct l7_pod *pod, bool may_be_stale)
{
	struct pod_conn *conn;

	while ((conn = pod->kept)) {
		if (may_be_stale || conn_is_quiet(conn)) {
			kept_remove(conn);
			timer_stop(&conn->conn.timer);
			conn->is_reused = true;
			return conn;
		}
		pod_conn_close(worker, conn);
	}
	return NULL;
}

static socklen_t endpoint_to_sockaddr(
	const struct sp_endpoint *at, struct sockaddr_storage *ret_addr)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret_addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret_addr;

	if (sp_addr_is_v4(&at->addr)) {
		*v4 = (struct sockaddr_in){.sin_family = AF_INET,
			.sin_port = at->port,
			.sin_addr.s_addr = at->addr.word[3]};
		return sizeof(*v4);
	}
	*v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = at->port};
	memcpy(&v6->sin6_addr, &at->addr, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

/* A socket that is connected or about to be. Returns it, or a negative errno. */
static int socket_connect(const struct sp_endpoint *at, bool *ret_is_connecting)
{
	struct sockaddr_storage addr;
	socklen_t len = endpoint_to_sockaddr(at, &addr);
	int fd = socket(
		addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	const int on = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*ret_is_connecting = false;
	if (connect(fd, (struct sockaddr *)&addr, len)) {
		int error = errno;

		*ret_is_connecting = true;
		if (error != EINPROGRESS && error != EINTR) {
			close(fd);
			return -error;
		}
	}
	return fd;
}

static bool is_out_of_descriptors(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOBUFS ||
	       error == -ENOMEM;
}

static int conn_new(struct worker *worker, struct l7_pod *pod, struct pod_conn **ret_conn)
{
	struct pod_conn *conn = pool_get(&worker->pod_conns);
	bool is_connecting = false;
	int fd, error;

	if (!conn)
		return -ENOMEM;
	fd = socket_connect(&pod->at, &is_connecting);
	if (is_out_of_descriptors(fd) && pods_reap(worker))
		fd = socket_connect(&pod->at, &is_connecting);
	error = fd;
	if (fd >= 0)
		error = conn_open(worker, &conn->conn, CONN_POD, fd);
	if (error < 0) {
		if (fd >= 0)
			close(fd);
		pool_put(&worker->pod_conns, conn);
		return error;
	}
	conn->pod = pod;
	conn->next = conn->previous = NULL;
	conn->is_connecting = is_connecting;
	conn->is_reused = false;
	conn->conn.writable = !is_connecting;
	*ret_conn = conn;
	return 0;
}

int pod_connect(struct worker *worker, struct l7_pod *pod, struct exchange *exchange,
	bool fresh, bool may_be_stale, struct pod_conn **ret_conn)
{
	struct pod_conn *conn = fresh ? NULL : kept_take(worker, pod, may_be_stale);
	int error = 0;

	if (!conn) {
		error = conn_new(worker, pod, &conn);
		if (error)
			return error;
		pod->users++;
		if (conn->is_connecting)
			pod->is_tried = true;
		else
			pod->down_until_ns = 0;
		worker->stats->pod_connections++;
		worker->stats->pod_connections_open++;
	}
	conn->exchange = exchange;
	*ret_conn = conn;
	return 0;
}

int pod_conn_finish(struct pod_conn *conn)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (!conn->conn.writable)
		return -EAGAIN;
	if (getsockopt(conn->conn.fd, SOL_SOCKET, SO_ERROR, &error, &len))
		error = errno;
	if (error)
		return -error;
	conn->is_connecting = false;
	conn->pod->is_tried = false;
	conn->pod->down_until_ns = 0;
	return 0;
}
