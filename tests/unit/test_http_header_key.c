/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers as keys: which text a running Envoy 1.40 was seen to hash, with its gateway's
 * settings (use_remote_address) and a client at 127.0.0.1. */
#include "http/forwarded.h"
#include "http_rows.h"
#include "model/text.h"

static const char *start;
static struct sp_endpoint peer;
static struct forwarded forwarded;

static void forwarded_begin(void)
{
	start = "GET /p HTTP/1.1\r\nHost: shop:81\r\n";
	EXPECT_EQ(pod_parse("127.0.0.1:51234", 15, &peer), 0);
	forwarded = (struct forwarded){
		.peer = &peer, .append = true, .default_host = {"192.0.2.1:80", 12}};
}

static bool hash_of(const char *name, const char *lines, uint64_t *ret_hash)
{
	struct http_field fields[HTTP_FIELDS_MAX];
	struct http_seen seen = {0};
	struct http_fault fault;
	struct http_head head;
	char bytes[1024];

	snprintf(bytes, sizeof(bytes), "%s%s\r\n", start, lines);
	EXPECT_EQ(parse_placed(parse_request, bytes, strlen(bytes), &seen, fields, &head,
			  &fault),
		HTTP_DONE);
	return forwarded_hash_header(
		&head, (struct text){name, strlen(name)}, &forwarded, ret_hash);
}

static void expect_text(const char *name, const char *lines, const char *text)
{
	uint64_t hash = 0;

	EXPECT(hash_of(name, lines, &hash));
	if (hash != key_hash_text((struct text){text, strlen(text)}))
		printf("%s is not hashed as %s\n", name, text);
	EXPECT_EQ(hash, key_hash_text((struct text){text, strlen(text)}));
}

static void expect_chain(const char *name, const char *lines)
{
	struct text values[] = {{"a", 1}, {"b", 1}};
	uint64_t hash = 0;

	EXPECT(hash_of(name, lines, &hash));
	EXPECT_EQ(hash, key_hash_header(values, 2));
}

static void expect_none(const char *name, const char *lines)
{
	uint64_t hash;

	EXPECT(!hash_of(name, lines, &hash));
}

static void test_forwarded(void)
{
	forwarded_begin();
	expect_text("X-Forwarded-For", "", "127.0.0.1");
	expect_text(
		"x-forwarded-for", "X-Forwarded-For: 1.1.1.1\r\n", "1.1.1.1,127.0.0.1");
	expect_text("x-forwarded-for",
		"X-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nX-Forwarded-For: 3.3.3.3\r\n",
		"1.1.1.1, 2.2.2.2,3.3.3.3,127.0.0.1");
	expect_text("x-forwarded-for", "X-Forwarded-For:\r\n", "127.0.0.1");
	expect_text("x-forwarded-proto", "", "http");
	expect_text("x-forwarded-proto", "X-Forwarded-Proto: https\r\n", "http");
	expect_none("x-request-id", "X-Request-Id: mine\r\n");
	forwarded.append = false;
	expect_text("x-forwarded-for", "X-Forwarded-For: 1.1.1.1\r\n", "127.0.0.1");
	forwarded.https = true;
	expect_text("x-forwarded-proto", "", "https");
}

static void test_trusted(void)
{
	forwarded_begin();
	forwarded.trusted = true;
	expect_text("x-forwarded-proto", "X-Forwarded-Proto: https\r\n", "https");
	expect_text("x-forwarded-proto", "", "http");
	expect_text("x-request-id", "X-Request-Id: mine\r\n", "mine");
	expect_none("x-request-id", "");
}

static void test_host(void)
{
	forwarded_begin();
	expect_text("host", "", "shop:81");
	start = "GET http://b/ HTTP/1.1\r\nHost: a\r\n";
	expect_text("host", "", "b");
	start = "GET / HTTP/1.0\r\n";
	expect_text("host", "", "192.0.2.1:80");
}

static void test_several(void)
{
	forwarded_begin();
	expect_text("x-user", "X-User: a\r\n", "a");
	expect_chain("x-user", "X-User: b\r\nX-User: a\r\n");
	expect_chain("accept-language", "Accept-Language: a\r\nAccept-Language: b\r\n");
	expect_chain("cookie", "Cookie: a\r\nCookie: b\r\n");
	expect_chain("x-forwarded", "X-Forwarded: a\r\nX-Forwarded: b\r\n");
	expect_text("User-Agent", "User-Agent: b\r\nUSER-AGENT: a\r\n", "b,a");
	expect_text("authorization", "Authorization: a\r\nAuthorization: b\r\n", "a,b");
	expect_text("via", "Via: a\r\nVia:\r\nVia: c\r\n", "a,c");
	expect_text("x-forwarded-host", "X-Forwarded-Host: a\r\nX-Forwarded-Host: b\r\n",
		"a,b");
}

static void test_hops(void)
{
	forwarded_begin();
	expect_none("connection", "Connection: keep-alive\r\n");
	expect_none("x-user", "Connection: x-user\r\nX-User: a\r\n");
	expect_none("x-user", "");
}

int main(void)
{
	static const struct test tests[] = {
		{"who asks, as the pod is told", test_forwarded},
		{"what trusted proxies say stays", test_trusted},
		{"Host is who is asked", test_host},
		{"several values are a chain, or one text", test_several},
		{"what does not go on is no key", test_hops},
	};

	return TESTS_RUN(tests);
}
