// SPDX-License-Identifier: BSD-2-Clause
/* Messages with a descriptor, each in one piece. */
#include "l7/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_S 5

union control_fd {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int control_connect(const char *path)
{
	const struct timeval wait = {.tv_sec = WAIT_S};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int error = 0, fd;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) ||
		connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		error = -errno;
	if (!error)
		return fd;
	close(fd);
	return error;
}

int control_send(int socket, const struct control_message *message, int fd)
{
	struct iovec text = {.iov_base = (void *)message, .iov_len = sizeof(*message)};
	union control_fd control = {0};
	struct msghdr packet = {.msg_iov = &text, .msg_iovlen = 1};

	if (fd >= 0) {
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(fd)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		packet.msg_control = control.bytes;
		packet.msg_controllen = sizeof(control.bytes);
	}
	while (sendmsg(socket, &packet, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int fd_of(struct msghdr *packet)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(packet);
	int fd;

	if (!header || header->cmsg_level != SOL_SOCKET ||
		header->cmsg_type != SCM_RIGHTS ||
		header->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int control_receive(int socket, struct control_message *ret_message, int *ret_fd)
{
	struct iovec text = {.iov_base = ret_message, .iov_len = sizeof(*ret_message)};
	union control_fd control;
	struct msghdr packet = {.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	ssize_t len;
	int fd;

	do
		len = recvmsg(socket, &packet, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	if (len <= 0)
		return len ? -errno : 0;
	fd = fd_of(&packet);
	if (len == sizeof(*ret_message) &&
		!(packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		*ret_fd = fd;
		return 1;
	}
	if (fd >= 0)
		close(fd);
	return -EBADMSG;
}
