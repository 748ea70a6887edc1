/* SPDX-License-Identifier: BSD-2-Clause */
/* The access log: workers put lines into a ring of their own and go on; a writer process
 * takes them out and writes them. A ring that is full loses lines, counts them, and never
 * holds a request up. */
#ifndef L7_LOG_H
#define L7_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/record.h"

#define LOG_RING_LEN (1U << 20) /* bytes */
#define LOG_LINE_MAX 4096

struct log_ring; /* shared memory: one worker puts, one writer takes */

/* Memory for a ring, shared with children; NULL when it is out. log_ring_free() takes
 * NULL. What a worker or a writer leaves behind, its successor goes on with. */
struct log_ring *log_ring_new(void);
void log_ring_free(struct log_ring *ring);

/* The descriptor that wakes the writer: it must stay open, under this number, in the
 * worker and in the writer. */
int log_ring_wake_fd(const struct log_ring *ring);

/* In a worker: put the line of one request. False: it was lost, and counted. */
bool log_put(
	struct log_ring *ring, const struct record *record, enum record_format format);
/* At the end of a turn of the loop: tell the writer, if it sleeps. */
void log_flush(struct log_ring *ring);

/* In the writer's process: write to `fd` what the rings get, until the keeper ends it
 * (SIGTERM: what is left is written first, but a reader that takes nothing for a second
 * is not waited for). SIGUSR1: open `path` anew, unless it is NULL. Takes over these
 * signals, which must be blocked before the fork to be sure that none is missed, and
 * ignores those that a terminal sends to all. Lines lost are told by a line
 * of their own on stderr. Returns an exit status. */
int log_write(struct log_ring *const *rings, size_t rings_len, int fd, const char *path);

#endif
