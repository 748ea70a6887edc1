// SPDX-License-Identifier: BSD-2-Clause
/* What a worker is made of: timers, pools, counts of addresses. */
#include <stdint.h>

#include "l7/address.h"
#include "l7/pool.h"
#include "l7/timer.h"
#include "test.h"

#define MS 1000000ULL

static const struct l7_settings settings = {.head_ms = 10, .idle_ms = 60, .write_ms = 30};

static void test_timers(void)
{
	struct timers timers;
	struct timer head = {0}, idle = {0}, other = {0};

	timers_init(&timers, &settings);
	EXPECT_EQ(timers_wait_ms(&timers, 0), -1);
	timer_arm(&timers, &idle, TIMER_IDLE, 0);
	EXPECT_EQ(timers_wait_ms(&timers, 0), 60);
	timer_arm(&timers, &head, TIMER_HEAD, 5 * MS);
	EXPECT_EQ(timers_wait_ms(&timers, 5 * MS), 10);
	EXPECT_EQ(timers_wait_ms(&timers, 14 * MS + 1), 1);
	EXPECT(!timers_expired(&timers, 15 * MS - 1));
	EXPECT(timers_expired(&timers, 15 * MS) == &head);
	timer_stop(&head);
	timer_stop(&head);
	EXPECT(!timers_expired(&timers, 59 * MS));
	/* Armed anew it is the youngest of its kind. */
	timer_arm(&timers, &other, TIMER_IDLE, 20 * MS);
	timer_arm(&timers, &idle, TIMER_IDLE, 30 * MS);
	EXPECT(timers_oldest(&timers, TIMER_IDLE) == &other);
	EXPECT(timers_expired(&timers, 85 * MS) == &other);
	EXPECT_EQ(timers_wait_ms(&timers, 85 * MS), 0);
	timer_arm(&timers, &other, TIMER_WRITE, 85 * MS);
	EXPECT(!timers_expired(&timers, 85 * MS));
	EXPECT(timers_expired(&timers, 90 * MS) == &idle);
	timer_stop(&idle);
	EXPECT(!timers_oldest(&timers, TIMER_IDLE));
	EXPECT(timers_expired(&timers, 200 * MS) == &other);
}

static void count_object(void *context, void *object)
{
	(void)object;
	++*(int *)context;
}

static void test_pool(void)
{
	struct pool pool;
	char *objects[10];
	int count = 0;

	pool_init(&pool, 40, 4);
	for (int i = 0; i < 10; i++) {
		objects[i] = pool_get(&pool);
		EXPECT_EQ((uintptr_t)objects[i] % 16, 0);
		memset(objects[i], i, 40);
	}
	for (int i = 0; i < 10; i++)
		EXPECT(objects[i][0] == i && objects[i][39] == i);
	pool_put(&pool, objects[3]);
	EXPECT(pool_get(&pool) == objects[3]);
	EXPECT_EQ(objects[3][39], 3);
	pool_each(&pool, count_object, &count);
	EXPECT_EQ(count, 12);
	pool_done(&pool);
}

static struct sp_addr addr_of(uint32_t number)
{
	return (struct sp_addr){.word = {0, 0, SP_V4_MARK, number}};
}

/* Against an array: addresses come and go at random, and none is lost or left. */
static void test_addresses(void)
{
	enum { ADDRESSES = 200, MAX = 3 };
	struct addresses addresses;
	uint32_t counts[ADDRESSES] = {0}, random = 1;

	EXPECT_EQ(addresses_init(&addresses, ADDRESSES, 7), 0);
	for (int i = 0; i < 100000; i++) {
		uint32_t number;
		struct sp_addr addr;

		random = random * 1664525 + 1013904223;
		number = random >> 16 & 255;
		if (number >= ADDRESSES)
			continue;
		addr = addr_of(number);
		if (random >> 30) {
			bool taken = address_take(&addresses, &addr, MAX);

			EXPECT_EQ(taken, counts[number] < MAX);
			counts[number] += taken;
		} else if (counts[number]) {
			address_give(&addresses, &addr);
			counts[number]--;
		}
	}
	for (uint32_t i = 0; i < ADDRESSES; i++) {
		struct sp_addr addr = addr_of(i);

		for (; counts[i]; counts[i]--)
			address_give(&addresses, &addr);
		address_give(&addresses, &addr); /* one too many changes nothing */
	}
	for (uint32_t i = 0; i <= addresses.mask; i++)
		EXPECT_EQ(addresses.slots[i].connections, 0);
	addresses_done(&addresses);
}

static const struct test tests[] = {
	{"timers end in the order of their ends, whatever their kinds", test_timers},
	{"a pool gives out what was put back last, and different objects", test_pool},
	{"connections of addresses are counted, up to a limit", test_addresses},
};

int main(void)
{
	return TESTS_RUN(tests);
}
