// SPDX-License-Identifier: BSD-2-Clause
/* Slots move when pods change, and come to rest when no flow needs them. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "../unit/test.h"
#include "kernel/settle.h"
#include "slot.h"
#include "slots.h"
#include "world.h"

#define POLICY " key=source-ip algorithm=maglev table-size=251\n"

static const char *const two =
	"service 192.0.2.1:80 name=a" POLICY "10.0.0.1:80\n10.0.0.2:80\n";
static const char *const three =
	"service 192.0.2.1:80 name=a" POLICY "10.0.0.1:80\n10.0.0.2:80\n10.0.0.3:80\n";
static const char *const ring_two =
	"service 192.0.2.1:80 name=a key=source-ip algorithm=ring-hash\n"
	"10.0.0.1:80\n10.0.0.2:80\n";
static const char *const ring_three =
	"service 192.0.2.1:80 name=a key=source-ip algorithm=ring-hash\n"
	"10.0.0.1:80\n10.0.0.2:80\n10.0.0.3:80\n";

static void start(const char *old, const char *new)
{
	world_clear();
	EXPECT_EQ(world_apply(old), 0);
	EXPECT(!has_moved());
	EXPECT_EQ(world_apply(new), 0);
	EXPECT(has_moved());
	EXPECT(world_is(new));
	EXPECT(world_is_clean());
}

static void test_move_and_settle(void)
{
	static const char *const pairs[][2] = {{two, three}, {three, two},
		{ring_two, ring_three}, {ring_three, ring_two}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		start(pairs[i][0], pairs[i][1]);
		/* Without a pod that is gone nothing can move; with it all is clean or
		 * moving. */
		EXPECT(count_slots(SP_SLOT_CLEAN) > 0);
		EXPECT_EQ(count_slots(SP_SLOT_PINNED), 0);
		EXPECT_EQ(world_apply(pairs[i][1]), 0);
		EXPECT(has_moved());
		make_older(SP_WINDOW_S - 30);
		EXPECT_EQ(world_apply(pairs[i][1]), 0);
		EXPECT(has_moved());
		make_older(60);
		EXPECT(count_slots(SP_SLOT_PINNED) > 0);
		EXPECT_EQ(world_apply(pairs[i][1]), 0);
		EXPECT(!has_moved());
		EXPECT(world_is(pairs[i][1]));
		EXPECT(world_is_clean());
	}
}

static void test_dead_pods_move_nothing(void)
{
	world_clear();
	EXPECT_EQ(world_apply("service 192.0.2.1:80 name=a" POLICY "10.0.0.1:80\n"), 0);
	EXPECT_EQ(world_apply("service 192.0.2.1:80 name=a" POLICY "10.0.0.2:80\n"), 0);
	EXPECT(!has_moved());
}

static void test_flows_keep_slots(void)
{
	struct sp_flow_key key;

	start(two, three);
	make_older(SP_WINDOW_S + 30);
	key = find_moving_client(1);
	put_flow(&key, "10.0.0.1:80", 60);
	EXPECT_EQ(world_apply(three), 0);
	EXPECT(has_moved() && has_flow(&key));
	EXPECT_EQ(count_slots(SP_SLOT_PINNED), 1);
	EXPECT(world_is(three));
	put_flow(&key, "10.0.0.1:80", SP_TCP_IDLE_S + SP_FLOW_STEP_S);
	EXPECT_EQ(world_apply(three), 0);
	EXPECT(!has_moved() && !has_flow(&key));
}

static void test_needless_flows(void)
{
	struct sp_flow_key current, dead, clean = make_client(1);
	struct view view;

	start(two, three);
	current = find_moving_client(1);
	dead = find_moving_client(100);
	put_flow(&current, "10.0.0.3:80", 0);
	put_flow(&dead, "10.0.0.1:80", 0);
	EXPECT_EQ(world_apply(three), 0);
	EXPECT(has_flow(&current) && has_flow(&dead));
	view = view_open();
	for (uint32_t i = 0; i < SP_PODS_MAX; i++)
		view.kernel->pods[i].born +=
			view.kernel->pods[i].at.port == htons(80) &&
			i == (uint32_t)world_pod_number("10.0.0.1:80");
	kernel_close(view.kernel);
	make_older(SP_WINDOW_S + 30);
	EXPECT_EQ(world_apply(three), 0);
	EXPECT(!has_flow(&current) && !has_flow(&dead) && !has_moved());
	put_flow(&clean, "10.0.0.2:80", 0);
	EXPECT_EQ(world_apply(three), 0);
	EXPECT(!has_flow(&clean));
}

static uint32_t count_warnings(const char *old, const char *new)
{
	const struct kernel_apply_options options = {0};
	struct diags diags = {0};
	uint32_t warnings;

	world_clear();
	EXPECT_EQ(world_apply_options(old, &options, NULL, &diags), 0);
	EXPECT_EQ(diags.warnings_len, 0);
	EXPECT_EQ(world_apply_options(new, &options, NULL, &diags), 0);
	EXPECT(!has_moved());
	warnings = (uint32_t)diags.warnings_len;
	diags_done(&diags);
	return warnings;
}

static void test_breaks(void)
{
	static const char *const other_size =
		"service 192.0.2.1:80 name=a key=source-ip algorithm=maglev "
		"table-size=509\n10.0.0.1:80\n10.0.0.2:80\n";
	static const char *const other_key =
		"service 192.0.2.1:80 name=a algorithm=maglev table-size=251\n"
		"10.0.0.1:80\n10.0.0.2:80\n";

	EXPECT_EQ(count_warnings(two, ring_two), 1);
	EXPECT_EQ(count_warnings(two, other_size), 1);
	EXPECT_EQ(count_warnings(two, other_key), 1);
}

/* Without a policy the size follows the pods: from 256 to 512 and back. */
static void test_growth(void)
{
	static const char *const small = "service 192.0.2.1:80 name=a\n10.0.0.1:80\n"
					 "10.0.0.2:80\n";
	static const char *const large = "service 192.0.2.1:80 name=a\n10.0.0.1:80\n"
					 "10.0.0.2:80\n10.0.0.3:80\n";

	start(small, large);
	EXPECT_EQ(world_apply(small), 0);
	EXPECT(world_is(small));
	EXPECT(has_moved());
	EXPECT_EQ(count_slots(SP_SLOT_CLEAN) + count_slots(SP_SLOT_MOVING), 512);
	make_older(SP_WINDOW_S + 30);
	EXPECT_EQ(world_apply(small), 0);
	EXPECT(!has_moved());
	EXPECT_EQ(count_slots(SP_SLOT_CLEAN), 256);
}

static void apply_window(uint32_t window_s)
{
	const struct kernel_apply_options options = {.window_s = window_s};
	struct diags diags = {0};

	EXPECT_EQ(world_apply_options(three, &options, NULL, &diags), 0);
	diags_done(&diags);
}

/* What was over stays over: its unremembered flows are on the current pod. */
static void test_longer_window(void)
{
	struct sp_flow_key key;

	start(two, three);
	make_older(SP_WINDOW_S + 30);
	key = find_moving_client(1);
	put_flow(&key, "10.0.0.1:80", 0);
	apply_window(2 * SP_WINDOW_S);
	EXPECT(has_moved() && has_flow(&key));
	EXPECT_EQ(count_slots(SP_SLOT_MOVING), 0);
	EXPECT_EQ(count_slots(SP_SLOT_PINNED), 1);
	apply_window(60);
	apply_window(4 * SP_WINDOW_S);
	EXPECT(has_moved() && has_flow(&key));
	EXPECT_EQ(count_slots(SP_SLOT_MOVING), 0);
}

/* What moves goes on to do so. */
static void test_longer_window_while_moving(void)
{
	start(two, three);
	make_older(SP_WINDOW_S - 30);
	apply_window(2 * SP_WINDOW_S);
	EXPECT(count_slots(SP_SLOT_MOVING) > 0);
	EXPECT_EQ(count_slots(SP_SLOT_PINNED), 0);
}

static const char *const with_sessions =
	"service 192.0.2.1:80 name=a session-timeout=600" POLICY
	"10.0.0.1:80\n10.0.0.2:80\n10.0.0.3:80 draining\n";

static struct sp_session_key session_of(const struct sp_flow_key *client)
{
	return (struct sp_session_key){client->client.addr, client->service};
}

/* A session that moved so long ago from the first pod to `pod`, last seen so long ago. */
static void put_session(const struct sp_flow_key *client, const char *pod,
	uint32_t moved_s, uint32_t idle_s)
{
	struct view view = view_open();
	uint32_t now_s = clock_now_s(), number = (uint32_t)world_pod_number(pod);
	uint32_t previous = (uint32_t)world_pod_number("10.0.0.1:80");
	const struct sp_session_key key = session_of(client);
	const struct sp_session session = {
		.slot = sp_slot_moved(number, previous, now_s - moved_s),
		.current_born = view.kernel->pods[number].born,
		.previous_born = view.kernel->pods[previous].born,
		.seen_s = now_s - idle_s,
	};

	EXPECT_EQ(bpf_map_update_elem(
			  view.kernel->maps[MAP_SESSIONS], &key, &session, BPF_ANY),
		0);
	kernel_close(view.kernel);
}

static bool session_is_clean(const struct sp_flow_key *client)
{
	struct view view = view_open();
	const struct sp_session_key key = session_of(client);
	struct sp_session session = {0};

	EXPECT_EQ(
		bpf_map_lookup_elem(view.kernel->maps[MAP_SESSIONS], &key, &session), 0);
	kernel_close(view.kernel);
	return sp_slot_is_clean(session.slot);
}

static void test_sessions(void)
{
	struct sp_flow_key over, moving, pinned, drains, ends;

	world_clear();
	EXPECT_EQ(world_apply(with_sessions), 0);
	over = make_client(1), moving = make_client(2), pinned = make_client(3);
	drains = make_client(4), ends = make_client(5);
	put_session(&over, "10.0.0.2:80", SP_WINDOW_S + 30, 0);
	put_session(&moving, "10.0.0.2:80", SP_WINDOW_S - 30, 0);
	put_session(&pinned, "10.0.0.2:80", SP_WINDOW_S + 30, 0);
	put_flow(&pinned, "10.0.0.1:80", 0);
	put_session(&drains, "10.0.0.3:80", SP_WINDOW_S + 30, 0);
	put_session(&ends, "10.0.0.2:80", SP_WINDOW_S + 30, 590);
	EXPECT_EQ(world_apply(with_sessions), 0);
	EXPECT(session_is_clean(&over));
	EXPECT(!session_is_clean(&moving));
	EXPECT(!session_is_clean(&pinned) && has_flow(&pinned));
	/* A packet may move these any time. */
	EXPECT(!session_is_clean(&drains) && !session_is_clean(&ends));
	put_flow(&pinned, "10.0.0.2:80", 0);
	EXPECT_EQ(world_apply(with_sessions), 0);
	EXPECT(session_is_clean(&pinned) && !has_flow(&pinned));
}

static const struct test tests[] = {
	{"slots move, are pinned, come to rest", test_move_and_settle},
	{"a pod that is gone leaves nothing that moves", test_dead_pods_move_nothing},
	{"a flow keeps its slot from rest until it is idle", test_flows_keep_slots},
	{"flows that need not be remembered are forgotten", test_needless_flows},
	{"a change that cannot be followed is warned of", test_breaks},
	{"a table without a policy grows and shrinks", test_growth},
	{"sessions that moved come to rest like slots", test_sessions},
	{"a longer window does not wake slots that are over", test_longer_window},
	{"a longer window is that of slots that move", test_longer_window_while_moving},
};

int main(void)
{
	return world_enter() ? 2 : TESTS_RUN(tests);
}
