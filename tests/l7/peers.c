// SPDX-License-Identifier: BSD-2-Clause
/* Clients and pods: what they say and hear. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "world.h"

#define HEARD_MAX (4 << 20)
#define MOMENT_MS 100

static char heard[HEARD_MAX + 1];

int client_connect(const struct world *world)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
		.sin_port = world->at.port,
		.sin_addr.s_addr = world->at.addr.word[3]};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = world->at.port};
	struct sockaddr *addr =
		world->is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
	int fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(&v6.sin6_addr, &world->at.addr, sizeof(v6.sin6_addr));
	if (fd < 0 || connect(fd, addr, world->is_v6 ? sizeof(v6) : sizeof(v4))) {
		perror("connect");
		abort();
	}
	return fd;
}

static bool is_ready(int fd, int wait_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, wait_ms) == 1;
}

int pod_accept(const struct world *world, int pod)
{
	if (is_ready(world->pod_fds[pod], WORLD_WAIT_MS))
		return accept4(world->pod_fds[pod], NULL, NULL, SOCK_CLOEXEC);
	printf("no connection to pod %d\n", pod);
	return -1;
}

bool world_is_quiet(int fd, int wait_ms)
{
	return !is_ready(fd, wait_ms);
}

bool pod_is_alone(const struct world *world, int pod)
{
	return !is_ready(world->pod_fds[pod], MOMENT_MS);
}

void pod_close(struct world *world, int pod)
{
	if (world->pod_fds[pod] >= 0)
		close(world->pod_fds[pod]);
	world->pod_fds[pod] = -1;
}

void say_bytes(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		at += sent;
		len -= (size_t)sent;
	}
}

void say(int fd, const char *text)
{
	say_bytes(fd, text, strlen(text));
}

/* One more piece behind `len` bytes; at most up to `max`. Returns false at an end. */
static bool hear_more(int fd, size_t *len, size_t max)
{
	ssize_t more = -1;

	if (*len >= max || max > HEARD_MAX)
		return false;
	if (is_ready(fd, WORLD_WAIT_MS))
		more = recv(fd, heard + *len, max - *len, 0);
	if (more > 0)
		*len += (size_t)more;
	heard[*len] = 0;
	return more > 0;
}

/* Byte by byte: nothing behind the end is read. */
const char *hear_until(int fd, const char *end)
{
	size_t len = 0, end_len = strlen(end);

	heard[0] = 0;
	while (len < end_len || memcmp(heard + len - end_len, end, end_len) != 0)
		if (!hear_more(fd, &len, len + 1))
			break;
	return heard;
}

const char *hear_bytes(int fd, size_t len)
{
	size_t have = 0;

	heard[0] = 0;
	while (have < len && hear_more(fd, &have, len))
		;
	return heard;
}

bool hear(int fd, const char *text)
{
	const char *got = hear_bytes(fd, strlen(text));

	if (!strcmp(got, text))
		return true;
	printf("expected \"%s\", got \"%s\"\n", text, got);
	return false;
}

static ssize_t hear_last(int fd)
{
	char byte;

	errno = 0;
	return is_ready(fd, WORLD_WAIT_MS) ? recv(fd, &byte, 1, 0) : 1;
}

bool hear_end(int fd)
{
	ssize_t len = hear_last(fd);

	if (len > 0)
		printf("neither silence nor an end\n");
	return !len;
}

bool hear_reset(int fd)
{
	return hear_last(fd) < 0 && errno == ECONNRESET;
}

bool hear_nothing(int fd)
{
	return !is_ready(fd, MOMENT_MS);
}

bool hear_head_with(int fd, const char *text)
{
	const char *head = hear_until(fd, "\r\n\r\n");

	if (strstr(head, text))
		return true;
	printf("expected \"%s\" in: %s\n", text, head);
	return false;
}
