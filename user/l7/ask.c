/* SPDX-License-Identifier: BSD-2-Clause */
/* A report on its way from the keeper to a command. */
#include <errno.h>
#include <unistd.h>

#include "l7/control.h"
#include "l7/report.h"

int report_send(int socket, const struct report_source *source)
{
	const struct control_message message = {.kind = CONTROL_REPORT};
	int fd = report_make(source), error;

	if (fd < 0)
		return fd;
	error = control_send(socket, &message, fd);
	close(fd);
	return error;
}

static int report_receive(int socket)
{
	struct control_message message;
	int fd, got = control_receive(socket, &message, &fd);

	if (got < 0)
		return got == -EAGAIN ? -ETIMEDOUT : got;
	if (got && message.kind == CONTROL_REPORT && fd >= 0)
		return fd;
	if (got && fd >= 0)
		close(fd);
	return -EPROTO;
}

int report_ask(const char *path)
{
	const struct control_message message = {.kind = CONTROL_REPORT};
	int fd = control_connect(path), result;

	if (fd < 0)
		return fd;
	result = control_send(fd, &message, -1);
	if (!result)
		result = report_receive(fd);
	close(fd);
	return result;
}
