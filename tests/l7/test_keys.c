// SPDX-License-Identifier: BSD-2-Clause
/* Keys of requests, read by a worker: each must lead to the pod that the table has for
 * the key's text. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "model/ranges.h"
#include "model/text.h"
#include "table/key.h"
#include "talk.h"

#define PODS 4
#define WORLDS 4

static int pod_conns[PODS];

static void keys_begin(const char *policy)
{
	world_init(&world);
	world.pods_len = PODS;
	world.policy = policy;
	talk_begin();
	for (int i = 0; i < PODS; i++)
		pod_conns[i] = -1;
}

static void keys_end(void)
{
	for (int i = 0; i < PODS; i++)
		hang_up(&pod_conns[i]);
	talk_end();
}

/* Which pod gets what was said; its connection is kept in pod_conns. */
static int pod_asked(void)
{
	for (int ms = 0; ms < WORLD_WAIT_MS; ms++)
		for (int i = 0; i < PODS; i++) {
			if (pod_conns[i] < 0 && !world_is_quiet(world.pod_fds[i], 0))
				pod_conns[i] = pod_accept(&world, i);
			if (pod_conns[i] >= 0 && !world_is_quiet(pod_conns[i], 1))
				return i;
		}
	return -1;
}

/* Say a request with these lines, answer it, and tell which pod got it. */
static int pod_of(const char *target, const char *lines)
{
	char request[2048];
	int asked;

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target,
		lines);
	say(client, request);
	asked = pod_asked();
	EXPECT(asked >= 0);
	if (asked < 0)
		return -1;
	pod = pod_conns[asked];
	EXPECT(hear_head_with(pod, "GET "));
	answer(OK, "200 OK", "ok");
	pod = -1;
	return asked;
}

struct key_row {
	const char *target, *lines;
	const char *text; /* NULL: any pod */
};

static void expect_rows(const struct key_row *rows, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int want = world_pod_of(&world, rows[i].text);
		int got = pod_of(rows[i].target, rows[i].lines);

		if (got != want)
			printf("%s %s: pod %d, want %d of \"%s\"\n", rows[i].target,
				rows[i].lines, got, want, rows[i].text);
		EXPECT_EQ(got, want);
	}
}

/* A wrong text may lead to the right pod by chance: try it in several worlds, whose pods
 * have other ports. */
static void expect_everywhere(const char *policy, const struct key_row *rows, size_t len)
{
	for (int i = 0; i < WORLDS; i++) {
		keys_begin(policy);
		expect_rows(rows, len);
		keys_end();
	}
}

static void test_cookie(void)
{
	static const struct key_row rows[] = {
		{"/", "Cookie: n=abc\r\n", "abc"},
		{"/", "Cookie: n=abc ; x=1\r\n", "abc "},
		{"/", "Cookie: n=abc \t\r\n", "abc"},
		{"/", "Cookie: n= abc\r\n", " abc"},
		{"/", "Cookie: x=1;   n=\"abc\"\r\n", "abc"},
		{"/", "Cookie: n=\"abc\" ;\r\n", "\"abc\" "},
		{"/", "Cookie: n=\"abc\" ; x=1\r\n", "\"abc\" "},
		{"/", "Cookie: x=1, n=abc; n=b\r\n", "b"},
		{"/", "Cookie: N=a; n=a=b=c\r\n", "a=b=c"},
		{"/", "cookie: x=1\r\nCookie: n=1; n=2\r\ncOOKIE: n=3\r\n", "1"},
		{"/", "Cookie: n=\"\"\"\r\n", "\""},
		{"/", "Cookie: n=\"abc;\r\n", "\"abc"},
		{"/", "Cookie: \tn=1; n=abc\r\n", "1"},
		{"/", "Cookie: x=1;\tn=1; n=abc\r\n", "abc"},
	};

	expect_everywhere("key=cookie:n", rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_header(void)
{
	static const struct key_row rows[] = {
		{"/", "X-User: abc\r\n", "abc"},
		{"/", "x-uSER: \t abc \t\r\n", "abc"},
		{"/", "X-User: b,a\r\n", "b,a"},
		{"/", "X-User:\r\n", ""},
	};
	struct text values[] = {{"a", 1}, {"a", 1}, {"b", 1}};
	struct l7_service service = {.vip = {.port = 0}};
	struct l7_pick pick;

	expect_everywhere("key=header:X-User", rows, sizeof(rows) / sizeof(rows[0]));
	keys_begin("key=header:X-User");
	/* Several values are sorted and chained, equal ones too. */
	service.vip = world.services[0].vip;
	l7_service_refresh(&world.setup.tables, &service);
	EXPECT_EQ(l7_pick_hashed(&world.setup.tables, &service, key_hash_chain(values, 3),
			  &pick),
		0);
	EXPECT_EQ(pod_of("/", "X-User: b\r\nX-User: a\r\nX-User: a\r\n"), pick.number);
	l7_service_done(&service);
	keys_end();
}

static void test_query(void)
{
	static const struct key_row rows[] = {
		{"/?u=abc", "", "abc"},
		{"/x?a=1&u=abc&u=2", "", "abc"},
		{"/x?u=a;b+c%41", "", "a;b+c%41"},
		{"/x?u", "", ""},
		{"/x?u=", "", ""},
		{"/x?u=a?b", "", "a?b"},
		{"http://a/?u=abc", "", "abc"},
		{"http://a?u=abc", "", "abc"},
		{"/x?%75=1&u=abc", "", "abc"},
	};

	expect_everywhere("key=query:u", rows, sizeof(rows) / sizeof(rows[0]));
	keys_begin("key=query:u");
	say(client, "GET /?u=a#b HTTP/1.1\r\nHost: a\r\n\r\n");
	refused("400 ", "target");
	keys_end();
}

static void test_source(void)
{
	struct range trusted = {.bits = 128};
	const struct key_row direct[] = {
		{"/", "X-Forwarded-For: 203.0.113.7\r\n", "127.0.0.1"},
		{"/", "", "127.0.0.1"},
	};
	const struct key_row behind[] = {
		{"/", "X-Forwarded-For: 203.0.113.7\r\n", "203.0.113.7"},
		{"/", "X-Forwarded-For: 198.51.100.1, 203.0.113.7, 127.0.0.1\r\n",
			"203.0.113.7"},
		{"/", "", "127.0.0.1"},
	};

	keys_begin("key=source-ip");
	expect_rows(direct, 2);
	keys_end();
	addr_parse("127.0.0.1", 9, &trusted.addr);
	world_init(&world);
	world.settings.trusted = (struct l7_ranges){.at = &trusted, .len = 1};
	world.pods_len = PODS;
	world.policy = "key=source-ip";
	talk_begin();
	for (int i = 0; i < PODS; i++)
		pod_conns[i] = -1;
	expect_rows(behind, 3);
	keys_end();
}

/* The value of the cookie that the worker makes, as ENVOY's rules have it. */
static void made_cookie(char *buffer)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);
	struct sp_endpoint local = {.protocol = IPPROTO_TCP};

	getsockname(client, (struct sockaddr *)&addr, &len);
	local.addr = sp_addr_from_v4(addr.sin_addr.s_addr);
	local.port = addr.sin_port;
	key_make_cookie(&local, &world.at, buffer);
}

static void test_made_cookie(void)
{
	char value[KEY_COOKIE_LEN], expected[200], cookie[100];

	keys_begin("key=cookie:n cookie-ttl=60 cookie-path=/p "
		   "cookie-attribute=SameSite=Lax");
	made_cookie(value);
	snprintf(expected, sizeof(expected),
		": n=\"%s\"; Max-Age=60; Path=/p; SameSite=Lax; HttpOnly\r\n", value);
	say(client, GET);
	pod_asked();
	pod = pod_conns[world_pod_of(&world, value)];
	EXPECT(pod >= 0);
	EXPECT(hear_head_with(pod, "GET "));
	answer("HTTP/1.1 200 OK\r\nSet-Cookie: own=1\r\nContent-Length: 2\r\n\r\nok",
		expected, "ok");
	pod = -1;
	snprintf(cookie, sizeof(cookie), "Cookie: n=\"%s\"\r\n", value);
	EXPECT_EQ(pod_of("/", cookie), world_pod_of(&world, value));
	/* An empty one counts as none. */
	say(client, "GET / HTTP/1.1\r\nHost: a\r\nCookie: n=\"\"\r\n\r\n");
	pod = pod_conns[pod_asked()];
	EXPECT(hear_head_with(pod, "GET "));
	answer(OK, expected, "ok");
	pod = -1;
	keys_end();
}

/* With the cookie there, none is made; without a ttl neither. */
static void test_no_cookie(void)
{
	keys_begin("key=cookie:n cookie-ttl=0");
	say(client, "GET / HTTP/1.1\r\nHost: a\r\nCookie: n=abc\r\n\r\n");
	pod = pod_conns[pod_asked()];
	EXPECT(hear_head_with(pod, "GET "));
	say(pod, OK);
	EXPECT(strstr(hear_until(client, "\r\n\r\n"), "ookie") == NULL);
	pod = -1;
	keys_end();
	keys_begin("key=cookie:n");
	say(client, GET);
	pod = pod_conns[pod_asked()];
	EXPECT(hear_head_with(pod, "GET "));
	say(pod, OK);
	EXPECT(strstr(hear_until(client, "\r\n\r\n"), "ookie") == NULL);
	pod = -1;
	keys_end();
}

/* Without a key each request goes anywhere. */
static void test_any(void)
{
	int requests[PODS] = {0};

	keys_begin("");
	for (int i = 0; i < 100; i++)
		requests[pod_of("/", "")]++;
	for (int i = 0; i < PODS; i++)
		EXPECT(requests[i] > 5);
	keys_end();
}

/* A change of the tables is live for the next request of the same connection. */
static void test_moved(void)
{
	int from, to;

	keys_begin("key=header:x");
	from = world_pod_of(&world, "abc");
	to = (from + 1) % PODS;
	EXPECT_EQ(pod_of("/", "x: abc\r\n"), from);
	world_move_slots(&world, from, to);
	EXPECT_EQ(pod_of("/", "x: abc\r\n"), to);
	keys_end();
}

static const struct test tests[] = {
	{"cookies", test_cookie},
	{"headers", test_header},
	{"query parameters", test_query},
	{"source addresses, also of those behind a trusted proxy", test_source},
	{"a cookie is made for who has none, and leads to the same pod",
		test_made_cookie},
	{"but not for who has one, or where none may be made", test_no_cookie},
	{"requests without a key go to any pod", test_any},
	{"slots that move are live for the next request", test_moved},
};

int main(void)
{
	return TESTS_RUN(tests);
}
