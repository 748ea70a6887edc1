// SPDX-License-Identifier: BSD-2-Clause
/* Pods that break off, or answer what is none. */
#include "talk.h"

static void test_no_head(void)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	hang_up(&pod);
	refused("HTTP/1.1 503 ", "pod-closed");
	ask(GET, "GET / ");
	say(pod, "HTTP/1.1 200 OK\r\nContent-");
	break_off(&pod);
	EXPECT(hear_head_with(client, "HTTP/1.1 503 "));
	EXPECT_EQ(world_count_flag(&world, 2, RECORD_UC), 2);
	talk_end();
}

/* The client must see that the body is not all there. */
static void short_body(const char *head, void (*leave)(int *fd), bool is_reset)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	answer(head, "200 OK", "");
	say(pod, "a\r\n0123456789\r\n");
	EXPECT(hear(client, "a\r\n0123456789\r\n"));
	leave(&pod);
	if (is_reset)
		EXPECT(hear_reset(client));
	else
		EXPECT(hear_end(client));
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_UC), 1);
	talk_end();
}

static void test_short_body(void)
{
	short_body("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", hang_up, false);
	short_body("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", break_off, false);
	short_body(
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", hang_up, false);
	short_body("HTTP/1.1 200 OK\r\n\r\n", break_off, true);
}

/* Without chunks the end would look like an end. */
static void test_short_unchunked(void)
{
	talk_begin_plain();
	ask("GET / HTTP/1.0\r\n\r\n", "/ ");
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
		"200 OK", "body");
	hang_up(&pod);
	EXPECT(hear_reset(client));
	talk_end();
}

static void test_broken_response(void)
{
	static const char *const responses[] = {
		"hello\r\n\r\n",
		"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
		"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
	};

	talk_begin_plain();
	for (size_t i = 0; i < 4; i++) {
		ask(GET, "GET / ");
		answer(responses[i], "HTTP/1.1 502 ", "");
		hear_until(client, "\n");
		EXPECT(hear_end(pod));
		hang_up(&pod);
	}
	EXPECT_EQ(world_count_flag(&world, 4, RECORD_UPE), 4);
	talk_end();
}

static void test_broken_body(void)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "502 ",
		"");
	hear_until(client, "\n");
	EXPECT(hear_end(pod));
	hang_up(&pod);
	ask(GET, "GET / ");
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 OK", "");
	say(pod, "xyz\r\n");
	EXPECT(hear_end(client));
	EXPECT_EQ(world_count_flag(&world, 2, RECORD_UPE), 2);
	talk_end();
}

/* Bytes behind the response are not the next one. */
static void test_surplus(void)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	answer(OK OK, "200 OK", "ok");
	EXPECT(hear_end(pod));
	hang_up(&pod);
	ask_and_answer();
	talk_end();
}

/* --- A kept connection that the pod gives up as it is used --- */

static void test_replay(void)
{
	talk_begin_plain();
	ask_and_answer();
	ask("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", "/ ");
	EXPECT(hear(pod, "body"));
	hang_up(&pod);
	pod = pod_accept(&world, 0);
	EXPECT(hear_head_with(pod, "PUT / HTTP/1.1"));
	EXPECT(hear(pod, "body"));
	answer(OK, "200 OK", "ok");
	EXPECT_EQ(world_count_status(&world, 2, 2), 2);
	EXPECT_EQ(world.setup.stats->services[0].retries, 1);
	talk_end();
}

/* What may have been done is not done twice. */
static void test_no_replay(void)
{
	talk_begin_plain();
	ask_and_answer();
	ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", "/ ");
	hang_up(&pod);
	EXPECT(hear_head_with(client, "503 "));
	EXPECT(pod_is_alone(&world, 0));
	talk_end();
}

/* Nor is the response begun twice. */
static void test_no_replay_begun(void)
{
	talk_begin_plain();
	ask_and_answer();
	ask(GET, "GET / ");
	say(pod, "HTTP/1.1 2");
	usleep(20000);
	hang_up(&pod);
	EXPECT(hear_head_with(client, "503 "));
	EXPECT(pod_is_alone(&world, 0));
	talk_end();
}

static void test_closed_while_kept(void)
{
	talk_begin_plain();
	ask_and_answer();
	hang_up(&pod);
	usleep(20000);
	ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "/ ");
	answer(OK, "200 OK", "");
	EXPECT_EQ(world.setup.stats->services[0].retries, 0);
	talk_end();
}

static const struct test tests[] = {
	{"a pod that closes before its head is whole: 503", test_no_head},
	{"a pod that closes within a body: the client's connection ends",
		test_short_body},
	{"the same without chunks: it is reset", test_short_unchunked},
	{"a broken response: 502, and the connection is not used again",
		test_broken_response},
	{"broken chunks end the connection", test_broken_body},
	{"bytes behind a response are not the next one", test_surplus},
	{"a kept connection that breaks: once more on another", test_replay},
	{"but not with a POST", test_no_replay},
	{"and not when the response had begun", test_no_replay_begun},
	{"a kept connection that was closed is not used", test_closed_while_kept},
};

int main(void)
{
	return TESTS_RUN(tests);
}
