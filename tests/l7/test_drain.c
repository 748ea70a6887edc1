// SPDX-License-Identifier: BSD-2-Clause
/* The keeper's messages: listen, drain, new tables, and its end. */
#include <errno.h>
#include <pthread.h>

#include "l7/control.h"
#include "talk.h"

static void test_idle_ends(void)
{
	talk_begin_plain();
	ask_and_answer();
	world_drain(&world);
	EXPECT(hear_end(pod));
	EXPECT(hear_end(client));
	talk_end();
}

/* A request that is on its way when the end begins is served, and told that it is the
 * last one. */
static void test_request_ends(void)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	world_drain(&world);
	usleep(50000);
	answer(OK, "onnection: close", "ok");
	EXPECT(hear_end(client));
	talk_end();
}

/* So is one on a connection that is idle for a moment only. */
static void test_next_request(void)
{
	talk_begin_plain();
	ask_and_answer();
	world_drain(&world);
	EXPECT(hear_end(pod));
	hang_up(&pod);
	ask(GET, "GET / ");
	answer(OK, "onnection: close", "ok");
	EXPECT(hear_end(client));
	talk_end();
}

/* Who waits to be accepted is. */
static void test_waiting(void)
{
	int clients[20];

	talk_begin_plain();
	for (int i = 0; i < 20; i++)
		clients[i] = client_connect(&world);
	world_drain(&world);
	for (int i = 0; i < 20; i++) {
		hang_up(&client);
		hang_up(&pod);
		client = clients[i];
		ask(GET, "GET / ");
		answer(OK, "onnection: close", "ok");
	}
	talk_end();
}

static void test_deadline(void)
{
	world_init(&world);
	world.settings.drain_ms = 200;
	talk_begin();
	ask(GET, "GET / ");
	world_drain(&world);
	EXPECT(hear_end(client));
	EXPECT(hear_end(pod));
	talk_end();
}

/* Without the keeper a worker serves what it has begun, and ends. */
static void test_keeper_gone(void)
{
	talk_begin_plain();
	ask(GET, "GET / ");
	shutdown(world.control, SHUT_RDWR);
	usleep(50000);
	answer(OK, "onnection: close", "ok");
	EXPECT(hear_end(client));
	pthread_join(world.thread, NULL);
	EXPECT_EQ(world.result, -EPIPE);
	world_free(&world);
	hang_up(&client);
	hang_up(&pod);
}

static void test_unlisten(void)
{
	struct control_message message = {.kind = CONTROL_UNLISTEN};
	int second;

	talk_begin_plain();
	ask_and_answer();
	message.vip = world.services[0].vip;
	message.address = world.at;
	control_send(world.control, &message, -1);
	usleep(50000);
	second = client_connect(&world); /* the keeper's socket is still there */
	say(second, GET);
	EXPECT(hear_nothing(second));
	ask_and_answer();
	message.kind = CONTROL_LISTEN;
	control_send(world.control, &message, world.listen_fd);
	hang_up(&client);
	client = second;
	EXPECT(hear_head_with(pod, "GET / "));
	answer(OK, "200 OK", "ok");
	talk_end();
}

static int replace_tables(struct worker_setup *setup, int fd)
{
	(void)fd;
	*(struct sp_service *)&setup->tables.services[0] = (struct sp_service){0};
	return 0;
}

static void test_new_tables(void)
{
	const struct control_message message = {.kind = CONTROL_TABLES};

	world_init(&world);
	world.setup.replace_tables = replace_tables;
	talk_begin();
	ask_and_answer();
	control_send(world.control, &message, world.listen_fd);
	usleep(50000);
	say(client, GET);
	refused("503 ", "no-service");
	talk_end();
}

/* Messages that make no sense change nothing. */
static void test_bad_messages(void)
{
	const struct control_message message = {.kind = 4711};
	const struct control_message listen_nowhere = {.kind = CONTROL_LISTEN};

	talk_begin_plain();
	control_send(world.control, &message, world.listen_fd);
	control_send(world.control, &listen_nowhere, -1);
	send(world.control, "x", 1, 0);
	ask_and_answer();
	talk_end();
}

static const struct test tests[] = {
	{"idle connections end when the worker is to", test_idle_ends},
	{"a request in flight is served first", test_request_ends},
	{"so is one that comes at that moment", test_next_request},
	{"and those of who waits to be accepted", test_waiting},
	{"but not for longer than the deadline", test_deadline},
	{"a worker whose keeper is gone ends in the same way", test_keeper_gone},
	{"an address that is taken back, and given again", test_unlisten},
	{"new tables are live for the next request", test_new_tables},
	{"messages that make no sense change nothing", test_bad_messages},
};

int main(void)
{
	return TESTS_RUN(tests);
}
