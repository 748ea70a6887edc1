// SPDX-License-Identifier: BSD-2-Clause
/* Requests without a key: which of the pods, by how many requests they have and by what
 * is known of them. Chance has a fixed seed. */
#include <errno.h>
#include <stdlib.h>

#include "l7/pick.h"
#include "l7/pods.h"
#include "talk.h"

#define PICKS 10000

static struct worker worker;
static struct vip vip;
static struct l7_pod *pods[WORLD_PODS_MAX];

/* Tables of `len` pods, and a worker that only picks. */
static void picks_begin(int len)
{
	world_init(&world);
	world.pods_len = len;
	world_start(&world);
	worker = (struct worker){.setup = &world.setup,
		.settings = &world.settings,
		.random = 1,
		.now_ns = 1,
		.pods_by_number = calloc(SP_PODS_MAX, sizeof(struct l7_pod *))};
	pool_init(&worker.pods, sizeof(struct l7_pod), 8);
	vip = (struct vip){.service.vip = world.services[0].vip};
	for (int i = 0; i < len; i++) {
		struct l7_pick pick = {
			.pod = world.pods_at[i], .number = (uint32_t)i, .born = 1};

		pods[i] = pod_use(&worker, &pick);
	}
}

static void picks_end(void)
{
	l7_service_done(&vip.service);
	pool_done(&worker.pods);
	free(worker.pods_by_number);
	EXPECT_EQ(world_stop(&world), 0);
}

/* How many of PICKS go to that pod. */
static int share_of(uint32_t number)
{
	struct l7_pick pick;
	int share = 0;

	for (int i = 0; i < PICKS; i++)
		share += !pick_any(&worker, &vip, &pick) && pick.number == number;
	return share;
}

static void test_loads(void)
{
	picks_begin(2);
	EXPECT(share_of(0) > PICKS * 45 / 100 && share_of(0) < PICKS * 55 / 100);
	pods[0]->in_flight = 1;
	/* It is taken only when chance names it twice. */
	EXPECT(share_of(0) > PICKS * 20 / 100 && share_of(0) < PICKS * 30 / 100);
	picks_end();
}

static void test_down(void)
{
	picks_begin(3);
	pod_failed(&worker, pods[1]);
	EXPECT_EQ(share_of(1), 0);
	EXPECT(share_of(0) > PICKS * 40 / 100);
	/* The only one that is left is found, however busy it is. */
	pod_failed(&worker, pods[0]);
	pods[2]->in_flight = 1000;
	EXPECT_EQ(share_of(2), PICKS);
	picks_end();
}

static void test_down_all(void)
{
	struct l7_pick pick;

	picks_begin(2);
	pod_failed(&worker, pods[0]);
	worker.now_ns += 1000000;
	pod_failed(&worker, pods[1]);
	EXPECT_EQ(pick_any(&worker, &vip, &pick), -EHOSTDOWN);
	EXPECT_EQ(vip.down_until_ns, pods[0]->down_until_ns);
	/* The first one's time is over: it is tried, and not twice at once. */
	worker.now_ns = pods[0]->down_until_ns;
	EXPECT_EQ(share_of(0), PICKS);
	pods[0]->is_tried = true;
	EXPECT_EQ(pick_any(&worker, &vip, &pick), -EHOSTDOWN);
	pods[0]->is_tried = false;
	EXPECT_EQ(share_of(0), PICKS);
	picks_end();
}

static const struct test tests[] = {
	{"the pod with fewer requests of two is taken", test_loads},
	{"one that is down is not, and the last one that is up is found", test_down},
	{"all down: no one, until one may be tried again", test_down_all},
};

int main(void)
{
	return TESTS_RUN(tests);
}
