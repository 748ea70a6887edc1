// SPDX-License-Identifier: BSD-2-Clause
/* Large bodies, which go by splice: their bytes, and the connections they came on. */
#include "talk.h"

#define ROUNDS 100
#define BODY_LEN (300 * 1024)
#define PIECE_LEN (4 * 1024)
#define HEAD "HTTP/1.1 200 OK\r\nContent-Length: 307200\r\n\r\n"

static char body[BODY_LEN];

static void body_make(void)
{
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)('a' + i * 7919 % 26);
}

/* The pod says the body in pieces, while the worker passes them on; the client hears all
 * of it. */
static void body_answer(const char *behind)
{
	say(pod, HEAD);
	for (size_t at = 0; at < BODY_LEN; at += PIECE_LEN)
		say_bytes(pod, body + at, PIECE_LEN);
	say(pod, behind);
	EXPECT(hear_head_with(client, "307200"));
	EXPECT(!memcmp(hear_bytes(client, BODY_LEN), body, BODY_LEN));
}

static void test_response(void)
{
	body_make();
	talk_begin_plain();
	for (int i = 0; i < ROUNDS; i++) {
		ask(GET, "GET /");
		body_answer("");
	}
	ask_and_answer();
	EXPECT(pod_is_alone(&world, 0));
	EXPECT_EQ(world_count_status(&world, ROUNDS + 1, 2), ROUNDS + 1);
	talk_end();
}

/* What a pod says behind its response is not the answer to somebody else's request. */
static void test_more_than_asked(void)
{
	body_make();
	talk_begin_plain();
	ask(GET, "GET /");
	body_answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
	EXPECT(hear_bytes(pod, 1)[0] == '\0');
	hang_up(&pod);
	ask_and_answer();
	talk_end();
}

static const struct test tests[] = {
	{"large responses pass whole, on one connection to the pod", test_response},
	{"a pod that says more than its response is asked on another connection",
		test_more_than_asked},
};

int main(void)
{
	return TESTS_RUN(tests);
}
