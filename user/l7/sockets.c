// SPDX-License-Identifier: BSD-2-Clause
/* Listening sockets: made here, or handed over. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "l7/bindings.h"
#include "base/array.h"
#include "l7/listener.h"
#include "model/text.h"

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

/* --- Handed over --- */

static int option_of(int fd, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) ? -1 : value;
}

static bool is_listening(int fd)
{
	return option_of(fd, SO_PROTOCOL) == IPPROTO_TCP &&
	       option_of(fd, SO_ACCEPTCONN) == 1;
}

int handed_add(struct handed_list *list, int fd)
{
	struct sockaddr_storage addr = {0};
	socklen_t len = sizeof(addr);
	struct handed *grown;

	if (!is_listening(fd) || getsockname(fd, (struct sockaddr *)&addr, &len)) {
		close(fd);
		return -ENOTSOCK;
	}
	grown = array_grow(list->at, list->len, &list->size, sizeof(*grown));
	if (!grown) {
		close(fd);
		return -ENOMEM;
	}
	list->at = grown;
	grown[list->len++] =
		(struct handed){.address = endpoint_from_sockaddr(&addr), .fd = fd};
	return 0;
}

void handed_done(struct handed_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		if (list->at[i].fd >= 0)
			close(list->at[i].fd);
	free(list->at);
	*list = (struct handed_list){0};
}

/* --- Made here --- */

static socklen_t sockaddr_from(
	const struct sp_endpoint *at, struct sockaddr_storage *ret_addr)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret_addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret_addr;

	memset(ret_addr, 0, sizeof(*ret_addr));
	if (sp_addr_is_v4(&at->addr)) {
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr = at->addr.word[3];
		v4->sin_port = at->port;
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	memcpy(&v6->sin6_addr, &at->addr, sizeof(v6->sin6_addr));
	v6->sin6_port = at->port;
	return sizeof(*v6);
}

static bool is_any_v6(const struct sp_addr *addr)
{
	static const struct sp_addr any;

	return !memcmp(addr, &any, sizeof(any));
}

static int socket_prepare(int fd, const struct binding *binding)
{
	bool is_v4 = sp_addr_is_v4(&binding->address.addr);
	const int on = 1, v6_only = !is_any_v6(&binding->address.addr);

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)))
		return -errno;
	if (!is_v4 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(on)))
		return -errno;
	if (binding->free &&
		setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
			is_v4 ? IP_FREEBIND : IPV6_FREEBIND, &on, sizeof(on)))
		return -errno;
	return 0;
}

/* Returns an fd or a negative errno. */
static int socket_make(const struct binding *binding)
{
	struct sockaddr_storage addr;
	socklen_t len = sockaddr_from(&binding->address, &addr);
	int fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = socket_prepare(fd, binding);
	if (!error && (bind(fd, (struct sockaddr *)&addr, len) || listen(fd, BACKLOG)))
		error = -errno;
	if (!error)
		return fd;
	close(fd);
	return error;
}

static const char *hint_for(int error)
{
	switch (error) {
	case -EACCES:
		return "ports below 1024 need root, CAP_NET_BIND_SERVICE, or sockets "
		       "handed over (LISTEN_FDS); --listen ADDR:PORT=SERVICE names "
		       "another port";
	case -EADDRNOTAVAIL:
		return "--listen ADDR:PORT=SERVICE names an address of this host, as in "
		       "0.0.0.0:8080=shop";
	case -EADDRINUSE:
		return "'ss -ltnp' shows who listens there";
	default:
		return NULL;
	}
}

static int open_failed(const struct binding *binding, int error, struct diags *diags)
{
	char at[ENDPOINT_TEXT_MAX];

	diags_error(diags, PLACE_NONE, hint_for(error), "cannot listen at %s: %s",
		pod_format(&binding->address, at), strerror(-error));
	return error;
}

/* Connections that wait in a socket are lost with it: all are taken, however many. */
static size_t take_handed(struct binding *binding, struct handed_list *handed)
{
	for (size_t i = 0; i < handed->len; i++) {
		struct handed *candidate = &handed->at[i];

		if (candidate->fd < 0 || memcmp(&candidate->address, &binding->address,
						 sizeof(binding->address)) != 0)
			continue;
		binding->shared |= option_of(candidate->fd, SO_REUSEPORT) != 1;
		binding->fds[binding->fds_len++] = candidate->fd;
		candidate->fd = -1;
	}
	return binding->fds_len;
}

int binding_open(struct binding *binding, size_t len, struct handed_list *handed,
	struct diags *diags)
{
	binding->fds = calloc(len + handed->len, sizeof(*binding->fds));
	if (!binding->fds)
		return open_failed(binding, -ENOMEM, diags);
	take_handed(binding, handed);
	while (!binding->shared && binding->fds_len < len) {
		int fd = socket_make(binding);

		if (fd < 0) {
			binding_close(binding);
			return open_failed(binding, fd, diags);
		}
		binding->fds[binding->fds_len++] = fd;
	}
	return 0;
}

void binding_close(struct binding *binding)
{
	for (size_t i = 0; i < binding->fds_len; i++)
		close(binding->fds[i]);
	free(binding->fds);
	binding->fds = NULL;
	binding->fds_len = 0;
}
