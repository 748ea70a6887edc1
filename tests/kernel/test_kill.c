// SPDX-License-Identifier: BSD-2-Clause
/* An apply killed at any moment leaves the old services or the new ones, and nothing that
 * the next apply does not clear away. */
#include <stdlib.h>

#include "../unit/test.h"
#include "slots.h"
#include "world.h"

#define STRIDE 1009 /* instructions */
#define RANDOM_KILLS 25
#define RANDOM_US 60000

/* Returns whether the new services are live; the old ones must be else. */
static bool is_new(const char *old, const char *new, long moment)
{
	bool old_is_live = world_is(old);
	bool new_is_live = world_is(new);

	if (old_is_live == new_is_live)
		printf("killed at %ld: neither the old services nor the new ones\n",
			moment);
	EXPECT(old_is_live != new_is_live);
	EXPECT(world_is_found());
	return new_is_live;
}

/* The old services and one more: what the killed run had written must not become live
 * with it. */
static void expect_heals(const char *old)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"%sservice 192.0.2.200:80/tcp name=more\n10.0.200.1:80\n", old);
	EXPECT_EQ(world_apply(text), 0);
	EXPECT(world_is(text));
	EXPECT(world_is_clean());
}

/* Kill at one moment after the other, to and fro, until an apply gets through. */
static void test_replace(void)
{
	int became_new = 0;
	bool killed = true;
	long moment = 0;

	world_clear();
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	while (killed && !test_failures) {
		const char *old = world_sets[moment % 2];
		const char *new = world_sets[1 - moment % 2];

		killed = world_apply_killed(new, ++moment);
		became_new += is_new(old, new, moment);
		expect_heals(old);
		EXPECT_EQ(world_apply(new), 0);
	}
	printf("killed at %ld moments, %d times the new services were live\n", moment - 1,
		became_new);
	EXPECT(moment > 15);
	EXPECT(became_new > 5 && became_new < moment);
}

static void test_create(void)
{
	bool killed = true;
	long moment = 0;

	while (killed && !test_failures) {
		world_clear();
		killed = world_apply_killed(world_sets[0], ++moment);
		is_new("", world_sets[0], moment);
		expect_heals(world_sets[1]);
	}
	printf("killed at %ld moments\n", moment - 1);
	EXPECT(moment > 20);
}

/* Between two system calls nothing but memory changes: chance finds those moments. */
static void test_random(void)
{
	int killed = 0, became_new = 0;

	srand(1);
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	for (int i = 0; i < RANDOM_KILLS && !test_failures; i++) {
		const char *old = world_sets[i % 2], *new = world_sets[1 - i % 2];
		long moment = -(1 + rand() % RANDOM_US);

		killed += world_apply_killed(new, moment);
		became_new += is_new(old, new, moment);
		expect_heals(old);
		EXPECT_EQ(world_apply(new), 0);
	}
	printf("killed %d of %d times, %d times the new services were live\n", killed,
		RANDOM_KILLS, became_new);
	EXPECT(killed > 5);
}

/* Slots that are over come to rest one by one, by stores that no call follows: killed
 * between them, each is as before or at rest, and a flow that needs one finds it. */
static void test_settle(void)
{
	const char *const two = "service 192.0.2.1:80 name=a key=source-ip "
				"algorithm=maglev table-size=251\n"
				"10.0.0.1:80\n10.0.0.2:80\n";
	const char *const three = "service 192.0.2.1:80 name=a key=source-ip "
				  "algorithm=maglev table-size=251\n"
				  "10.0.0.1:80\n10.0.0.2:80\n10.0.0.3:80\n";
	uint32_t before, left = 2, halves = 0;
	struct sp_flow_key needed, needless;
	long steps = 0;

	while (left > 1 && !test_failures) {
		world_clear();
		EXPECT_EQ(world_apply(two), 0);
		EXPECT_EQ(world_apply(three), 0);
		make_older(SP_WINDOW_S + 30);
		needed = find_moving_client(1);
		needless = find_moving_client(100);
		put_flow(&needed, "10.0.0.1:80", 0);
		put_flow(&needless, "10.0.0.3:80", 0);
		before = count_slots(SP_SLOT_PINNED);
		EXPECT(world_apply_killed_behind_delete(three, ++steps * STRIDE));
		left = count_slots(SP_SLOT_PINNED);
		halves += left > 1 && left < before;
		EXPECT(left >= 1 && has_flow(&needed) && !has_flow(&needless));
		EXPECT(world_is(three) && world_is_found());
		EXPECT_EQ(world_apply(three), 0);
		EXPECT(has_flow(&needed) && has_moved());
		EXPECT_EQ(count_slots(SP_SLOT_PINNED), 1);
		EXPECT(world_is(three) && world_is_clean());
	}
	printf("killed at %ld moments, %u times when some slots were at rest\n", steps,
		halves);
	EXPECT(halves > 5);
}

static const struct test tests[] = {
	{"an apply killed at any system call leaves old or new services", test_replace},
	{"so does the first one, which makes the maps", test_create},
	{"so does one killed at a random moment", test_random},
	{"an apply killed while slots come to rest breaks no flow", test_settle},
};

int main(void)
{
	return world_enter() ? 2 : TESTS_RUN(tests);
}
