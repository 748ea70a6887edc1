/* SPDX-License-Identifier: BSD-2-Clause */
/* A socket in the loop: what it may do right now, and the bytes that wait on it.
 *
 * Sockets are registered once, edge-triggered, for both directions: the kernel tells that
 * one has become readable or writable, `readable` and `writable` remember it until a call
 * says otherwise. */
#ifndef L7_CONN_H
#define L7_CONN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "l7/timer.h"

struct worker;

/* Bytes [start, end) wait. Those before `base` stay as they are: the head of a request
 * that is being served. As long as worker->buffer_size. */
struct buffer {
	uint32_t base, start, end;
	char bytes[];
};

enum conn_kind {
	CONN_CLOSED,
	CONN_CONTROL,
	CONN_LISTENER,
	CONN_CLIENT,
	CONN_POD,
};

/* The first member of what it belongs to. */
struct conn {
	struct timer timer;	  /* the first member */
	struct buffer *in, *out;  /* NULL: nothing was read, nothing is to be sent */
	struct conn *next_again;  /* of those that go on in the next turn */
	struct conn *next_closed; /* of those that are freed at the turn's end */
	int fd;
	uint8_t kind; /* enum conn_kind */
	uint8_t was;  /* the same, before it was closed */
	bool readable, writable;
	bool ending; /* the peer has sent its end, or broken off: read on until eof */
	bool reset;  /* the peer has broken off */
	bool eof;    /* its end was read */
	bool again;  /* it is in the list of those that go on */
	bool received, sent; /* some bytes since the timer was armed */
};

/* Put an open socket into the loop. Returns 0, or a negative errno with `fd` still open.
 */
int conn_open(struct worker *worker, struct conn *conn, enum conn_kind kind, int fd);

/* Close it and let its buffers go; its memory stays until the turn's end, so that events
 * of this turn still find it. Once more does nothing. */
void conn_close(struct worker *worker, struct conn *conn);

/* The same with a reset: the peer must not take what it has for all of it. */
void conn_abort(struct worker *worker, struct conn *conn);

void conn_take_events(struct conn *conn, uint32_t events);

/* Read into `in`. Returns how many bytes; 0 at the end (eof is set then); -EAGAIN;
 * -ENOBUFS the buffer is full; another negative errno: the connection failed. */
ssize_t conn_read(struct worker *worker, struct conn *conn);

/* The bytes in `in` were used up to `start`: let go of an empty buffer. */
void conn_trim(struct worker *worker, struct conn *conn);

/* Move what waits to `base`. */
void buffer_to_front(struct buffer *buffer);

/* Send; never waits. Returns how many bytes; -EAGAIN; another negative errno. */
ssize_t conn_send(struct conn *conn, const char *bytes, size_t len);

/* The buffer of bytes to send; NULL when memory is out. */
struct buffer *conn_out(struct worker *worker, struct conn *conn);

/* Send what waits in `out`. Returns 0: all is gone, and so is the buffer; -EAGAIN;
 * another negative errno. */
int conn_flush(struct worker *worker, struct conn *conn);

/* Wait for `kind`, from now on, or from before if it has waited for that already and
 * nothing has `moved`. TIMER_NONE: wait for nothing. */
void conn_wait(
	struct worker *worker, struct conn *conn, enum timer_kind kind, bool moved);

/* Run it in the next turn, whatever events come. */
void conn_again(struct worker *worker, struct conn *conn);

#endif
