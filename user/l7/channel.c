// SPDX-License-Identifier: BSD-2-Clause
/* A control socket whose messages may wait. */
#include "l7/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define WAITING_FIRST 16

struct waiting {
	struct control_message message;
	int fd; /* a duplicate; -1: none */
};

/* Descriptors under way count against a limit of the user, too. */
static bool is_full(int error)
{
	return error == -EAGAIN || error == -ETOOMANYREFS || error == -ENOBUFS;
}

static int waiting_grow(struct channel *channel)
{
	size_t size = channel->waiting_size ? 2 * channel->waiting_size : WAITING_FIRST;
	struct waiting *grown;

	if (channel->waiting_len < channel->waiting_size)
		return 0;
	grown = realloc(channel->waiting, size * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	channel->waiting = grown;
	channel->waiting_size = size;
	return 0;
}

static int waiting_add(
	struct channel *channel, const struct control_message *message, int fd)
{
	int error = waiting_grow(channel), copy = -1;

	if (!error && fd >= 0) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		error = copy < 0 ? -errno : 0;
	}
	if (!error)
		channel->waiting[channel->waiting_len++] =
			(struct waiting){.message = *message, .fd = copy};
	return error;
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
