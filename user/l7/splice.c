// SPDX-License-Identifier: BSD-2-Clause
/* Pipes, kept for the next body. */
#include "l7/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* A larger pipe saves system calls. Where the user's share of pipe pages is used up the
 * kernel says no, and the pipe keeps the size it has. */
#define PIPE_SIZE (256 * 1024)

static struct pipe *pipe_new(void)
{
	struct pipe *pipe = malloc(sizeof(*pipe));
	int fds[2];

	if (!pipe)
		return NULL;
	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC)) {
		free(pipe);
		return NULL;
	}
	fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE);
	*pipe = (struct pipe){.read_fd = fds[0], .write_fd = fds[1]};
	return pipe;
}

static void pipe_free(struct pipe *pipe)
{
	close(pipe->read_fd);
	close(pipe->write_fd);
	free(pipe);
}

struct pipe *pipe_get(struct pipes *pipes)
{
	struct pipe *pipe = pipes->kept;

	if (!pipe)
		return pipe_new();
	pipes->kept = pipe->next;
	pipes->kept_len--;
	return pipe;
}

void pipe_put(struct pipes *pipes, struct pipe *pipe)
{
	if (pipe->len || pipes->kept_len >= PIPES_KEPT_MAX) {
		pipe_free(pipe);
		return;
	}
	pipe->next = pipes->kept;
	pipes->kept = pipe;
	pipes->kept_len++;
}

static ssize_t move(int from, int to, size_t len)
{
	ssize_t moved;

	do
		moved = splice(
			from, NULL, to, NULL, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (moved < 0 && errno == EINTR);
	return moved < 0 ? -errno : moved;
}

ssize_t pipe_fill(struct pipe *pipe, int socket, uint64_t max)
{
	ssize_t moved = move(socket, pipe->write_fd, max < PIPE_SIZE ? max : PIPE_SIZE);

	if (moved > 0)
		pipe->len += (uint32_t)moved;
	return moved;
}

ssize_t pipe_drain(struct pipe *pipe, int socket)
{
	ssize_t moved = move(pipe->read_fd, socket, pipe->len);

	if (moved > 0)
		pipe->len -= (uint32_t)moved;
	return moved;
}

void pipes_done(struct pipes *pipes)
{
	while (pipes->kept)
		pipe_free(pipe_get(pipes));
}
