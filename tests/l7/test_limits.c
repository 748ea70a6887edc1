// SPDX-License-Identifier: BSD-2-Clause
/* Limits and time-outs. Nothing here asserts how long something took. */
#include <stdlib.h>

#include "talk.h"

#define SHORT_MS 300 /* and yet long enough for a machine that is busy */

/* --- Sizes --- */

static void test_head_long(void)
{
	char *head = malloc(40000);

	memset(head, 'x', 40000);
	memcpy(head, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
	talk_begin_plain();
	say_bytes(client, head, 40000);
	refused("HTTP/1.1 431 ", "head-long");
	EXPECT(hear_end(client));
	free(head);
	talk_end();
}

/* The longest head that is allowed, both ways, with a body behind it. */
static void test_head_longest(void)
{
	char head[16384 + 5];
	int len = snprintf(head, sizeof(head),
		"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX: ");

	memset(head + len, 'x', sizeof(head) - (size_t)len);
	memcpy(head + 16384 - 4, "\r\n\r\nbody", 9);
	talk_begin_plain();
	ask(head, "xxxx\r\n");
	EXPECT(hear(pod, "body"));
	len = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: ");
	memset(head + len, 'y', sizeof(head) - (size_t)len);
	memcpy(head + 16384 - 4, "\r\n\r\nbody", 9);
	answer(head, "yyyy\r\n", "body");
	ask_and_answer();
	talk_end();
}

static void test_target_long(void)
{
	char request[10000];

	memset(request, 'x', sizeof(request));
	memcpy(request, "GET /", 5);
	memcpy(request + sizeof(request) - 30, " HTTP/1.1\r\nHost: a\r\n\r\n", 23);
	talk_begin_plain();
	say(client, request);
	refused("HTTP/1.1 414 ", "target-long");
	talk_end();
}

static void test_fields_many(void)
{
	talk_begin_plain();
	say(client, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 100; i++)
		say(client, "X: y\r\n");
	say(client, "\r\n");
	refused("HTTP/1.1 431 ", "fields-many");
	talk_end();
}

static void test_response_long(void)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	say(pod, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 3000; i++)
		say(pod, "X: yyyyyyyyyy\r\n");
	refused("HTTP/1.1 502 ", "");
	talk_end();
}

/* --- Connections --- */

static void test_connections(void)
{
	int second, third;

	world_init(&world);
	world.settings.connections_max = 2;
	talk_begin();
	ask_and_answer();
	second = client_connect(&world);
	third = client_connect(&world);
	EXPECT(hear_end(third));
	hang_up(&third);
	hang_up(&second);
	ask_and_answer();
	EXPECT_EQ(world.setup.stats->refused_limit, 1);
	second = client_connect(&world);
	EXPECT(hear_nothing(second));
	hang_up(&second);
	talk_end();
}

static void test_connections_of_address(void)
{
	int second;

	world_init(&world);
	world.settings.connections_per_address_max = 1;
	talk_begin();
	ask_and_answer();
	second = client_connect(&world);
	EXPECT(hear_end(second));
	hang_up(&second);
	EXPECT_EQ(world.setup.stats->refused_limit, 1);
	hang_up(&client);
	hang_up(&pod);
	usleep(50000);
	client = client_connect(&world);
	ask_and_answer();
	talk_end();
}

/* --- Times --- */

static void test_head_slow(void)
{
	world_init(&world);
	world.settings.head_ms = SHORT_MS;
	talk_begin();
	say(client, "GET / HTTP/1.1\r\nHost:");
	refused("HTTP/1.1 408 ", "head-timeout");
	EXPECT(hear_end(client));
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_DT), 1);
	hang_up(&client);
	/* Nothing was said: nothing is answered. */
	client = client_connect(&world);
	EXPECT(hear_end(client));
	talk_end();
}

/* Absolute: a byte now and then does not help. */
static void test_head_dripping(void)
{
	world_init(&world);
	world.settings.head_ms = SHORT_MS;
	talk_begin();
	for (int i = 0; i < 6; i++) {
		say(client, i ? "x" : "GET /");
		usleep(SHORT_MS * 1000 / 4);
	}
	refused("HTTP/1.1 408 ", "head-timeout");
	talk_end();
}

static void test_idle(void)
{
	world_init(&world);
	world.settings.idle_ms = SHORT_MS;
	talk_begin();
	ask_and_answer();
	EXPECT(hear_end(client));
	EXPECT(hear_end(pod));
	talk_end();
}

static void test_request_body_slow(void)
{
	world_init(&world);
	world.settings.idle_ms = SHORT_MS;
	talk_begin();
	ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab", "POST /");
	refused("HTTP/1.1 408 ", "request-body-timeout");
	EXPECT(hear_end(client));
	EXPECT(hear(pod, "ab"));
	EXPECT(hear_end(pod));
	talk_end();
}

static void test_response_slow(void)
{
	world_init(&world);
	world.settings.response_ms = SHORT_MS;
	talk_begin();
	ask(GET, "GET / ");
	refused("HTTP/1.1 504 ", "response-timeout");
	EXPECT(hear_end(pod));
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_UT), 1);
	hang_up(&pod);
	ask_and_answer();
	talk_end();
}

static void test_response_body_slow(void)
{
	world_init(&world);
	world.settings.idle_ms = SHORT_MS;
	talk_begin();
	ask(GET, "GET / ");
	answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", "200 OK", "ab");
	EXPECT(hear_end(client));
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_UT), 1);
	talk_end();
}

/* A client that takes nothing, however much waits for it. */
static void test_client_stalled(void)
{
	static char piece[65536];

	world_init(&world);
	world.settings.write_ms = SHORT_MS;
	world.settings.idle_ms = SHORT_MS;
	talk_begin();
	ask(GET, "GET / ");
	say(pod, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
	for (int i = 0; i < 400; i++)
		say_bytes(pod, piece, sizeof(piece));
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_DT), 1);
	talk_end();
}

static void test_tunnel_idle(void)
{
	world_init(&world);
	world.settings.idle_ms = SHORT_MS;
	talk_begin();
	ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: "
	    "websocket\r\n\r\n",
		"GET / ");
	answer("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: "
	       "websocket\r\n\r\n",
		"101 ", "");
	for (int i = 0; i < 8; i++) {
		usleep(SHORT_MS * 1000 / 6);
		say(pod, "x");
		EXPECT(hear(client, "x"));
	}
	EXPECT(hear_end(client));
	EXPECT(hear_end(pod));
	talk_end();
}

static const struct test tests[] = {
	{"a head that is too long: 431", test_head_long},
	{"the longest head passes both ways", test_head_longest},
	{"a target that is too long: 414", test_target_long},
	{"too many fields: 431", test_fields_many},
	{"a response's head that is too long: 502", test_response_long},
	{"no more connections than the limit", test_connections},
	{"nor more of one address", test_connections_of_address},
	{"a head that is not whole in time: 408", test_head_slow},
	{"even if more of it comes", test_head_dripping},
	{"an idle connection is closed, a kept one too", test_idle},
	{"a request's body that stops: 408", test_request_body_slow},
	{"a response that does not come: 504", test_response_slow},
	{"a response's body that stops ends the connection", test_response_body_slow},
	{"a client that takes nothing is given up", test_client_stalled},
	{"a tunnel lives while bytes pass either way", test_tunnel_idle},
};

int main(void)
{
	return TESTS_RUN(tests);
}
