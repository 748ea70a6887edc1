// SPDX-License-Identifier: BSD-2-Clause
/* What the statistics say about maps that were filled by hand. */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>

#include "../unit/test.h"
#include "kernel/state.h"
#include "world.h"

#define FLOWS 10000

static struct kernel *kernel_must_open(enum kernel_access access)
{
	struct kernel *kernel = NULL;
	struct diags diags = {0};

	if (kernel_open(WORLD_PIN_DIR, access, &kernel, &diags)) {
		diags_print(stdout, &diags);
		abort();
	}
	return kernel;
}

static struct kernel_stats stats_of(struct kernel *kernel)
{
	struct kernel_stats stats = {0};
	struct diags diags = {0};

	EXPECT_EQ(kernel_read_stats(kernel, &stats, &diags), 0);
	diags_print(stdout, &diags);
	diags_done(&diags);
	return stats;
}

static void flows_fill(int map, uint32_t len)
{
	struct sp_flow_key key = {.client = {.protocol = 6}};
	struct sp_flow flow = {0};

	for (uint32_t i = 0; i < len; i++) {
		key.client.addr.word[3] = i;
		EXPECT_EQ(bpf_map_update_elem(map, &key, &flow, BPF_ANY), 0);
	}
}

static void test_use(void)
{
	struct sp_range_key range = {.prefix_len = 32};
	struct kernel_stats stats;
	struct kernel *kernel;
	__u32 one = 1;

	world_clear();
	kernel = kernel_must_open(KERNEL_WRITE);
	stats = stats_of(kernel);
	for (int i = 0; i < KERNEL_MEMORIES; i++)
		EXPECT_EQ(stats.memories[i].used, 0);
	EXPECT_EQ(stats.memories[KERNEL_FLOWS].max, SP_FLOWS_MAX);
	EXPECT_EQ(stats.memories[KERNEL_RANGES].max, SP_RANGES_MAX);
	flows_fill(kernel->maps[MAP_FLOWS], FLOWS);
	flows_fill(kernel->maps[MAP_SYNS], 3);
	for (__u32 i = 0; i < 5; i++) {
		range.list = htonl(i);
		EXPECT_EQ(bpf_map_update_elem(kernel->maps[MAP_RANGES], &range, &one, 0),
			0);
	}
	stats = stats_of(kernel);
	EXPECT_EQ(stats.memories[KERNEL_FLOWS].used, FLOWS);
	EXPECT_EQ(stats.memories[KERNEL_SYNS].used, 3);
	EXPECT_EQ(stats.memories[KERNEL_RANGES].used, 5);
	EXPECT_EQ(stats.memories[KERNEL_WAYS].used, 0);
	kernel_close(kernel);
}

/* More than the map holds: the oldest go, and it stays nearly full. */
static void test_pushed_out(void)
{
	struct kernel_stats stats;
	struct kernel *kernel;

	world_clear();
	kernel = kernel_must_open(KERNEL_WRITE);
	flows_fill(kernel->maps[MAP_SYNS], SP_SYNS_MAX + FLOWS);
	stats = stats_of(kernel);
	EXPECT(stats.memories[KERNEL_SYNS].used <= SP_SYNS_MAX);
	EXPECT(stats.memories[KERNEL_SYNS].used > SP_SYNS_MAX / 4 * 3);
	kernel_close(kernel);
}

static void test_events(void)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *counts = calloc((size_t)cpus, sizeof(*counts));
	const __u32 key = SP_EVENT_SESSION_MADE;
	struct kernel_stats stats;
	struct kernel *kernel;

	world_clear();
	kernel = kernel_must_open(KERNEL_WRITE);
	for (int i = 0; i < cpus; i++)
		counts[i] = 7;
	EXPECT_EQ(bpf_map_update_elem(kernel->maps[MAP_EVENTS], &key, counts, 0), 0);
	stats = stats_of(kernel);
	EXPECT_EQ(stats.events[SP_EVENT_SESSION_MADE], 7 * cpus);
	EXPECT_EQ(stats.events[SP_EVENT_FLOW_PINNED], 0);
	EXPECT_EQ(stats.memories[KERNEL_SESSIONS].made, 7 * cpus);
	kernel_close(kernel);
	free(counts);
}

/* Give a pod's number some traffic on every CPU. */
static void traffic_set(struct kernel *kernel, uint32_t pod)
{
	int cpus = libbpf_num_possible_cpus();
	struct sp_traffic *values = calloc((size_t)cpus, sizeof(*values));

	for (int i = 0; i < cpus; i++)
		values[i] = (struct sp_traffic){2, 300, 1};
	EXPECT_EQ(bpf_map_update_elem(kernel->maps[MAP_TRAFFIC], &pod, values, 0), 0);
	free(values);
}

/* The traffic of the only pod of the only service. */
static struct kernel_traffic traffic_of(struct kernel *kernel)
{
	struct kernel_traffic traffic = {0};
	struct model model = {0};
	struct diags diags = {0};

	EXPECT_EQ(kernel_read_model(kernel, &model, &diags), 0);
	EXPECT_EQ(model.services_len, 1);
	EXPECT_EQ(model.services[0].pods_len, 1);
	EXPECT_EQ(kernel_read_traffic(kernel, model.services, &traffic, &diags), 0);
	model_done(&model);
	diags_done(&diags);
	return traffic;
}

static void test_traffic(void)
{
	uint64_t cpus = (uint64_t)libbpf_num_possible_cpus();
	struct kernel_traffic traffic;
	struct kernel *kernel;
	long before, after;

	world_clear();
	EXPECT_EQ(world_apply("service 192.0.2.1:80\n10.0.1.1:80\n"), 0);
	before = world_pod_number("10.0.1.1:80");
	kernel = kernel_must_open(KERNEL_READ);
	traffic_set(kernel, (uint32_t)before);
	traffic = traffic_of(kernel);
	EXPECT_EQ(traffic.packets, 2 * cpus);
	EXPECT_EQ(traffic.bytes, 300 * cpus);
	EXPECT_EQ(traffic.flows, cpus);
	EXPECT_EQ(world_apply("service 192.0.2.1:80\n10.0.1.2:80\n"), 0);
	EXPECT_EQ(world_apply("service 192.0.2.1:80\n10.0.1.3:80\n"), 0);
	after = world_pod_number("10.0.1.3:80");
	EXPECT_EQ(after, before);
	EXPECT_EQ(traffic_of(kernel).packets, 0);
	kernel_close(kernel);
}

static const struct test tests[] = {
	{"each map says how many entries it has, and how many it can have", test_use},
	{"a map that pushes out entries stays nearly full", test_pushed_out},
	{"events are the sum over all CPUs", test_events},
	{"a pod's traffic is the sum over all CPUs, and a number's next pod begins at 0",
		test_traffic},
};

int main(void)
{
	return world_enter() ? 2 : TESTS_RUN(tests);
}
