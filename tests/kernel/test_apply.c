// SPDX-License-Identifier: BSD-2-Clause
/* An apply is read back as it was made, and costs no more than what changes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/test.h"
#include "kernel/state.h"
#include "model/text.h"
#include "world.h"

static const struct kernel_apply_options routes_on = {.routes = true};

static void test_round_trip(void)
{
	world_clear();
	for (int i = 0; i < 5; i++) {
		EXPECT_EQ(world_apply(world_sets[i % 2]), 0);
		EXPECT(world_is(world_sets[i % 2]));
		EXPECT(!world_is(world_sets[1 - i % 2]));
		EXPECT(world_is_clean());
	}
	EXPECT_EQ(world_apply(""), 0);
	EXPECT(world_is(""));
	EXPECT(world_is_clean());
}

static void test_nothing_changes(void)
{
	struct kernel_apply_result result = {.words_written = 1};
	struct diags diags = {0};

	EXPECT_EQ(world_apply(world_sets[0]), 0);
	EXPECT_EQ(world_apply_options(world_sets[0], &routes_on, &result, &diags), 0);
	EXPECT_EQ(result.words_written, 0);
	EXPECT_EQ(result.services_written, 0);
	EXPECT_EQ(result.pods_written, 0);
	EXPECT_EQ(diags.warnings_len, 0);
	diags_done(&diags);
}

static void test_one_changes(void)
{
	const char *before = "service 192.0.2.1:80/tcp name=a\n10.0.0.1:80\n10.0.0.2:80\n"
			     "service 192.0.2.2:80/tcp name=b\n10.0.0.3:80\n";
	const char *after = "service 192.0.2.1:80/tcp name=a\n10.0.0.1:80\n10.0.0.4:80\n"
			    "service 192.0.2.2:80/tcp name=b\n10.0.0.3:80\n";
	struct kernel_apply_result result;
	struct diags diags = {0};

	EXPECT_EQ(world_apply(before), 0);
	EXPECT_EQ(world_apply_options(after, &routes_on, &result, &diags), 0);
	EXPECT(world_is(after));
	EXPECT_EQ(result.words_written, 256);
	EXPECT_EQ(result.services_written, 1);
	EXPECT_EQ(result.pods_written, 2);
	diags_done(&diags);
}

static void test_numbers(void)
{
	long service, stays, gone;

	EXPECT_EQ(world_apply(world_sets[0]), 0);
	service = world_service_number("192.0.2.4:80/tcp");
	stays = world_pod_number("10.0.4.1:80");
	gone = world_pod_number("10.0.2.1:8080");
	EXPECT(service >= 0 && stays >= 0 && gone >= 0);
	EXPECT_EQ(world_apply(world_sets[1]), 0);
	EXPECT_EQ(world_service_number("192.0.2.4:80/tcp"), service);
	EXPECT_EQ(world_pod_number("10.0.4.1:80"), stays);
	EXPECT_EQ(world_pod_number("10.0.2.1:8080"), -1);
}

/* `services` of one pod each on one address, ports ascending from `port`. */
static char *make_many(int services, int port)
{
	char *text = malloc((size_t)services * 64 + 1), *end = text;

	if (!text)
		abort();
	for (int i = 0; i < services; i++)
		end += sprintf(end, "service 192.0.2.9:%d/tcp\n10.%d.%d.%d:80\n",
			port + i, port & 0xff, i >> 8, i & 0xff);
	return text;
}

/* Old and new together are more than there is room for: found out half way. */
static void test_no_room(void)
{
	char *old = make_many(9000, 1), *new = make_many(9000, 20000);
	struct diags diags = {0};

	EXPECT_EQ(world_apply(old), 0);
	EXPECT_EQ(world_apply_options(new, &routes_on, NULL, &diags), -ENOSPC);
	EXPECT_EQ(diags.errors_len, 1);
	EXPECT(world_is(old));
	EXPECT(world_is_clean());
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	EXPECT_EQ(world_apply(new), 0);
	EXPECT(world_is(new));
	EXPECT(world_is_clean());
	diags_done(&diags);
	free(old);
	free(new);
}

/* A chunk has 131072 words. */
static const char *const large[2] = {
	"service 192.0.2.1:80/tcp name=a key=source-ip algorithm=maglev "
	"table-size=200003\n"
	"10.0.0.1:80\n10.0.0.2:80\n"
	"service 192.0.2.2:80/tcp name=b key=source-ip algorithm=ring-hash "
	"ring-size=150000\n"
	"10.0.0.3:80\n10.0.0.4:80\n",
	"service 192.0.2.1:80/tcp name=a key=source-ip algorithm=maglev "
	"table-size=200003\n"
	"10.0.0.1:80\n10.0.0.5:80\n"
	"service 192.0.2.2:80/tcp name=b key=source-ip algorithm=ring-hash "
	"ring-size=150000\n"
	"10.0.0.3:80\n10.0.0.6:80\n",
};

static uint64_t words_held(void)
{
	struct kernel *kernel = NULL;
	struct kernel_stats stats = {0};
	struct diags diags = {0};

	EXPECT_EQ(kernel_open(WORLD_PIN_DIR, KERNEL_READ, &kernel, &diags), 0);
	EXPECT_EQ(kernel_read_stats(kernel, &stats, &diags), 0);
	kernel_close(kernel);
	diags_done(&diags);
	return stats.words_held;
}

static void test_chunks(void)
{
	uint64_t held = 0;

	world_clear();
	for (int i = 0; i < 6; i++) {
		EXPECT_EQ(world_apply(large[i % 2]), 0);
		EXPECT(world_is(large[i % 2]));
		EXPECT(world_is_clean());
		if (i == 2)
			held = words_held();
	}
	EXPECT(held > 0);
	EXPECT_EQ(words_held(), held);
}

/* Until when flows without a way are those of the pod's first service; 0: never. */
static uint32_t alone_s(const char *vip, const char *pod)
{
	struct kernel *kernel = NULL;
	struct diags diags = {0};
	long service = world_service_number(vip);
	uint32_t found = UINT32_MAX;

	EXPECT_EQ(kernel_open(WORLD_PIN_DIR, KERNEL_READ, &kernel, &diags), 0);
	for (uint32_t i = 0; i < SP_PODS_MAX; i++) {
		const struct sp_pod_version *version =
			pod_live(&kernel->pods[i], kernel->state->generation);
		char at[ENDPOINT_TEXT_MAX];

		if (version && version->service == service &&
			!strcmp(pod_format(&kernel->pods[i].at, at), pod))
			found = kernel->pods[i].alone_s;
	}
	kernel_close(kernel);
	diags_done(&diags);
	return found;
}

/* The flows that are open when others get the pod, too, have no ways. */
static void test_shared(void)
{
	const char *one = "service 192.0.2.1:80/tcp name=a\n10.0.0.1:80\n10.0.0.2:80\n";
	const char *two = "service 192.0.2.1:80/tcp name=a\n10.0.0.1:80\n10.0.0.2:80\n"
			  "service 192.0.2.2:80/tcp name=b\n10.0.0.1:80\n";
	uint32_t until_s;

	world_clear();
	EXPECT_EQ(world_apply(one), 0);
	EXPECT_EQ(alone_s("192.0.2.1:80/tcp", "10.0.0.1:80"), 0);
	EXPECT_EQ(world_apply(two), 0);
	until_s = alone_s("192.0.2.1:80/tcp", "10.0.0.1:80");
	EXPECT(until_s > clock_now_s() + SP_WINDOW_S - 30 &&
		until_s <= clock_now_s() + SP_WINDOW_S);
	EXPECT_EQ(alone_s("192.0.2.1:80/tcp", "10.0.0.2:80"), 0);
	EXPECT_EQ(alone_s("192.0.2.2:80/tcp", "10.0.0.1:80"), 0);
}

static void test_no_pods(void)
{
	const char *text = "service 192.0.2.1:80/tcp name=a\n"
			   "service 192.0.2.2:80/tcp name=b key=source-ip "
			   "algorithm=ring-hash\n";

	EXPECT_EQ(world_apply(text), 0);
	EXPECT(world_is(text));
	EXPECT(world_is_clean());
}

#define RANDOM_STEPS 40
#define RANDOM_SERVICES 12
#define RANDOM_PODS 40

static const char *const policies[] = {
	"",
	"key=source-ip algorithm=maglev",
	"key=source-ip algorithm=ring-hash",
	"key=source-ip algorithm=maglev table-size=509",
};

/* Any services, each with any of the pods, some of which others have, too. */
static void random_make(char *text)
{
	int owners[RANDOM_PODS], others[RANDOM_PODS];

	for (int i = 0; i < RANDOM_PODS; i++) {
		owners[i] = rand() % (2 * RANDOM_SERVICES);
		others[i] = rand() % (4 * RANDOM_SERVICES);
	}
	for (int i = 0; i < RANDOM_SERVICES; i++) {
		if (rand() % 4 == 0)
			continue;
		text += sprintf(text, "service 192.0.2.%d:%d/tcp name=s%d %s\n",
			i / 2 + 1, 80 + i % 2, rand() % 2, policies[rand() % 4]);
		for (int j = 0; j < RANDOM_PODS; j++)
			if (owners[j] == i || others[j] == i)
				text += sprintf(text, "10.0.0.%d:80 weight=%d%s\n", j,
					1 + rand() % 3, rand() % 5 ? "" : " draining");
	}
	*text = '\0';
}

static void test_random(void)
{
	static char text[64 * (RANDOM_SERVICES * 2 + 2 * RANDOM_PODS)];

	srand(7);
	for (int i = 0; i < RANDOM_STEPS && !test_failures; i++) {
		random_make(text);
		EXPECT_EQ(world_apply(text), 0);
		EXPECT(world_is(text));
		EXPECT(world_is_clean());
		if (test_failures)
			printf("step %d:\n%s", i, text);
	}
}

static const struct test tests[] = {
	{"services come back as they were applied, again and again", test_round_trip},
	{"any services replace any others", test_random},
	{"an apply of what is live writes nothing", test_nothing_changes},
	{"an apply writes the service that changes and no other", test_one_changes},
	{"services that stay keep their numbers, and so do their pods", test_numbers},
	{"an apply that does not fit changes nothing", test_no_room},
	{"tables span chunks, and words are used again", test_chunks},
	{"a pod that others get, too, was alone until then", test_shared},
	{"services without pods are live too", test_no_pods},
};

int main(void)
{
	return world_enter() ? 2 : TESTS_RUN(tests);
}
