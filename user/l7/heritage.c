// SPDX-License-Identifier: BSD-2-Clause
/* Listening sockets of others: systemd's, and those of the helper before us. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l7/keeping.h"

#define LISTEN_FD_FIRST 3 /* sd_listen_fds(3) */

/* --- systemd --- */

static unsigned long number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtoul(text, NULL, 10) : 0;
}

static int take_from_systemd(struct keeper *keeper)
{
	unsigned long len = number_of("LISTEN_FDS");
	int error = 0;

	if (number_of("LISTEN_PID") != (unsigned long)getpid())
		len = 0;
	for (unsigned long i = 0; i < len && !error; i++) {
		int fd = LISTEN_FD_FIRST + (int)i;

		fcntl(fd, F_SETFD, FD_CLOEXEC);
		error = handed_add(&keeper->handed, fd);
		if (error)
			diags_error(keeper->diags, PLACE_NONE,
				"ListenStream= of TCP addresses makes such sockets",
				"cannot use descriptor %d of LISTEN_FDS: %s", fd,
				strerror(-error));
	}
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	return error;
}

/* --- The helper before us --- */

/* One that has died lets its path behind. */
static bool is_nobody(int error)
{
	return error == -ENOENT || error == -ECONNREFUSED || error == -ENOTDIR;
}

static int predecessor_ask(struct keeper *keeper)
{
	const struct control_message ask = {.kind = CONTROL_TAKEOVER};
	struct control_message message = {0};
	int error = control_send(keeper->predecessor, &ask, -1);

	while (!error && message.kind != CONTROL_END) {
		int fd = -1;
		int got = control_receive(keeper->predecessor, &message, &fd);

		if (got != 1)
			return got ? got : -EPIPE;
		if (message.kind == CONTROL_LISTEN && fd >= 0)
			error = handed_add(&keeper->handed, fd);
		else if (fd >= 0)
			close(fd);
	}
	return error;
}

static int take_from_predecessor(struct keeper *keeper)
{
	const char *path = keeper->setup->control_path;
	int error;

	if (!path)
		return 0;
	error = keeper->predecessor = control_connect(path);
	if (error < 0 && is_nobody(error))
		return 0;
	if (error >= 0)
		error = predecessor_ask(keeper);
	if (!error)
		return 0;
	diags_error(keeper->diags, PLACE_NONE,
		"end that helper (SIGTERM), or give this one a socket of its own: "
		"--control PATH",
		"cannot take over from the helper at %s: %s", path, strerror(-error));
	return error;
}

int heritage_take(struct keeper *keeper)
{
	int error = take_from_systemd(keeper);

	return error ? error : take_from_predecessor(keeper);
}

void heritage_settle(struct keeper *keeper)
{
	const struct control_message taken = {.kind = CONTROL_TAKEN};

	handed_done(&keeper->handed);
	if (keeper->predecessor < 0)
		return;
	control_send(keeper->predecessor, &taken, -1);
	close(keeper->predecessor);
	keeper->predecessor = -1;
}
