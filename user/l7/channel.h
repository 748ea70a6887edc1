/* SPDX-License-Identifier: BSD-2-Clause */
/* A control socket whose messages wait here while the other end does not take them: the
 * keeper never waits for anyone. */
#ifndef L7_CHANNEL_H
#define L7_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "l7/control.h"

struct waiting;

/* Zero-initialised but for `fd`. */
struct channel {
	int fd; /* owned, not blocking */
	struct waiting *waiting;
	size_t waiting_len, waiting_size;
	size_t sent; /* of those that wait */
};

/* Send a message in its turn, with a duplicate of `fd` when it is not -1. Returns 0, also
 * when it waits; a negative errno when the other end is gone or memory is out. */
int channel_send(struct channel *channel, const struct control_message *message, int fd);

/* Send what waits. The same. */
int channel_flush(struct channel *channel);

static inline bool channel_is_waiting(const struct channel *channel)
{
	return channel->sent < channel->waiting_len;
}

/* Close it; what waits is lost. */
void channel_done(struct channel *channel);

#endif
