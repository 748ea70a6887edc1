/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes for splice(2): bytes that go from socket to socket without a copy. A pipe is only
 * held while something is in it. */
#ifndef L7_SPLICE_H
#define L7_SPLICE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SPLICE_LEN_MIN 65536 /* of what is left of a body, to begin with */
#define SPLICE_REST_MIN 4096 /* and to go on with */
#define PIPES_KEPT_MAX 64    /* empty ones */

struct pipe {
	int read_fd, write_fd;
	uint32_t len; /* bytes in it */
	struct pipe *next;
};

/* Zero-initialised means empty and ready. */
struct pipes {
	struct pipe *kept;
	size_t kept_len;
};

/* An empty pipe; NULL when descriptors or memory are out: then bytes are copied. */
struct pipe *pipe_get(struct pipes *pipes);

/* Give it back; one with bytes in it is closed. */
void pipe_put(struct pipes *pipes, struct pipe *pipe);

/* Move up to `max` bytes from a socket into the empty pipe. Returns how many; 0 at the
 * socket's end; -EAGAIN none is there; another negative errno. */
ssize_t pipe_fill(struct pipe *pipe, int socket, uint64_t max);

/* Move bytes on to a socket. Returns how many, or a negative errno, as above. */
ssize_t pipe_drain(struct pipe *pipe, int socket);

void pipes_done(struct pipes *pipes);

#endif
