// SPDX-License-Identifier: BSD-2-Clause
/* The control socket, where programs of the keeper's user ask for reports or take over.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "l7/keeping.h"

#define BACKLOG 8

/* --- The socket --- */

/* It appears under its path with the right mode, in place of what was there. */
static int socket_place(int fd, const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int len =
		snprintf(at.sun_path, sizeof(at.sun_path), "%s.%d", path, (int)getpid());
	mode_t mask;
	int error;

	if (len < 0 || (size_t)len >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	unlink(at.sun_path);
	mask = umask(0177);
	error = bind(fd, (const struct sockaddr *)&at, sizeof(at)) ? -errno : 0;
	umask(mask);
	if (error)
		return error;
	if (listen(fd, BACKLOG) || rename(at.sun_path, path)) {
		error = -errno;
		unlink(at.sun_path);
	}
	return error;
}

static void folder_make(const char *path)
{
	char *copy = strdup(path);

	if (copy)
		mkdir(dirname(copy), 0755);
	free(copy);
}

int desk_open(struct keeper *keeper)
{
	const char *path = keeper->setup->control_path;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = fd < 0 ? -errno : 0;

	if (!error) {
		folder_make(path);
		error = socket_place(fd, path);
	}
	if (!error) {
		keeper->control = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return error;
}

static void caller_leave(struct caller *caller)
{
	channel_done(&caller->channel);
	*caller = (struct caller){.channel.fd = -1};
}

void desk_close(struct keeper *keeper)
{
	for (int i = 0; i < KEEPER_CALLERS_MAX; i++)
		if (keeper->callers[i].used)
			caller_leave(&keeper->callers[i]);
	if (keeper->control < 0)
		return;
	close(keeper->control);
	keeper->control = -1;
	if (!keeper->replaced)
		unlink(keeper->setup->control_path);
}

/* --- Callers --- */

/* The mode of the socket says the same, but a folder's owner may change that. */
static bool is_welcome(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
	       (!peer.uid || peer.uid == geteuid());
}

void desk_accept(struct keeper *keeper)
{
	int fd = accept4(keeper->control, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int place = 0;

	if (fd < 0)
		return;
	while (place < KEEPER_CALLERS_MAX && keeper->callers[place].used)
		place++;
	if (place == KEEPER_CALLERS_MAX || !is_welcome(fd)) {
		close(fd);
		return;
	}
	keeper->callers[place] = (struct caller){.used = true, .channel.fd = fd};
}

static void give_report(struct keeper *keeper, struct caller *caller)
{
	const struct report_source source = keeper_report_source(keeper);
	const struct control_message message = {.kind = CONTROL_REPORT};
	int fd = report_make(&source);

	if (fd >= 0) {
		channel_send(&caller->channel, &message, fd);
		close(fd);
	}
	caller->ends = true;
}

/* Whoever takes over gets all sockets, and we go on until it says that it serves. */
static void give_sockets(struct keeper *keeper, struct caller *caller)
{
	const struct control_message end = {.kind = CONTROL_END};

	for (size_t i = 0; i < keeper->bindings.len; i++) {
		const struct binding *binding = &keeper->bindings.at[i];
		const struct control_message message = {.kind = CONTROL_LISTEN,
			.vip = binding->vip,
			.address = binding->address};

		for (size_t j = 0; j < binding->fds_len; j++)
			channel_send(&caller->channel, &message, binding->fds[j]);
	}
	channel_send(&caller->channel, &end, -1);
}

static void caller_serve(struct keeper *keeper, struct caller *caller,
	const struct control_message *message)
{
	switch (message->kind) {
	case CONTROL_REPORT:
		give_report(keeper, caller);
		break;
	case CONTROL_TAKEOVER:
		give_sockets(keeper, caller);
		break;
	case CONTROL_TAKEN:
		keeper_say(keeper, "another helper has taken over");
		keeper->replaced = true;
		keeper_drain(keeper);
		break;
	default:
		caller->ends = true;
	}
}

void caller_hear(struct keeper *keeper, struct caller *caller)
{
	struct control_message message;
	int fd = -1, got = control_receive(caller->channel.fd, &message, &fd);

	if (fd >= 0)
		close(fd);
	if (got == 1)
		caller_serve(keeper, caller, &message);
	else if (got != -EAGAIN)
		caller->ends = true;
	/* keeper_drain() closes the desk and all who stand there. */
	if (caller->used && channel_flush(&caller->channel))
		caller->ends = true;
	if (caller->used && caller->ends &&
		(got != 1 || !channel_is_waiting(&caller->channel)))
		caller_leave(caller);
}
