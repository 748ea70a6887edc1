/* SPDX-License-Identifier: BSD-2-Clause */
/* l7/control.h: messages and descriptors between keeper and workers. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "l7/control.h"

static int ends[2];

static void ends_make(int type)
{
	EXPECT_EQ(socketpair(AF_UNIX, type, 0, ends), 0);
	EXPECT_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
}

static void ends_done(void)
{
	close(ends[0]);
	close(ends[1]);
}

static void a_message_arrives_whole(void)
{
	const struct control_message sent = {
		.kind = CONTROL_UNLISTEN, .vip.port = 80, .address.port = 8080};
	struct control_message got = {0};
	int fd = 7;

	ends_make(SOCK_SEQPACKET);
	EXPECT_EQ(control_receive(ends[1], &got, &fd), -EAGAIN);
	EXPECT_EQ(control_send(ends[0], &sent, -1), 0);
	EXPECT_EQ(control_receive(ends[1], &got, &fd), 1);
	EXPECT(!memcmp(&sent, &got, sizeof(sent)));
	EXPECT_EQ(fd, -1);
	ends_done();
}

static void messages_keep_their_order(void)
{
	struct control_message message = {0};
	int fd;

	ends_make(SOCK_SEQPACKET);
	for (message.kind = CONTROL_LISTEN; message.kind <= CONTROL_DRAIN; message.kind++)
		EXPECT_EQ(control_send(ends[0], &message, -1), 0);
	for (uint32_t kind = CONTROL_LISTEN; kind <= CONTROL_DRAIN; kind++) {
		EXPECT_EQ(control_receive(ends[1], &message, &fd), 1);
		EXPECT_EQ(message.kind, kind);
	}
	ends_done();
}

static void a_descriptor_comes_along(void)
{
	const struct control_message sent = {.kind = CONTROL_LISTEN};
	struct control_message got;
	int pipes[2], fd = -1;
	char byte = 0;

	ends_make(SOCK_SEQPACKET);
	EXPECT_EQ(pipe(pipes), 0);
	EXPECT_EQ(control_send(ends[0], &sent, pipes[1]), 0);
	EXPECT_EQ(control_receive(ends[1], &got, &fd), 1);
	EXPECT(fd >= 0 && fd != pipes[1]);
	EXPECT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	EXPECT_EQ(write(fd, "x", 1), 1);
	EXPECT_EQ(read(pipes[0], &byte, 1), 1);
	EXPECT_EQ(byte, 'x');
	close(fd);
	EXPECT_EQ(write(pipes[1], "y", 1), 1);
	close(pipes[0]);
	close(pipes[1]);
	ends_done();
}

static void the_other_end_is_gone(void)
{
	const struct control_message sent = {.kind = CONTROL_READY};
	struct control_message got;
	int fd;

	ends_make(SOCK_SEQPACKET);
	close(ends[0]);
	EXPECT_EQ(control_receive(ends[1], &got, &fd), 0);
	EXPECT_EQ(control_send(ends[1], &sent, -1), -EPIPE);
	close(ends[1]);
}

/* Another build at the other end: nothing is taken for what it is not. */
static void a_message_of_another_length_is_refused(void)
{
	struct control_message got;
	char longer[sizeof(got) + 1] = {0};
	int fd;

	ends_make(SOCK_SEQPACKET);
	EXPECT_EQ(send(ends[0], longer, sizeof(longer), 0), sizeof(longer));
	EXPECT_EQ(control_receive(ends[1], &got, &fd), -EBADMSG);
	EXPECT_EQ(send(ends[0], longer, 3, 0), 3);
	EXPECT_EQ(control_receive(ends[1], &got, &fd), -EBADMSG);
	ends_done();
}

static void nobody_is_there(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char name[128] = "/tmp/samepod-test-XXXXXX";
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	const struct control_message sent = {.kind = CONTROL_REPORT};
	struct control_message got = {.kind = 99};
	int client, served, got_fd;

	EXPECT(mkdtemp(name) != NULL);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/sock", name);
	EXPECT_EQ(control_connect(at.sun_path), -ENOENT);
	EXPECT_EQ(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	EXPECT_EQ(control_connect(at.sun_path), -ECONNREFUSED);
	EXPECT_EQ(listen(fd, 1), 0);
	client = control_connect(at.sun_path);
	served = accept(fd, NULL, NULL);
	EXPECT(client >= 0 && served >= 0);
	EXPECT_EQ(control_send(client, &sent, -1), 0);
	EXPECT_EQ(control_receive(served, &got, &got_fd), 1);
	EXPECT_EQ(got.kind, CONTROL_REPORT);
	close(client);
	close(served);
	close(fd);
	unlink(at.sun_path);
	rmdir(name);
	memset(name, 'x', sizeof(name) - 1);
	EXPECT_EQ(control_connect(name), -ENAMETOOLONG);
}

static const struct test tests[] = {
	{"a message arrives whole", a_message_arrives_whole},
	{"messages keep their order", messages_keep_their_order},
	{"a descriptor comes along", a_descriptor_comes_along},
	{"the other end is gone", the_other_end_is_gone},
	{"a control socket with and without a keeper", nobody_is_there},
	{"a message of another length is refused",
		a_message_of_another_length_is_refused},
};

int main(void)
{
	return TESTS_RUN(tests);
}
