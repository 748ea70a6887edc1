// SPDX-License-Identifier: BSD-2-Clause
/* Routes follow the services, and other people's routes stay. */
#include <stdlib.h>

#include "../unit/test.h"
#include "world.h"

static const char *const shop = "service 192.0.2.1:80/tcp name=a\n10.0.0.1:80\n"
				"service 192.0.2.1:443/tcp name=b\n10.0.0.2:80\n"
				"service [2001:db8::1]:80/tcp name=c\n[fd00::1]:80\n";

static void sh(const char *command)
{
	EXPECT_EQ(system(command), 0);
}

/* Apply, and return how many warnings there were. */
static size_t warnings(const char *text, bool routes)
{
	const struct kernel_apply_options options = {.routes = routes};
	struct diags diags = {0};
	size_t len;

	EXPECT_EQ(world_apply_options(text, &options, NULL, &diags), 0);
	len = diags.warnings_len;
	diags_done(&diags);
	return len;
}

static void test_one_per_address(void)
{
	world_clear();
	EXPECT_EQ(warnings(shop, true), 0);
	EXPECT_EQ(world_routes("blackhole"), 2);
	EXPECT_EQ(warnings("service 192.0.2.1:80/tcp name=a\n10.0.0.1:80\n", true), 0);
	EXPECT_EQ(world_routes("blackhole"), 1);
	EXPECT_EQ(warnings("", true), 0);
	EXPECT_EQ(world_routes("blackhole"), 0);
}

static void test_flushed(void)
{
	EXPECT_EQ(warnings(shop, true), 0);
	sh("ip route flush proto 191");
	EXPECT_EQ(world_routes("blackhole"), 1);
	EXPECT_EQ(warnings(shop, true), 0);
	EXPECT_EQ(world_routes("blackhole"), 2);
}

static void test_left_behind(void)
{
	sh("ip route add blackhole 198.51.100.1 proto 191");
	sh("ip -6 route add blackhole 2001:db8::99 proto 191");
	EXPECT_EQ(warnings(shop, true), 0);
	EXPECT_EQ(world_routes("blackhole"), 2);
}

static void test_no_routes(void)
{
	EXPECT_EQ(warnings("", true), 0);
	EXPECT_EQ(warnings(shop, false), 0);
	EXPECT_EQ(world_routes("blackhole"), 0);
	sh("ip route add blackhole 198.51.100.1 proto 191");
	EXPECT_EQ(warnings("", false), 0);
	EXPECT_EQ(world_routes("blackhole"), 1);
	sh("ip route del blackhole 198.51.100.1");
}

#define HELPER "service 192.0.2.1:80/tcp name=a key=header:x\n10.0.0.1:80\n"
#define FORWARDED "service 192.0.2.1:80/tcp name=a\n10.0.0.1:80\n"
#define BESIDE "service 192.0.2.1:443/tcp name=b\n10.0.0.2:80\n"

static void test_l7(void)
{
	world_clear();
	EXPECT_EQ(warnings(HELPER "service [2001:db8::1]:80/tcp name=c "
				  "forward=l7\n[fd00::1]:80\n",
			  true),
		0);
	EXPECT_EQ(world_routes("local"), 2);
	EXPECT_EQ(world_routes("blackhole"), 0);
	sh("ip route get 192.0.2.1 | grep -q ^local");
	sh("ip -6 route get 2001:db8::1 | grep -q local");
	EXPECT_EQ(warnings("", true), 0);
	EXPECT_EQ(world_routes("local"), 0);
}

/* The helper's connections break, and XDP's: one warning each. */
static void test_to_l7_and_back(void)
{
	world_clear();
	EXPECT_EQ(warnings(FORWARDED, true), 0);
	EXPECT_EQ(warnings(HELPER, true), 1);
	EXPECT_EQ(world_routes("local"), 1);
	EXPECT_EQ(world_routes("blackhole"), 0);
	EXPECT_EQ(warnings(FORWARDED, true), 1);
	EXPECT_EQ(world_routes("local"), 0);
	EXPECT_EQ(world_routes("blackhole"), 1);
}

/* Of an address that both have, the local route counts, with a warning. */
static void test_shared_with_l7(void)
{
	world_clear();
	EXPECT_EQ(warnings(BESIDE, true), 0);
	EXPECT_EQ(warnings(HELPER BESIDE, true), 1);
	EXPECT_EQ(world_routes("local"), 1);
	EXPECT_EQ(world_routes("blackhole"), 0);
	EXPECT_EQ(warnings(BESIDE, true), 0);
	EXPECT_EQ(world_routes("local"), 0);
	EXPECT_EQ(world_routes("blackhole"), 1);
}

static void test_l7_is_an_address(void)
{
	world_clear();
	sh("ip address add 192.0.2.1/32 dev lo");
	EXPECT_EQ(warnings(HELPER, true), 0);
	EXPECT_EQ(world_routes("local"), 0);
	EXPECT_EQ(warnings("", true), 0);
	sh("ip route get 192.0.2.1 | grep -q ^local");
	sh("ip address del 192.0.2.1/32 dev lo");
	EXPECT_EQ(warnings(HELPER, true), 0);
	EXPECT_EQ(world_routes("local"), 1);
}

/* A blackhole of the same metric, a route of another metric, an IPv6 one. */
static void test_foreign(void)
{
	static const char *const routes[] = {
		"blackhole 192.0.2.1",
		"192.0.2.1 dev lo metric 50",
		"2001:db8::1 dev lo metric 1024",
	};
	char command[96];

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		world_clear();
		snprintf(command, sizeof(command), "ip route add %s", routes[i]);
		sh(command);
		EXPECT_EQ(warnings(shop, true), 1);
		EXPECT_EQ(world_routes("blackhole"), 1);
		EXPECT_EQ(warnings("", true), 0);
		snprintf(command, sizeof(command), "ip route del %s", routes[i]);
		sh(command);
	}
}

static void test_local(void)
{
	world_clear();
	sh("ip address add 192.0.2.1/32 dev lo && ip address add 2001:db8::1/128 dev lo");
	EXPECT_EQ(warnings(shop, true), 2);
	sh("ip address del 192.0.2.1/32 dev lo && ip address del 2001:db8::1/128 dev lo");
	EXPECT_EQ(warnings(shop, true), 0);
	EXPECT_EQ(world_routes("blackhole"), 2);
}

static const struct test tests[] = {
	{"each address of a VIP has one route, gone with its last port",
		test_one_per_address},
	{"a route that someone flushed comes back, though nothing changes", test_flushed},
	{"routes of ours that no service needs go", test_left_behind},
	{"--no-routes leaves routes alone", test_no_routes},
	{"a VIP of the helper is local to the node", test_l7},
	{"a VIP has a route all the way from XDP to the helper and back",
		test_to_l7_and_back},
	{"a VIP of both is local, with a warning", test_shared_with_l7},
	{"a VIP of the helper may be an address of the node", test_l7_is_an_address},
	{"another's route to a VIP stays, with a warning", test_foreign},
	{"a VIP that is an address of the node is a warning", test_local},
};

int main(void)
{
	return world_enter() ? 2 : TESTS_RUN(tests);
}
