// SPDX-License-Identifier: BSD-2-Clause
/* Clients and pods that do anything at any moment, by chance of a fixed seed, and a
 * worker that serves on. And descriptors that run out. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "talk.h"

#define ENDS 24
#define STEPS 30000
#define SEEDS 3

/* Pieces of messages, whole ones and those that are cut or wrong. */
static const char *const client_says[] = {
	GET,
	GET GET GET,
	"GET / HT",
	"TP/1.1\r\nHost: a\r\n\r\n",
	"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n",
	"0123456789",
	"01234",
	"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
	"5\r\nhello\r\n",
	"5\r\nhel",
	"lo\r\n",
	"0\r\n\r\n",
	"0\r\nX: y\r\n\r\n",
	"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n",
	"\r\n",
	"\x01\x02",
};

static const char *const pod_says[] = {
	OK,
	OK OK,
	"HTTP/1.1 200 OK\r\nContent-",
	"Length: 2\r\n\r\nok",
	"HTTP/1.1 100 Continue\r\n\r\n",
	"HTTP/1.1 103 Early\r\n\r\n",
	"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	"3\r\nabc\r\n",
	"3\r\nab",
	"0\r\n\r\n",
	"HTTP/1.1 200 OK\r\n\r\n",
	"HTTP/1.1 204 None\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n",
	"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.0 200 OK\r\n\r\n",
	"nonsense\r\n\r\n",
};

static uint32_t random_state;

static uint32_t chance(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

static void end_says(int fd, const char *const *texts, size_t len)
{
	static const char bulk[100000];
	const char *text = texts[chance((uint32_t)len)];
	size_t text_len = strlen(text);

	if (!chance(8))
		send(fd, bulk, chance(sizeof(bulk)), MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (!chance(4))
		send(fd, text, chance((uint32_t)text_len + 1),
			MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		send(fd, text, text_len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* One thing that an end may do. */
static void end_acts(int *fd, const char *const *texts, size_t len)
{
	static char piece[200000];

	switch (chance(16)) {
	case 0:
		hang_up(fd);
		break;
	case 1:
		break_off(fd);
		break;
	case 2:
		shutdown(*fd, SHUT_WR);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		while (recv(*fd, piece, sizeof(piece), MSG_DONTWAIT) > 0)
			;
		break;
	default:
		end_says(*fd, texts, len);
	}
}

static void accept_where_free(int *ends)
{
	for (int i = 0; i < ENDS; i++) {
		int at = (int)chance((uint32_t)world.pods_len);

		if (ends[i] < 0 && !world_is_quiet(world.pod_fds[at], 0))
			ends[i] = pod_accept(&world, at);
	}
}

static void hang_up_all(int *ends)
{
	for (int i = 0; i < ENDS; i++)
		hang_up(&ends[i]);
}

/* Ask; let pods' connections go that are left from before, until one has this request.
 * Returns whether it was answered: times are short here. */
static bool is_served(void)
{
	char head[10] = "";
	bool served;

	client = client_connect(&world);
	say(client, "GET /last HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < 200 && strcmp(head, "GET /last") != 0; i++) {
		int at = world_is_quiet(world.pod_fds[0], 5);

		hang_up(&pod);
		if (!world_is_quiet(world.pod_fds[at], 5))
			pod = pod_accept(&world, at);
		if (pod < 0 || recv(pod, head, 9, 0) < 0)
			head[0] = 0;
	}
	say(pod, OK);
	served = hear_head_with(client, "200 OK");
	hang_up(&client);
	hang_up(&pod);
	return served;
}

static void expect_served(void)
{
	bool served = false;

	pod = -1;
	for (int i = 0; i < 20 && !served; i++)
		served = is_served();
	EXPECT(served);
}

static void chaos(uint32_t seed)
{
	int clients[ENDS], pods[ENDS];

	random_state = seed;
	world_init(&world);
	world.pods_len = 2;
	world.settings.head_ms = world.settings.idle_ms = 20;
	world.settings.response_ms = world.settings.write_ms = 20;
	world.settings.down_ms = 1;
	world_start(&world);
	for (int i = 0; i < ENDS; i++)
		clients[i] = pods[i] = -1;
	for (int step = 0; step < STEPS; step++) {
		int *end = chance(2) ? &clients[chance(ENDS)] : &pods[chance(ENDS)];
		bool is_client = end >= clients && end < clients + ENDS;

		accept_where_free(pods);
		if (*end < 0 && is_client)
			*end = client_connect(&world);
		if (*end >= 0 && is_client)
			end_acts(end, client_says,
				sizeof(client_says) / sizeof(client_says[0]));
		else if (*end >= 0)
			end_acts(end, pod_says, sizeof(pod_says) / sizeof(pod_says[0]));
	}
	hang_up_all(clients);
	hang_up_all(pods);
	expect_served();
	printf("seed %u: %llu requests, %llu served, %llu sent again\n", seed,
		(unsigned long long)world.setup.stats->services[0].requests,
		(unsigned long long)world.setup.stats->services[0].statuses[2],
		(unsigned long long)world.setup.stats->services[0].retries);
	EXPECT(world.setup.stats->services[0].statuses[2] > 10);
	talk_end();
}

static void test_chaos(void)
{
	for (uint32_t seed = 1; seed <= SEEDS && !test_failures; seed++)
		chaos(seed);
}

/* --- Descriptors --- */

/* Take all that are left but `spare`. Returns how many. */
static int take_descriptors(int *fds, int max, int spare)
{
	int len = 0;

	while (len < max && (fds[len] = dup(0)) >= 0)
		len++;
	for (; spare && len; spare--)
		close(fds[--len]);
	return len;
}

static void test_no_descriptors(void)
{
	struct rlimit old, few;
	int fds[512], len, second;

	getrlimit(RLIMIT_NOFILE, &old);
	few = (struct rlimit){.rlim_cur = 256, .rlim_max = old.rlim_max};
	setrlimit(RLIMIT_NOFILE, &few);
	talk_begin_plain();
	ask_and_answer();
	len = take_descriptors(fds, 512, 1);
	second = client_connect(&world);
	say(second, GET);
	ask_and_answer();
	EXPECT(hear_nothing(second));
	EXPECT(world.setup.stats->accept_pauses > 0);
	while (len)
		close(fds[--len]);
	hang_up(&client);
	client = second;
	EXPECT(hear_head_with(pod, "GET / "));
	answer(OK, "200 OK", "ok");
	talk_end();
	setrlimit(RLIMIT_NOFILE, &old);
}

/* A worker takes no more clients than it has descriptors to serve them with. */
static void test_few_descriptors(void)
{
	struct rlimit old, few;
	int clients[40], served = 0;

	getrlimit(RLIMIT_NOFILE, &old);
	few = (struct rlimit){.rlim_cur = 128, .rlim_max = old.rlim_max};
	setrlimit(RLIMIT_NOFILE, &few);
	talk_begin_plain();
	for (int i = 0; i < 40; i++)
		clients[i] = client_connect(&world);
	ask_and_answer();
	for (int i = 0; i < 40; i++)
		say(clients[i], "x\r\n");
	for (int i = 0; i < 40; i++) {
		hang_up(&client);
		client = clients[i];
		served += !strncmp(hear_until(client, "\n"), "HTTP/1.1 400", 12);
		hang_up(&clients[i]);
		client = -1;
	}
	EXPECT_EQ(served, 40);
	EXPECT(world.setup.stats->accept_pauses > 0);
	talk_end();
	setrlimit(RLIMIT_NOFILE, &old);
}

static const struct test tests[] = {
	{"whatever clients and pods do, the worker serves on", test_chaos},
	{"without descriptors no one is accepted, and all are served",
		test_no_descriptors},
	{"no more are accepted than descriptors last for", test_few_descriptors},
};

int main(void)
{
	return TESTS_RUN(tests);
}
