// SPDX-License-Identifier: BSD-2-Clause
/* Requests and responses in every form, between one client and one pod. */
#include "talk.h"

static void test_get(void)
{
	talk_begin_plain();
	for (int i = 0; i < 3; i++) {
		ask("GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n\r\n", "X-One: 1\r\n");
		answer(OK, "HTTP/1.1 200 OK\r\n", "ok");
	}
	EXPECT(pod_is_alone(&world, 0));
	EXPECT_EQ(world_count_status(&world, 3, 2), 3);
	talk_end();
}

static void test_split(void)
{
	const char *request = "GET /split HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n\r\n";
	const char *response = OK;

	talk_begin_plain();
	for (const char *at = request; *at; at++) {
		say_bytes(client, at, 1);
		usleep(300);
	}
	pod = pod_accept(&world, 0);
	EXPECT(hear_head_with(pod, "GET /split HTTP/1.1\r\n"));
	for (const char *at = response; *at; at++) {
		say_bytes(pod, at, 1);
		usleep(300);
	}
	EXPECT(hear_head_with(client, "200 OK"));
	EXPECT(hear(client, "ok"));
	talk_end();
}

static void test_pipelined(void)
{
	talk_begin_plain();
	ask("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
	    "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
	    "GET /3 HTTP/1.1\r\nHost: a\r\n\r\nGET /4",
		"GET /1 ");
	EXPECT(hear_nothing(pod));
	answer(OK, "200 OK", "ok");
	EXPECT(hear_head_with(pod, "POST /2 "));
	EXPECT(hear(pod, "abc"));
	answer("HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n", "201 Made", "");
	EXPECT(hear_head_with(pod, "GET /3 "));
	answer(OK, "200 OK", "ok");
	ask(" HTTP/1.1\r\nHost: a\r\n\r\n", "GET /4 ");
	answer(OK, "200 OK", "ok");
	talk_end();
}

static void test_many_pipelined(void)
{
	char requests[20000] = "";
	size_t len = 0;
	int count = 0;

	talk_begin_plain();
	for (; len < sizeof(requests) - 100; count++)
		len += (size_t)snprintf(requests + len, sizeof(requests) - len,
			"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
			count);
	say_bytes(client, requests, len);
	pod = pod_accept(&world, 0);
	for (int i = 0; i < count; i++) {
		char line[32];

		snprintf(line, sizeof(line), "POST /%d HTTP", i);
		EXPECT(hear_head_with(pod, line));
		EXPECT(hear(pod, "body"));
		answer(OK, "200 OK", "ok");
	}
	talk_end();
}

static void test_chunked_request(void)
{
	talk_begin_plain();
	ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n5\r\nhello\r\n",
		"ransfer-");
	EXPECT(hear(pod, "5\r\nhello\r\n"));
	say(client, "3;a=b\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
	EXPECT(hear(pod, "3;a=b\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"));
	answer(OK, "200 OK", "ok");
	ask_and_answer();
	talk_end();
}

static void test_chunked_response(void)
{
	const char *head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
	const char *body = "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n";

	talk_begin_plain();
	ask(GET, "GET /");
	say(pod, head);
	EXPECT(hear_head_with(client, "chunked"));
	say(pod, body);
	EXPECT(hear(client, body));
	ask_and_answer();
	talk_end();
}

/* HTTP/1.0 knows no chunks: it gets the content, then the end. */
static void test_unchunked(void)
{
	talk_begin_plain();
	ask("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", "GET /");
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	       "5\r\nhello\r\n1;x\r\n \r\n",
		"200 OK", "hello ");
	say(pod, "5\r\nworld\r\n0\r\n\r\n");
	EXPECT(hear(client, "world"));
	EXPECT(hear_end(client));
	talk_end();
}

static void test_old_version(void)
{
	talk_begin_plain();
	ask("GET / HTTP/1.0\r\n\r\n", "Host: 192.0.2.10:80");
	answer(OK, "close", "ok");
	EXPECT(hear_end(client));
	close(client);
	client = client_connect(&world);
	for (int i = 0; i < 2; i++) {
		ask("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
			"GET / HTTP/1.1");
		answer(OK, "keep-alive", "ok");
	}
	talk_end();
}

static void test_no_body(void)
{
	talk_begin_plain();
	ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD /");
	answer("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "1000", "");
	ask(GET, "GET /");
	answer("HTTP/1.1 204 None\r\n\r\n", "204 None", "");
	ask(GET, "GET /");
	answer("HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n", "304 Same", "");
	ask_and_answer();
	EXPECT(pod_is_alone(&world, 0));
	talk_end();
}

static void test_interim(void)
{
	talk_begin_plain();
	ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
	    "Expect: 100-continue\r\n\r\n",
		"100-continue");
	say(pod, "HTTP/1.1 100 Continue\r\n\r\n");
	EXPECT(hear_head_with(client, "100 Continue"));
	say(client, "body");
	EXPECT(hear(pod, "body"));
	say(pod, "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" OK);
	EXPECT(hear_head_with(client, "103 Early"));
	EXPECT(hear_head_with(client, "200 OK"));
	EXPECT(hear(client, "ok"));
	ask_and_answer();
	talk_end();
}

/* The pod does not want the body: the client hears so, and that the connection ends. */
static void test_early(void)
{
	talk_begin_plain();
	ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n"
	    "Expect: 100-continue\r\n\r\n",
		"100-continue");
	answer("HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\nno", "onnection: close",
		"no");
	/* What it still sends must not be answered by a reset. */
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(send(client, "more", 4, MSG_NOSIGNAL), 4);
		usleep(20000);
	}
	EXPECT(hear_end(client));
	EXPECT(hear_end(pod));
	EXPECT_EQ(world_count_status(&world, 1, 4), 1);
	talk_end();
}

static void test_absolute(void)
{
	talk_begin_plain();
	ask("GET http://b:8080/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x?y HTTP/1.1\r\n");
	answer(OK, "200 OK", "ok");
	ask("GET http://b:8080/x?y HTTP/1.1\r\nHost: a\r\n\r\n", "b:8080\r\n");
	answer(OK, "200 OK", "ok");
	talk_end();
}

static void test_until_close(void)
{
	talk_begin_plain();
	ask(GET, "GET /");
	answer("HTTP/1.1 200 OK\r\n\r\nall that ", "close", "all that ");
	say(pod, "there is");
	hang_up(&pod);
	EXPECT(hear(client, "there is"));
	EXPECT(hear_end(client));
	EXPECT_EQ(world_count_flag(&world, 1, RECORD_UC), 0);
	talk_end();
}

static void test_half_closed(void)
{
	talk_begin_plain();
	say(client, GET);
	shutdown(client, SHUT_WR);
	pod = pod_accept(&world, 0);
	EXPECT(hear_head_with(pod, "GET /"));
	usleep(20000);
	answer(OK, "200 OK", "ok");
	EXPECT(hear_end(client));
	talk_end();
}

static void test_tunnel(void)
{
	talk_begin_plain();
	ask("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: "
	    "websocket\r\n"
	    "\r\n",
		"pgrade: websocket");
	answer("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: "
	       "websocket\r\n\r\n"
	       "hello",
		"101 Switching", "hello");
	say(client, "GET / HTTP/1.1\r\n\r\n");
	EXPECT(hear(pod, "GET / HTTP/1.1\r\n\r\n"));
	say(pod, "bye");
	shutdown(pod, SHUT_WR);
	EXPECT(hear(client, "bye"));
	EXPECT(hear_end(client));
	say(client, "still here");
	EXPECT(hear(pod, "still here"));
	shutdown(client, SHUT_WR);
	EXPECT(hear_end(pod));
	EXPECT_EQ(world_count_status(&world, 1, 1), 1);
	talk_end();
}

static void test_v6(void)
{
	world_init(&world);
	world.is_v6 = true;
	talk_begin();
	ask(GET, "::1");
	answer(OK, "200 OK", "ok");
	talk_end();
}

static const struct test tests[] = {
	{"requests and responses pass, on one connection each", test_get},
	{"heads may come byte by byte", test_split},
	{"pipelined requests are served in order, one after the other", test_pipelined},
	{"more pipelined requests than a buffer holds", test_many_pipelined},
	{"chunked requests pass with extensions and trailers", test_chunked_request},
	{"chunked responses pass with trailers", test_chunked_response},
	{"a client of HTTP/1.0 gets the content of chunks", test_unchunked},
	{"HTTP/1.0 closes, or stays when it asks for it", test_old_version},
	{"responses without a body: to HEAD, 204, 304", test_no_body},
	{"interim responses pass, and a body waits for 100", test_interim},
	{"a response before the request's end ends the connection", test_early},
	{"a target in absolute form becomes a path", test_absolute},
	{"a response may end with its connection", test_until_close},
	{"a client that has sent all it will is answered", test_half_closed},
	{"after 101 bytes pass both ways, until both ends close", test_tunnel},
	{"IPv6 on both sides", test_v6},
};

int main(void)
{
	return TESTS_RUN(tests);
}
