// SPDX-License-Identifier: BSD-2-Clause
/* Pods that are down, and clients that go away or make no sense. */
#include <netinet/in.h>

#include "talk.h"

#define FILLERS 3

/* --- Pods that are down --- */

static void test_down_keyed(void)
{
	world_init(&world);
	world.pods_len = 2;
	world.policy = "key=header:x";
	world.settings.down_ms = 1000;
	talk_begin();
	pod_close(&world, world_pod_of(&world, "one"));
	say(client, "GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n\r\n");
	refused("503 ", "connect-failed");
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_UF), 1);
	say(client, "GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n\r\n");
	refused("503 ", "pod-down");
	EXPECT_EQ(world_count_flag(&world, 2, RECORD_UH), 1);
	usleep(1200000);
	say(client, "GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n\r\n");
	refused("503 ", "connect-failed");
	talk_end();
}

/* A pod that takes no new connections may still serve by those it has. */
static void test_down_but_connected(void)
{
	int second;

	world_init(&world);
	world.policy = "key=header:x";
	talk_begin();
	ask("GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n\r\n", "GET / ");
	pod_close(&world, 0);
	second = client;
	client = client_connect(&world);
	say(client, "GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n\r\n");
	refused("503 ", "connect-failed");
	say(pod, OK);
	EXPECT(hear_head_with(second, "200 OK"));
	ask("GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n\r\n", "GET / ");
	answer(OK, "200 OK", "ok");
	hang_up(&second);
	talk_end();
}

static void test_down_other(void)
{
	world_init(&world);
	world.pods_len = 2;
	talk_begin();
	pod_close(&world, 1);
	for (int i = 0; i < 20; i++) {
		ask_and_answer();
	}
	EXPECT_EQ(world_count_status(&world, 20, 2), 20);
	EXPECT_EQ(world.setup.stats->pod_connect_failures, 1);
	talk_end();
}

/* A pod whose queue is full takes no connection and refuses none. */
static void pod_block(int at, int *fillers)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
		.sin_port = world.pods_at[at].port,
		.sin_addr.s_addr = world.pods_at[at].addr.word[3]};

	listen(world.pod_fds[at], 0);
	for (int i = 0; i < FILLERS; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fillers[i], (struct sockaddr *)&addr, sizeof(addr));
	}
	usleep(20000);
}

static void test_connect_slow(void)
{
	int fillers[FILLERS];

	world_init(&world);
	world.pods_len = 2;
	world.policy = "key=header:x";
	world.settings.connect_ms = 200;
	talk_begin();
	pod_block(world_pod_of(&world, "one"), fillers);
	say(client, "GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n\r\n");
	refused("503 ", "connect-timeout");
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_UF), 1);
	say(client, "GET / HTTP/1.1\r\nHost: a\r\nX: one\r\n\r\n");
	refused("503 ", "pod-down");
	for (int i = 0; i < FILLERS; i++)
		close(fillers[i]);
	talk_end();
}

static void test_connect_slow_other(void)
{
	int fillers[FILLERS];

	world_init(&world);
	world.pods_len = 2;
	world.settings.connect_ms = 200;
	talk_begin();
	pod_block(1, fillers);
	for (int i = 0; i < 20; i++)
		ask_and_answer();
	EXPECT_EQ(world_count_status(&world, 20, 2), 20);
	EXPECT_EQ(world.setup.stats->pod_connect_failures, 1);
	for (int i = 0; i < FILLERS; i++)
		close(fillers[i]);
	talk_end();
}

static void test_down_all(void)
{
	world_init(&world);
	world.pods_len = 3;
	talk_begin();
	for (int i = 0; i < 3; i++)
		pod_close(&world, i);
	for (int i = 0; i < 5; i++) {
		say(client, GET);
		EXPECT(hear_head_with(client, "503 "));
		hear_until(client, "\n");
	}
	EXPECT_EQ(world_count_status(&world, 5, 5), 5);
	EXPECT_EQ(world.setup.stats->pod_connect_failures, 3);
	EXPECT(world_count_flag(&world, 5, RECORD_UH) >= 2);
	talk_end();
}

/* --- The client --- */

static void test_client_gone(void)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	break_off(&client);
	EXPECT(hear_end(pod));
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_DC), 1);
	hang_up(&pod);
	client = client_connect(&world);
	ask(GET, "GET / ");
	answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "200 OK", "");
	break_off(&client);
	EXPECT(hear_end(pod));
	EXPECT_EQ(world_count_flag(&world, 2, RECORD_DC), 2);
	hang_up(&pod);
	client = client_connect(&world);
	ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", "/ ");
	close(client);
	EXPECT(hear_end(pod));
	EXPECT_EQ(world_count_flag(&world, 3, RECORD_DC), 3);
	client = client_connect(&world);
	talk_end();
}

static void test_broken_request(void)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\n\n",
		"\x16\x03\x01\x02\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
	};

	talk_begin_plain();
	for (size_t i = 0; i < 4; i++) {
		say(client, requests[i]);
		EXPECT(hear_head_with(client, "HTTP/1.1 400 "));
		hear_until(client, "\n");
		EXPECT(hear_end(client));
		close(client);
		client = client_connect(&world);
	}
	EXPECT(pod_is_alone(&world, 0));
	EXPECT_EQ(world_count_flag(&world, 4, RECORD_DPE), 4);
	talk_end();
}

/* The pod must not take it for a request. */
static void test_broken_chunk(void)
{
	talk_begin_plain();
	ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "/ ");
	say(client, "5\r\nhelloX\r\n0\r\n\r\n");
	EXPECT(hear_head_with(client, "HTTP/1.1 400 "));
	hear_until(client, "\n");
	EXPECT(hear_end(client));
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_DPE), 1);
	talk_end();
}

static void test_no_service(void)
{
	talk_begin_plain();
	world.services[0].versions[1] =
		(struct sp_service_version){.generation = 2, .present = 0};
	__atomic_store_n(&world.state.generation, 2, __ATOMIC_RELEASE);
	say(client, GET);
	refused("503 ", "no-service");
	talk_end();
}

static const struct test tests[] = {
	{"a key's pod that is down: 503, at once while it is known", test_down_keyed},
	{"a pod that is down serves by connections it has", test_down_but_connected},
	{"without a key others serve", test_down_other},
	{"a pod that takes no connection: 503 in time, then at once", test_connect_slow},
	{"without a key others serve then, too", test_connect_slow_other},
	{"all pods down: the answer is immediate", test_down_all},
	{"a client that goes away takes the pod's connection along", test_client_gone},
	{"a broken request: 400 and the end", test_broken_request},
	{"a broken chunk in a request: the same", test_broken_chunk},
	{"a service that is gone: 503", test_no_service},
};

int main(void)
{
	return TESTS_RUN(tests);
}
