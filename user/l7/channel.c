// SPDX-License-Identifier: BSD-2-Clause
/* A control socket whose messages may wait. */
#include "l7/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"

struct waiting {
	struct control_message message;
	int fd; /* a duplicate; -1: none */
};

/* Descriptors under way count against a limit of the user, too. */
static bool is_full(int error)
{
	return error == -EAGAIN || error == -ETOOMANYREFS || error == -ENOBUFS;
}

static int waiting_add(
	struct channel *channel, const struct control_message *message, int fd)
{
	struct waiting *grown = array_grow(channel->waiting, channel->waiting_len,
		&channel->waiting_size, sizeof(*grown));
	int copy = -1;

	if (!grown)
		return -ENOMEM;
	channel->waiting = grown;
	if (fd >= 0)
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0 && copy < 0)
		return -errno;
	grown[channel->waiting_len++] = (struct waiting){.message = *message, .fd = copy};
	return 0;
}

static void waiting_close(struct waiting *waiting)
{
	if (waiting->fd >= 0)
		close(waiting->fd);
}

int channel_flush(struct channel *channel)
{
	while (channel_is_waiting(channel)) {
		struct waiting *next = &channel->waiting[channel->sent];
		int error = control_send(channel->fd, &next->message, next->fd);

		if (error)
			return is_full(error) ? 0 : error;
		waiting_close(next);
		channel->sent++;
	}
	channel->waiting_len = channel->sent = 0;
	return 0;
}

int channel_send(struct channel *channel, const struct control_message *message, int fd)
{
	int error = channel_flush(channel);

	if (error)
		return error;
	if (!channel_is_waiting(channel)) {
		error = control_send(channel->fd, message, fd);
		if (!is_full(error))
			return error;
	}
	return waiting_add(channel, message, fd);
}

void channel_done(struct channel *channel)
{
	while (channel_is_waiting(channel))
		waiting_close(&channel->waiting[channel->sent++]);
	free(channel->waiting);
	close(channel->fd);
	*channel = (struct channel){.fd = -1};
}
