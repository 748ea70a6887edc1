// SPDX-License-Identifier: BSD-2-Clause
/* Long bodies, spliced and copied, and those who are slow to take them. */
#include <poll.h>
#include <stdlib.h>

#include "talk.h"

#define BODY_LEN (3 << 20)

static char *body;

static void body_make(void)
{
	body = malloc(BODY_LEN);
	for (int i = 0; i < BODY_LEN; i++)
		body[i] = (char)(i * 2654435761U >> 13);
}

/* Say all of it at one end and hear it at the other, at the same time. */
static bool passes(int from, int to, size_t len)
{
	struct pollfd fds[2] = {
		{.fd = from, .events = POLLOUT}, {.fd = to, .events = POLLIN}};
	size_t said = 0, heard = 0;
	char piece[30000];

	while (heard < len && poll(fds, 2, WORLD_WAIT_MS) > 0) {
		ssize_t moved = 0;

		if (fds[0].revents & POLLOUT)
			moved = send(from, body + said, len - said,
				MSG_DONTWAIT | MSG_NOSIGNAL);
		said += moved > 0 ? (size_t)moved : 0;
		if (said == len)
			fds[0].fd = -1;
		moved = 0;
		if (fds[1].revents)
			moved = recv(to, piece, sizeof(piece), MSG_DONTWAIT);
		if (moved > 0 && memcmp(piece, body + heard, (size_t)moved) != 0)
			return false;
		if (fds[1].revents && moved <= 0)
			return false;
		heard += (size_t)moved;
	}
	return heard == len;
}

static void test_response_length(void)
{
	char head[100];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n",
		BODY_LEN);
	talk_begin_plain();
	for (int i = 0; i < 3; i++) {
		ask(GET, "GET / ");
		answer(head, "200 OK", "");
		EXPECT(passes(pod, client, BODY_LEN));
	}
	ask_and_answer();
	EXPECT(pod_is_alone(&world, 0));
	EXPECT_EQ(world_count_status(&world, 4, 2), 4);
	EXPECT_EQ(world.setup.stats->services[0].bytes_sent, 3 * BODY_LEN + 2);
	talk_end();
}

static void test_request_length(void)
{
	char head[100];

	snprintf(head, sizeof(head),
		"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", BODY_LEN);
	talk_begin_plain();
	for (int i = 0; i < 2; i++) {
		ask(head, "PUT / ");
		EXPECT(passes(client, pod, BODY_LEN));
		answer(OK, "200 OK", "ok");
	}
	EXPECT_EQ(world_count_status(&world, 2, 2), 2);
	EXPECT_EQ(world.setup.stats->services[0].bytes_received, 2 * BODY_LEN);
	talk_end();
}

static void test_chunks(void)
{
	talk_begin_plain();
	ask("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "PUT / ");
	for (int i = 0; i < 2; i++) {
		say(client, "200000\r\n");
		EXPECT(hear(pod, "200000\r\n"));
		EXPECT(passes(client, pod, 0x200000));
		say(client, "\r\n5\r\nhello\r\n");
		EXPECT(hear(pod, "\r\n5\r\nhello\r\n"));
	}
	say(client, "0\r\n\r\n");
	EXPECT(hear(pod, "0\r\n\r\n"));
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n",
		"200 OK", "200000\r\n");
	EXPECT(passes(pod, client, 0x200000));
	say(pod, "\r\n0\r\n\r\n");
	EXPECT(hear(client, "\r\n0\r\n\r\n"));
	ask_and_answer();
	talk_end();
}

static void test_until_close(void)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	answer("HTTP/1.1 200 OK\r\n\r\n", "200 OK", "");
	EXPECT(passes(pod, client, BODY_LEN));
	hang_up(&pod);
	EXPECT(hear_end(client));
	talk_end();
}

static void test_tunnel(void)
{
	talk_begin_plain();
	ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: "
	    "websocket\r\n\r\n",
		"GET / ");
	answer("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: "
	       "websocket\r\n\r\n",
		"101 ", "");
	EXPECT(passes(pod, client, BODY_LEN));
	EXPECT(passes(client, pod, BODY_LEN));
	EXPECT(passes(pod, client, 10));
	talk_end();
}

/* More than all the kernel's buffers between two ends hold, on any machine. */
#define KERNEL_MAX (200 << 20)

/* How much of `text`, again and again, `from` can say until the worker takes no more, in
 * a moment. */
static size_t said_until_full(int from, const char *text, size_t len)
{
	struct pollfd fds = {.fd = from, .events = POLLOUT};
	size_t said = 0;

	while (said < KERNEL_MAX && poll(&fds, 1, 100) > 0) {
		ssize_t sent = send(from, text + said % len, len - said % len,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0)
			said += (size_t)sent;
	}
	return said;
}

/* Who is slow to take holds up who is fast to say, and loses nothing. */
static void pressed(int from, int to, const char *text, size_t len)
{
	size_t said;

	said = said_until_full(from, text, len);
	EXPECT(said < KERNEL_MAX);
	for (size_t heard = 0; heard < said;) {
		char piece[65536];
		ssize_t more = recv(to, piece, sizeof(piece), 0);

		if (more <= 0)
			break;
		heard += (size_t)more;
		if (heard == said)
			EXPECT(hear_nothing(to));
	}
}

static void test_pressure(void)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	answer("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", "200 OK", "");
	pressed(pod, client, body, 65536);
	talk_end();
	talk_begin_plain();
	ask("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n", "PUT / ");
	pressed(client, pod, body, 65536);
	talk_end();
}

/* The same with chunks that are copied. */
static void test_pressure_of_chunks(void)
{
	char chunk[1007] = "3e8\r\n";

	memset(chunk + 5, 'x', 1000);
	memcpy(chunk + 1005, "\r\n", 2);
	talk_begin_plain();
	ask(GET, "GET / ");
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 OK", "");
	pressed(pod, client, chunk, sizeof(chunk));
	talk_end();
	talk_begin_plain();
	ask("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "PUT / ");
	pressed(client, pod, chunk, sizeof(chunk));
	talk_end();
}

/* The response waits for a client that is still sending, and the other way round. */
static void test_both_ways(void)
{
	talk_begin_plain();
	ask("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n", "PUT / ");
	answer("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n", "200 OK", "");
	EXPECT(passes(client, pod, 1000000));
	EXPECT(passes(pod, client, 2000000));
	EXPECT(passes(client, pod, 2000000));
	EXPECT(passes(pod, client, 1000000));
	EXPECT(hear_end(client));
	EXPECT_EQ(world_count_status(&world, 1, 2), 1);
	talk_end();
}

/* Requests that are served while a long body is on its way. */
static void test_others_meanwhile(void)
{
	int bulk_client, bulk_pod;

	talk_begin_plain();
	ask(GET, "GET / ");
	answer("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", "200 OK", "");
	bulk_client = client;
	bulk_pod = pod;
	client = client_connect(&world);
	pod = -1;
	for (int i = 0; i < 50; i++) {
		EXPECT(passes(bulk_pod, bulk_client, 100000));
		ask_and_answer();
	}
	hang_up(&bulk_client);
	hang_up(&bulk_pod);
	talk_end();
}

static const struct test tests[] = {
	{"long responses pass as they are", test_response_length},
	{"long requests pass as they are", test_request_length},
	{"long chunks pass both ways", test_chunks},
	{"a long response may end with its connection", test_until_close},
	{"a tunnel passes much, both ways", test_tunnel},
	{"who is slow to take holds up who says, both ways", test_pressure},
	{"the same with chunks that are copied", test_pressure_of_chunks},
	{"a request and its response at the same time", test_both_ways},
	{"requests are served while a long body passes", test_others_meanwhile},
};

int main(void)
{
	int failed;

	body_make();
	failed = TESTS_RUN(tests);
	free(body);
	return failed;
}
