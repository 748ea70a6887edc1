/* SPDX-License-Identifier: BSD-2-Clause */
/* How much a packet costs: the program against a floor that parses, swaps MAC addresses
 * and transmits, measured in turns; and where the time goes. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "loaded.h"
#include "slot.h"
#include "stages.skel.h"
#include "table/table.h"

#define PODS 100
#define ROUNDS 31
#define REPEAT 30000
#define MANY (1U << 20) /* clients */

struct shape {
	const char *name;
	bool is_v6;
	enum sp_key key;
	enum sp_algorithm algorithm;
};

static const struct shape shapes[] = {
	{"v4 source-ip maglev", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV},
	{"v4 source-ip-port maglev", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV},
	{"v4 source-ip ring-hash", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH},
	{"v4 source-ip-port ring-hash", false, SP_KEY_SOURCE_IP_PORT,
		SP_ALGORITHM_RING_HASH},
	{"v6 source-ip maglev", true, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV},
	{"v6 source-ip-port maglev", true, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV},
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static struct stages_bpf *stages;

static void must(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "bench_packets: %s: error %d\n", what, error);
	exit(1);
}

static struct loaded_service service_of(const struct shape *shape)
{
	uint32_t number = 1 + (uint32_t)(shape - shapes);

	return (struct loaded_service){
		.number = number,
		.vip = endpoint(shape->is_v6 ? "2001:db8::10" : "192.0.2.10",
			(uint16_t)(80 + number), IPPROTO_TCP),
		.key = shape->key,
		.algorithm = shape->algorithm,
	};
}

/* Pods at three addresses; a table like those of the default policies. */
static void shape_add(const struct shape *shape)
{
	static uint32_t first;
	static struct pod pods[PODS];
	struct loaded_service at = service_of(shape);
	struct sp_service value = loaded_service_of(&at);
	struct service model = {.vip = at.vip, .pods = pods, .pods_len = PODS};
	struct table table = {0};

	model.policy.key = shape->key;
	model.policy.algorithm = shape->algorithm;
	model.policy.size = shape->algorithm == SP_ALGORITHM_MAGLEV ? 65537 : 1024;
	for (int i = 0; i < PODS; i++) {
		struct loaded_service one = at;
		struct sp_pod pod;
		char addr[16];

		snprintf(addr, sizeof(addr), shape->is_v6 ? "fd00:1::%d" : "10.0.1.%d",
			11 + i % 3);
		one.pod = endpoint(addr, (uint16_t)(7000 + i), IPPROTO_TCP);
		pods[i] = (struct pod){.at = one.pod, .weight = 1, .state = SP_POD_READY};
		pod = loaded_pod_of(&one);
		loaded_set_pod(at.number * PODS + (uint32_t)i, &pod);
	}
	must(table_build(&model, &table), "table");
	for (uint32_t i = 0; i < table.at.size; i++)
		table.words[i] =
			sp_slot_clean(at.number * PODS + sp_slot_current(table.words[i]));
	loaded_set_words(first, (const __u64 *)table.words, table.words_len);
	value.versions[0].first = first;
	value.versions[0].size = table.at.size;
	value.versions[0].index_bits = table.at.index_bits;
	loaded_set_service(at.number, &value);
	loaded_set_vip(&at.vip, at.number);
	first += table.words_len;
	table_done(&table);
}

static void stages_open(void)
{
	stages = stages_bpf__open();
	must(!stages, "stages");
	memcpy((void *)stages->rodata->sp_mac, mac_client0, 6);
	loaded_share_maps(stages->obj);
	must(stages_bpf__load(stages), "stages");
}

/* Choose what the wrapper restores and jumps to. */
static void wrapper_set(const struct shape *shape, uint32_t clients, int program_fd)
{
	struct loaded_service service = service_of(shape);
	struct frame frame = {.dest_mac = mac_client0, .source_mac = mac_gateway};
	uint8_t bytes[FRAME_MAX];
	__u32 only = 0;

	frame.source = endpoint(
		shape->is_v6 ? "2001:db8::1" : "203.0.113.1", 40000, IPPROTO_TCP);
	frame.dest = service.vip;
	frame.ttl = 64;
	frame.payload_len = 10;
	frame_build(&frame, bytes);
	memcpy(stages->bss->eth_template, bytes, FRAME_ETH_LEN);
	memcpy(stages->bss->ip_template, bytes + FRAME_ETH_LEN,
		sizeof(stages->bss->ip_template));
	stages->bss->clients_mask = clients - 1;
	must(bpf_map_update_elem(bpf_map__fd(stages->maps.jump), &only, &program_fd, 0),
		"jump");
}

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* CPU time of a packet, in ns, with the loop and the wrapper. */
static double measure(
	const struct shape *shape, uint32_t clients, int program_fd, uint32_t verdict)
{
	struct bpf_program *wrapper =
		shape->is_v6 ? stages->progs.wrap_v6 : stages->progs.wrap_v4;
	struct xdp_md ctx = {.ingress_ifindex = network_ifindex(NETWORK_CLIENT)};
	uint8_t bytes[84] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes,
		.data_size_in = sizeof(bytes), .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		.repeat = REPEAT);
	double start;

	ctx.data_end = sizeof(bytes);
	wrapper_set(shape, clients, program_fd);
	start = now_ns();
	must(bpf_prog_test_run_opts(bpf_program__fd(wrapper), &options), "test run");
	start = now_ns() - start;
	must(options.retval != verdict, "verdict");
	return start / REPEAT;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int len)
{
	qsort(values, (size_t)len, sizeof(*values), compare_doubles);
	return values[len / 2];
}

struct cost {
	double ratio; /* to the floor, wrapper subtracted from both */
	double ns, floor_ns;
};

static struct cost measure_shape(const struct shape *shape, uint32_t clients)
{
	double ratio[ROUNDS], ns[ROUNDS], floor_ns[ROUNDS];
	int nothing = bpf_program__fd(stages->progs.nothing);
	int floor = bpf_program__fd(
		shape->is_v6 ? stages->progs.floor_v6 : stages->progs.floor_v4);

	for (int i = 0; i < ROUNDS; i++) {
		double wrapper = measure(shape, clients, nothing, XDP_TX);

		floor_ns[i] = measure(shape, clients, floor, XDP_TX) - wrapper;
		ns[i] = measure(shape, clients, loaded_program_fd(), XDP_REDIRECT) -
			wrapper;
		ratio[i] = ns[i] / floor_ns[i];
	}
	return (struct cost){
		.ratio = median(ratio, ROUNDS),
		.ns = median(ns, ROUNDS),
		.floor_ns = median(floor_ns, ROUNDS),
	};
}

static void print_target(double value, double target)
{
	printf("  %6.2f  <= %5.2f  %s\n", value, target,
		value <= target ? "PASS" : "MISS");
}

static void print_stages(const struct shape *shape)
{
	struct bpf_program *programs[] = {stages->progs.nothing,
		stages->progs.until_parse, stages->progs.until_service,
		stages->progs.until_hash, stages->progs.until_slot,
		stages->progs.until_next_hop};
	double ns[7][ROUNDS], last = 0;
	static const char *const names[] = {
		"", "parse", "service", "hash", "slot", "next hop", "rewrite, out"};

	for (int i = 0; i < ROUNDS; i++) {
		for (int stage = 0; stage < 6; stage++)
			ns[stage][i] = measure(
				shape, MANY, bpf_program__fd(programs[stage]), XDP_TX);
		ns[6][i] = measure(shape, MANY, loaded_program_fd(), XDP_REDIRECT);
	}
	printf("%-28s", shape->name);
	for (int stage = 0; stage < 7; stage++) {
		double until = median(ns[stage], ROUNDS);

		if (stage)
			printf("  %s %.1f", names[stage], until - last);
		last = until;
	}
	printf("\n");
}

int main(void)
{
	struct cost one[SHAPES], many[SHAPES];

	if (network_open() || loaded_open(mac_client0))
		return 1;
	stages_open();
	for (size_t i = 0; i < SHAPES; i++)
		shape_add(&shapes[i]);
	for (size_t i = 0; i < SHAPES; i++) {
		one[i] = measure_shape(&shapes[i], 1);
		many[i] = measure_shape(&shapes[i], MANY);
		printf("%-28s %6.1f ns (floor %4.1f) 1 flow;  %6.1f ns (floor %4.1f) "
		       "1M\n",
			shapes[i].name, one[i].ns, one[i].floor_ns, many[i].ns,
			many[i].floor_ns);
		print_target(one[i].ratio, 15);
		print_target(many[i].ratio, 20);
	}
	for (size_t i = 0; i < SHAPES; i++)
		print_stages(&shapes[i]);
	stages_bpf__destroy(stages);
	loaded_close();
	return 0;
}
