// SPDX-License-Identifier: BSD-2-Clause
/* The PROXY protocol on both sides, and forwarding fields. */
#include <arpa/inet.h>

#include "model/text.h"
#include "table/key.h"
#include "talk.h"

static struct range loopback = {.bits = 128};

static void proxy_begin(unsigned proxy_to)
{
	addr_parse("127.0.0.1", 9, &loopback.addr);
	world_init(&world);
	world.settings.proxy_from = (struct l7_ranges){.at = &loopback, .len = 1};
	world.settings.proxy_to = proxy_to;
	world.policy = "key=cookie:n cookie-ttl=0";
}

/* What it says counts for everything: the cookie that is made, and what the pod hears. */
static void test_in(void)
{
	struct sp_endpoint source, dest;
	char value[KEY_COOKIE_LEN];

	proxy_begin(0);
	talk_begin();
	pod_parse("10.1.1.7:51234", 14, &source);
	pod_parse("10.2.2.2:8080", 13, &dest);
	key_make_cookie(&source, &dest, value);
	EXPECT_STR(value, "82eb1cf6c58c80db");
	say(client, "PROXY TCP4 10.1.1.7 10.2.2.2 51");
	EXPECT(hear_nothing(client));
	ask("234 8080\r\n" GET, "10.1.1.7\r\n");
	answer(OK, "82eb1cf6c58c80db", "ok");
	ask_and_answer();
	talk_end();
}

static void test_in_broken(void)
{
	proxy_begin(0);
	talk_begin();
	say(client, GET);
	EXPECT(hear_end(client) || hear_reset(client));
	talk_end();
}

static void test_in_never(void)
{
	proxy_begin(0);
	world.settings.head_ms = 150;
	talk_begin();
	say(client, "PROXY ");
	EXPECT(hear_end(client));
	talk_end();
}

/* The limit is that of who is behind the balancer. */
static void test_in_limit(void)
{
	int second;

	proxy_begin(0);
	world.settings.connections_per_address_max = 1;
	talk_begin();
	ask("PROXY TCP4 10.1.1.7 10.2.2.2 1 80\r\n" GET, "GET / ");
	answer(OK, "200 OK", "ok");
	second = client_connect(&world);
	say(second, "PROXY TCP4 10.1.1.7 10.2.2.2 2 80\r\n" GET);
	EXPECT(hear_end(second) || hear_reset(second));
	hang_up(&second);
	hang_up(&client);
	client = client_connect(&world);
	ask("PROXY TCP4 10.1.1.8 10.2.2.2 3 80\r\n" GET, "GET / ");
	answer(OK, "200 OK", "ok");
	talk_end();
}

/* A connection that has said who the client is, is no other client's. */
static void test_out(void)
{
	proxy_begin(1);
	talk_begin();
	say(client, "PROXY TCP4 10.1.1.7 10.2.2.2 51234 8080\r\n" GET);
	for (int i = 0; i < 2; i++) {
		pod = pod_accept(&world, 0);
		EXPECT(hear(pod, "PROXY TCP4 10.1.1.7 10.2.2.2 51234 8080\r\n"));
		EXPECT(hear_head_with(pod, "GET / "));
		answer(OK, "200 OK", "ok");
		EXPECT(hear_end(pod));
		hang_up(&pod);
		if (!i)
			say(client, GET);
	}
	talk_end();
}

static void test_forwarded_for(void)
{
	const char *request = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.9.9.9\r\n"
			      "X-Request-Id: theirs\r\n\r\n";

	addr_parse("127.0.0.1", 9, &loopback.addr);
	world_init(&world);
	world.settings.trusted = (struct l7_ranges){.at = &loopback, .len = 1};
	talk_begin();
	ask(request, "10.9.9.9,127.0.0.1\r\n");
	answer(OK, "200 OK", "ok");
	ask(request, "theirs\r\n");
	answer(OK, "200 OK", "ok");
	talk_end();
	world_init(&world);
	world.settings.forwarded_overwrite = true;
	talk_begin();
	ask(request, "or: 127.0.0.1\r\n");
	answer(OK, "200 OK", "ok");
	talk_end();
}

static const struct test tests[] = {
	{"a PROXY header says who the client is", test_in},
	{"without it the connection is closed", test_in_broken},
	{"and when it does not come in time", test_in_never},
	{"limits are those of the client that it names", test_in_limit},
	{"pods get one for each connection, which serves one request", test_out},
	{"X-Forwarded-For is appended to, or set", test_forwarded_for},
};

int main(void)
{
	return TESTS_RUN(tests);
}
