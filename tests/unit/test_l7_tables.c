/* SPDX-License-Identifier: BSD-2-Clause */
/* l7/tables.h: a worker finds services and pods in tables that change under it. */
#include "l7_tables.h"

#include <errno.h>
#include <pthread.h>

static bool refresh(void)
{
	return l7_service_refresh(&world.tables, &world.shop);
}

static int pick(uint64_t hash, struct l7_pick *ret_pick)
{
	return l7_pick_hashed(&world.tables, &world.shop, hash, ret_pick);
}

static void finds_a_service(void)
{
	world_make();
	EXPECT(refresh());
	EXPECT_EQ(world.shop.number, 1);
	EXPECT_EQ(world.shop.generation, 1);
	EXPECT_STR(world.shop.name, "shop");
	EXPECT_EQ(world.shop.policy.key, SP_KEY_COOKIE);
	EXPECT_STR(world.shop.policy.key_name, "sid");
	EXPECT_EQ(world.shop.policy.cookie_ttl_s, 0);
	EXPECT_EQ(world.reached, 1);
	EXPECT_EQ(world.first, 32);
	EXPECT(world.len > 2 * world.shop.version.size);
}

static void no_such_service(void)
{
	struct l7_pick found;

	world_make();
	world.shop.vip = endpoint("192.0.2.10:81/tcp");
	EXPECT(!refresh());
	EXPECT_EQ(pick(1, &found), -ENOENT);
	EXPECT_EQ(world.reached, 0);
	world.shop.vip = endpoint("192.0.2.10:80/udp");
	world.shop.generation = 0;
	EXPECT(!refresh());
}

static void before_the_first_apply(void)
{
	world_make();
	publish(0);
	EXPECT(!refresh());
	publish(1);
	EXPECT(refresh());
}

static void nothing_published_nothing_read(void)
{
	world_make();
	EXPECT(refresh());
	memset(world.services, 0, sizeof(world.services));
	EXPECT(refresh());
	EXPECT_STR(world.shop.name, "shop");
}

static void a_change_elsewhere_keeps_the_policy(void)
{
	const char *name;

	world_make();
	EXPECT(refresh());
	name = world.shop.policy.key_name;
	publish(2);
	EXPECT(refresh());
	EXPECT_EQ(world.shop.generation, 2);
	EXPECT(world.shop.policy.key_name == name);
	EXPECT_EQ(world.reached, 1);
}

static void a_change_is_live_at_once(void)
{
	world_make();
	EXPECT(refresh());
	service_put(1, "key=header:x-user algorithm=maglev table-size=31", 2, 2, 512, 2);
	EXPECT(refresh());
	EXPECT_EQ(world.shop.policy.key, SP_KEY_COOKIE);
	publish(2);
	EXPECT(refresh());
	EXPECT_EQ(world.shop.policy.key, SP_KEY_HEADER);
	EXPECT_STR(world.shop.policy.key_name, "x-user");
	EXPECT_EQ(world.shop.version.size, 31);
	EXPECT_EQ(world.first, 512);
	EXPECT_EQ(world.len, 31);
}

static void a_service_comes_back_elsewhere(void)
{
	world_make();
	EXPECT(refresh());
	service_end(1, 2);
	publish(2);
	EXPECT(!refresh());
	memset(&world.services[1], 0, sizeof(world.services[1]));
	pod_put(5, 3, "10.0.1.15:8080", 3);
	service_name(3, SHOP, "shop again");
	service_put(3, "key=query:user algorithm=maglev table-size=7", 5, 1, 700, 3);
	publish(3);
	EXPECT(refresh());
	EXPECT_EQ(world.shop.number, 3);
	EXPECT_STR(world.shop.name, "shop again");
}

static void expect_picks(const char *policy)
{
	struct service service = {0};
	struct pod pods[3] = {0};
	struct arena arena = {0};
	struct table table = {0};

	world_make();
	service_put(1, policy, 1, 3, 1024, 2);
	publish(2);
	EXPECT(refresh());
	for (int i = 0; i < 3; i++)
		pods[i] = (struct pod){
			.at = world.pods[1 + i].at, .weight = 1, .state = SP_POD_READY};
	service.pods = pods;
	service.pods_len = 3;
	EXPECT_EQ(policy_parse(policy, &arena, &service.policy), 0);
	EXPECT_EQ(table_build(&service, &table), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t hash = i * 0x9e3779b97f4a7c15;
		struct l7_pick found = {0};
		uint32_t slot;
		long place = table_find(&table, hash, &slot);

		EXPECT_EQ(pick(hash, &found), 0);
		EXPECT_EQ(found.number, 1 + place);
		EXPECT_EQ(found.slot, slot);
		EXPECT_EQ(found.born, 1);
		EXPECT(!memcmp(&found.pod, &pods[place].at, sizeof(found.pod)));
	}
	table_done(&table);
	arena_done(&arena);
}

static void picks_as_the_table_says(void)
{
	expect_picks("key=source-ip algorithm=ring-hash ring-size=64");
	expect_picks("key=source-ip algorithm=maglev table-size=251");
	expect_picks("");
}

static void a_moving_slot_means_its_current_pod(void)
{
	struct l7_pick found;

	world_make();
	service_put(1, "key=source-ip algorithm=maglev table-size=7", 1, 1, 1024, 2);
	for (int i = 0; i < 7; i++)
		world.words[1024 + i] = sp_slot_moved(2, 1, 1000);
	publish(2);
	EXPECT(refresh());
	EXPECT_EQ(pick(3, &found), 0);
	EXPECT_EQ(found.number, 2);
}

static void an_apply_between_is_told(void)
{
	struct l7_pick found;

	world_make();
	EXPECT(refresh());
	EXPECT_EQ(pick(3, &found), 0);
	publish(2);
	EXPECT_EQ(pick(3, &found), -EAGAIN);
	EXPECT(refresh());
	EXPECT_EQ(pick(3, &found), 0);
}

/* The words may be another table's by then, and say anything. */
static void words_that_were_reused_do_no_harm(void)
{
	struct l7_pick found;

	world_make();
	EXPECT(refresh());
	memset(world.words, 0xff, sizeof(world.words));
	EXPECT_EQ(pick(1, &found), -ENOENT);
	for (int i = 0; i < WORDS; i++)
		world.words[i] = 0xffffffff00000000;
	EXPECT_EQ(pick(1, &found), -ENOENT);
	publish(2);
	EXPECT_EQ(pick(1, &found), -EAGAIN);
}

static void pods_of_others_are_none(void)
{
	struct l7_pick found;

	world_make();
	EXPECT(refresh());
	for (int i = 1; i <= 3; i++)
		world.pods[i].versions[1].service = 0;
	EXPECT_EQ(pick(1, &found), -ENOENT);
	for (int i = 1; i <= 3; i++)
		world.pods[i].versions[1] = (struct sp_pod_version){
			.generation = 1, .service = 1, .state = SP_POD_GONE};
	EXPECT_EQ(pick(1, &found), -ENOENT);
}

static void no_pods_no_pick(void)
{
	struct l7_pick found;

	world_make();
	service_put(1, "key=cookie:sid algorithm=maglev table-size=7", 1, 0, 0, 2);
	publish(2);
	EXPECT(refresh());
	EXPECT_EQ(world.reached, 0);
	EXPECT_EQ(pick(1, &found), -ENOENT);
}

static void words_out_of_reach_are_tried_again(void)
{
	struct l7_pick found;

	world_make();
	world.reach_error = -ENOMEM;
	EXPECT(refresh());
	EXPECT_EQ(world.shop.policy.key, SP_KEY_COOKIE);
	EXPECT_EQ(pick(1, &found), -ENOENT);
	world.reach_error = 0;
	EXPECT(refresh());
	EXPECT_EQ(world.reached, 2);
	EXPECT_EQ(pick(1, &found), 0);
}

/* A writer that applies all the time, as kernel/write.c does: version and policy are
 * written where nobody looks, then published. */
static void *apply_again_and_again(void *stop)
{
	for (uint32_t next = 2; !__atomic_load_n((bool *)stop, __ATOMIC_RELAXED);
		next++) {
		struct sp_service *entry = &world.services[1];
		struct sp_service_version *spare = &entry->versions[next % 2];

		spare->generation = 0;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		snprintf(entry->policy[next % 2], SP_POLICY_LEN, "key=header:h%u",
			next % 1000);
		spare->session_timeout_s = next % 1000;
		__atomic_store_n(&spare->generation, next, __ATOMIC_RELEASE);
		__atomic_store_n(&world.state.generation, next, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void what_is_read_is_of_one_apply(void)
{
	bool stop = false;
	pthread_t writer;

	world_make();
	service_put(1, "key=header:h1", 1, 3, 1024, 1);
	world.services[1].versions[1].session_timeout_s = 1;
	world.services[1].versions[0] = world.services[1].versions[1];
	EXPECT_EQ(pthread_create(&writer, NULL, apply_again_and_again, &stop), 0);
	for (int i = 0; i < 20000; i++) {
		char want[16];

		EXPECT(refresh());
		snprintf(want, sizeof(want), "h%u", world.shop.version.session_timeout_s);
		EXPECT_STR(world.shop.policy.key_name, want);
		EXPECT_EQ(world.shop.version.generation, world.shop.generation);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
}

static const struct test tests[] = {
	{"a VIP finds its service, policy and words", finds_a_service},
	{"a VIP of no service is none", no_such_service},
	{"before the first apply there is no service", before_the_first_apply},
	{"nothing is read while nothing is published", nothing_published_nothing_read},
	{"a change elsewhere keeps the policy", a_change_elsewhere_keeps_the_policy},
	{"a change is live once it is published", a_change_is_live_at_once},
	{"a service that comes back has another number", a_service_comes_back_elsewhere},
	{"a hash picks the pod that the table says", picks_as_the_table_says},
	{"a moving slot means its current pod", a_moving_slot_means_its_current_pod},
	{"an apply between refresh and pick is told", an_apply_between_is_told},
	{"words that were reused do no harm", words_that_were_reused_do_no_harm},
	{"pods that are gone or another's are not picked", pods_of_others_are_none},
	{"a service without pods has none to pick", no_pods_no_pick},
	{"words out of reach are tried again", words_out_of_reach_are_tried_again},
	{"what is read is of one apply", what_is_read_is_of_one_apply},
};

int main(void)
{
	int status = TESTS_RUN(tests);

	l7_service_done(&world.shop);
	return status;
}
