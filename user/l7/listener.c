// SPDX-License-Identifier: BSD-2-Clause
/* Listening sockets, and the VIPs that they are for. */
#include "l7/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "l7/client.h"

/* Connections before others get their turn. */
#define ACCEPT_TURN_MAX 64

/* --- VIPs --- */

static bool is_same(const struct sp_endpoint *a, const struct sp_endpoint *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* The VIP with one more user; NULL when memory is out. */
static struct vip *vip_use(struct worker *worker, const struct sp_endpoint *at)
{
	struct vip *vip = worker->vips;

	while (vip && !is_same(&vip->service.vip, at))
		vip = vip->next;
	if (!vip) {
		vip = pool_get(&worker->vips_pool);
		if (!vip)
			return NULL;
		*vip = (struct vip){.service.vip = *at, .next = worker->vips};
		worker->vips = vip;
	}
	vip->users++;
	return vip;
}

void vip_unuse(struct worker *worker, struct vip *vip)
{
	struct vip **link = &worker->vips;

	if (--vip->users)
		return;
	while (*link != vip)
		link = &(*link)->next;
	*link = vip->next;
	l7_service_done(&vip->service);
	pool_put(&worker->vips_pool, vip);
}

/* --- Listeners --- */

int listener_open(struct worker *worker, int fd, const struct sp_endpoint *vip,
	const struct sp_endpoint *address)
{
	struct listener *listener = pool_get(&worker->listeners_pool);
	const int on = 1;
	int error;

	if (!listener)
		return -ENOMEM;
	listener->vip = vip_use(worker, vip);
	/* Connections inherit it. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	error = fcntl(fd, F_SETFL, O_NONBLOCK) ? -errno : 0;
	if (!error && !listener->vip)
		error = -ENOMEM;
	if (!error)
		error = conn_open(worker, &listener->conn, CONN_LISTENER, fd);
	if (error) {
		if (listener->vip)
			vip_unuse(worker, listener->vip);
		pool_put(&worker->listeners_pool, listener);
		return error;
	}
	listener->address = *address;
	listener->next = worker->listeners;
	worker->listeners = listener;
	return 0;
}

static void listener_unlink(struct worker *worker, struct listener **link)
{
	struct listener *listener = *link;

	*link = listener->next;
	vip_unuse(worker, listener->vip);
	conn_close(worker, &listener->conn);
}

void listeners_close(struct worker *worker, const struct sp_endpoint *vip,
	const struct sp_endpoint *address)
{
	struct listener **link = &worker->listeners;

	while (*link)
		if (is_same(&(*link)->vip->service.vip, vip) &&
			is_same(&(*link)->address, address))
			listener_unlink(worker, link);
		else
			link = &(*link)->next;
}

struct sp_endpoint endpoint_from_sockaddr(const struct sockaddr_storage *addr)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)addr;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)addr;
	struct sp_endpoint at = {.protocol = IPPROTO_TCP};

	if (addr->ss_family == AF_INET) {
		at.addr = sp_addr_from_v4(v4->sin_addr.s_addr);
		at.port = v4->sin_port;
	} else if (addr->ss_family == AF_INET6) {
		memcpy(&at.addr, &v6->sin6_addr, sizeof(at.addr));
		at.port = v6->sin6_port;
	}
	return at;
}

/* Descriptors are out: what waits may wait. */
static void listener_pause(struct worker *worker, struct listener *listener)
{
	worker->stats->accept_pauses++;
	conn_wait(worker, &listener->conn, TIMER_PAUSE, true);
}

/* Returns whether there may be another one. */
static bool listener_accept(struct worker *worker, struct listener *listener)
{
	struct sockaddr_storage addr = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(addr);
	struct sp_endpoint peer;
	int fd;

	if (worker->clients_len >= worker->clients_room) {
		listener_pause(worker, listener);
		return false;
	}
	fd = accept4(listener->conn.fd, (struct sockaddr *)&addr, &len,
		SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && (errno == EAGAIN || errno == EINVAL || errno == EBADF)) {
		listener->conn.readable = false;
		return false;
	}
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			      errno == ENOMEM)) {
		listener_pause(worker, listener);
		return false;
	}
	if (fd < 0)
		return true; /* that connection is gone already */
	peer = endpoint_from_sockaddr(&addr);
	if (worker->clients_len < worker->settings->connections_max) {
		client_open(worker, listener->vip, fd, &peer);
		return true;
	}
	worker->stats->refused_limit++;
	close(fd);
	return true;
}

void listener_run(struct worker *worker, struct listener *listener)
{
	timer_stop(&listener->conn.timer);
	for (int i = 0; i < ACCEPT_TURN_MAX; i++)
		if (!listener_accept(worker, listener))
			return;
	conn_again(worker, &listener->conn);
}

void listeners_accept(struct worker *worker)
{
	for (struct listener *at = worker->listeners; at; at = at->next)
		while (listener_accept(worker, at))
			;
}

void listeners_close_all(struct worker *worker)
{
	while (worker->listeners)
		listener_unlink(worker, &worker->listeners);
}
