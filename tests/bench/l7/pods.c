/* SPDX-License-Identifier: BSD-2-Clause */
/* Every pod of the HTTP benchmark: answers on all addresses of a port as cheaply as it
 * goes. usage: pods PORT. A target /big gets 1 MiB, others 100 bytes. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define BIG_LEN (1U << 20)
#define SMALL_LEN 100
#define REQUEST_MAX 8192
#define EVENTS 256

struct peer {
	int fd;
	size_t len;    /* of the request that is being read */
	uint32_t left; /* of a big body, not sent yet */
	char request[REQUEST_MAX];
};

static const char big_head[] =
	"HTTP/1.1 200 OK\r\nServer: pods\r\nContent-Type: "
	"application/octet-stream\r\nContent-Length: 1048576\r\n\r\n";
static const char small_head[] = "HTTP/1.1 200 OK\r\nServer: pods\r\nContent-Type: "
				 "text/plain\r\nContent-Length: 100\r\n\r\n";
static char small[sizeof(small_head) - 1 + SMALL_LEN];
static int big = -1; /* the body, in memory */

static int must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(2);
	}
	return result;
}

static int server_open(uint16_t port)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int on = 1, server = must(socket(AF_INET6, SOCK_STREAM, 0), "socket");

	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(bind(server, (struct sockaddr *)&at, sizeof(at)), "bind");
	must(listen(server, 4096), "listen");
	return server;
}

/* Send what is left of the big body. False: the peer is gone. */
static bool big_send(struct peer *peer)
{
	while (peer->left) {
		off_t at = BIG_LEN - peer->left;
		ssize_t sent = sendfile(peer->fd, big, &at, peer->left);

		if (sent < 0)
			return errno == EAGAIN;
		peer->left -= (uint32_t)sent;
	}
	return true;
}

static bool request_answer(struct peer *peer)
{
	if (strncmp(peer->request, "GET /big ", 9) != 0)
		return send(peer->fd, small, sizeof(small), 0) == sizeof(small);
	if (send(peer->fd, big_head, sizeof(big_head) - 1, MSG_MORE) < 0)
		return false;
	peer->left = BIG_LEN;
	return big_send(peer);
}

/* Requests come one at a time, and without bodies. */
static bool peer_serve(struct peer *peer)
{
	ssize_t got = recv(peer->fd, peer->request + peer->len, REQUEST_MAX - peer->len,
		MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return big_send(peer);
	if (got <= 0)
		return false;
	peer->len += (size_t)got;
	if (peer->len < 4 || memcmp(peer->request + peer->len - 4, "\r\n\r\n", 4) != 0)
		return peer->len < REQUEST_MAX;
	peer->len = 0;
	return request_answer(peer);
}

static void peer_accept(int poll, int server)
{
	struct peer *peer = calloc(1, sizeof(*peer));
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = peer};
	int on = 1;

	if (!peer)
		exit(2);
	peer->fd = must(accept4(server, NULL, NULL, SOCK_NONBLOCK), "accept");
	setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	must(epoll_ctl(poll, EPOLL_CTL_ADD, peer->fd, &event), "epoll_ctl");
}

int main(int argc, char **argv)
{
	static struct epoll_event events[EVENTS];
	int poll = must(epoll_create1(0), "epoll"), server;
	struct epoll_event event = {.events = EPOLLIN};

	signal(SIGPIPE, SIG_IGN);
	server = server_open(argc > 1 ? (uint16_t)atoi(argv[1]) : 8080);
	big = must(memfd_create("big", 0), "memfd");
	must(ftruncate(big, BIG_LEN), "ftruncate");
	memcpy(small, small_head, sizeof(small_head) - 1);
	memset(small + sizeof(small_head) - 1, 'x', SMALL_LEN);
	must(epoll_ctl(poll, EPOLL_CTL_ADD, server, &event), "epoll_ctl");
	for (;;) {
		int count = epoll_wait(poll, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			struct peer *peer = events[i].data.ptr;

			if (!peer) {
				peer_accept(poll, server);
			} else if (!peer_serve(peer)) {
				close(peer->fd);
				free(peer);
			}
		}
	}
}
