/* SPDX-License-Identifier: BSD-2-Clause */
/* Who the client is behind trusted proxies: those of 10.0.0.0/8 and fd00::/8. */
#include "http/compose.h"
#include "http_rows.h"
#include "model/text.h"

static void expect_client(const char *peer, const char *lines, const char *want)
{
	static struct range trusted[2] = {{.bits = 96 + 8}, {.bits = 8}};
	struct http_field fields[HTTP_FIELDS_MAX];
	char bytes[SAID_MAX], addr[ADDR_TEXT_MAX];
	struct http_seen seen = {0};
	struct sp_endpoint endpoint;
	struct http_fault fault;
	struct http_head head;
	struct sp_addr client;

	EXPECT_EQ(addr_parse("10.0.0.0", 8, &trusted[0].addr), 0);
	EXPECT_EQ(addr_parse("fd00::", 6, &trusted[1].addr), 0);
	EXPECT_EQ(addr_parse(peer, strlen(peer), &endpoint.addr), 0);
	snprintf(bytes, sizeof(bytes), "GET / HTTP/1.0\r\n%s\r\n", lines);
	EXPECT_EQ(parse_placed(parse_request, bytes, strlen(bytes), &seen, fields, &head,
			  &fault),
		HTTP_DONE);
	client = forwarded_client(&head, &endpoint, trusted, LEN(trusted));
	EXPECT_STR(addr_format(&client, addr), want);
}

#define FOR "X-Forwarded-For: "
#define TEN "10.1.1.1,10.1.1.2,10.1.1.3,10.1.1.4,10.1.1.5,"

static void test_trusted(void)
{
	expect_client("10.0.0.1", FOR "192.0.2.1\r\n", "192.0.2.1");
	expect_client("10.0.0.1", FOR "1.1.1.1, 192.0.2.1\r\n", "192.0.2.1");
	expect_client("10.0.0.1", FOR "1.1.1.1,192.0.2.1 ,\t10.9.9.9\r\n", "192.0.2.1");
	expect_client("10.0.0.1", FOR "1.1.1.1\r\nX: 1\r\n" FOR "192.0.2.1, fd00::1\r\n",
		"192.0.2.1");
	expect_client("fd00::2", FOR "2001:db8::1\r\n" FOR "10.0.0.2\r\n", "2001:db8::1");
	expect_client("10.0.0.1", FOR "10.0.0.3, 10.0.0.2\r\n", "10.0.0.3");
}

static void test_strangers(void)
{
	expect_client("192.0.2.9", FOR "1.1.1.1\r\n", "192.0.2.9");
	expect_client("10.0.0.1", "", "10.0.0.1");
}

static void test_unreadable(void)
{
	expect_client("10.0.0.1", FOR "192.0.2.1, x\r\n", "10.0.0.1");
	expect_client("10.0.0.1", FOR "x, 192.0.2.1\r\n", "192.0.2.1");
	expect_client("10.0.0.1", FOR "192.0.2.1,\r\n", "10.0.0.1");
	expect_client("10.0.0.1", FOR "192.0.2.1,,10.0.0.2\r\n", "10.0.0.1");
	expect_client("10.0.0.1", FOR "\r\n", "10.0.0.1");
	expect_client("10.0.0.1", FOR "192.0.2.1:80\r\n", "10.0.0.1");
	expect_client("10.0.0.1", FOR "[2001:db8::1]\r\n", "10.0.0.1");
	expect_client("10.0.0.1", FOR "192.0.2.1, unknown, 10.0.0.2\r\n", "10.0.0.1");
}

static void test_many(void)
{
	expect_client("10.0.0.1",
		FOR "192.0.2.1," TEN TEN TEN "10.2.2.2,10.2.2.3\r\n" FOR
		    "10.2.2.4,10.2.2.5\r\n",
		"192.0.2.1");
	expect_client("10.0.0.1",
		FOR "1.1.1.1,192.0.2.1," TEN TEN TEN "10.2.2.2,10.2.2.3\r\n" FOR
		    "10.2.2.4,10.2.2.5\r\n",
		"10.0.0.1");
}

int main(void)
{
	static const struct test tests[] = {
		{"the last one that is not trusted is the client", test_trusted},
		{"strangers say nothing", test_strangers},
		{"what cannot be read ends in the peer", test_unreadable},
		{"20 entries are read, and no more", test_many},
	};

	return TESTS_RUN(tests);
}
