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
#define ROUNDS 9
#define MANY (1U << 20) /* clients, each with a packet in every round */
#define REPEAT_ONE 200000

struct shape {
	const char *name;
	bool is_v6;
	enum sp_key key;
	enum sp_algorithm algorithm;
	bool is_back; /* from a pod to its client */
};

static const struct shape shapes[] = {
	{"v4 source-ip maglev", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV, false},
	{"v4 source-ip-port maglev", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV,
		false},
	{"v4 source-ip ring-hash", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH,
		false},
	{"v4 source-ip-port ring-hash", false, SP_KEY_SOURCE_IP_PORT,
		SP_ALGORITHM_RING_HASH, false},
	{"v6 source-ip maglev", true, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV, false},
	{"v6 source-ip-port maglev", true, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV,
		false},
	{"v6 source-ip ring-hash", true, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH, false},
	{"v4 way back", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH, true},
	{"v6 way back", true, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH, true},
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

/* Pods are at three addresses. */
static struct sp_endpoint pod_of(const struct shape *shape, int i)
{
	char addr[16];

	snprintf(addr, sizeof(addr), shape->is_v6 ? "fd00:1::%d" : "10.0.1.%d",
		11 + i % 3);
	return endpoint(
		addr, (uint16_t)(7000 + (shape - shapes) * PODS + i), IPPROTO_TCP);
}

/* A table like those of the default policies. */
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

		one.pod = pod_of(shape, i);
		pods[i] = (struct pod){.at = one.pod, .weight = 1, .state = SP_POD_READY};
		pod = loaded_pod_of(&one);
		loaded_set_pod(at.number * PODS + (uint32_t)i, &pod);
		loaded_set_back(&one.pod, at.number * PODS + (uint32_t)i);
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
	if (shape->is_back) {
		frame.dest = frame.source;
		frame.source = pod_of(shape, 0);
	}
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
	struct bpf_program *wrappers[2][2] = {
		{stages->progs.wrap_v4, stages->progs.wrap_v4_back},
		{stages->progs.wrap_v6, stages->progs.wrap_v6_back}};
	struct bpf_program *wrapper = wrappers[shape->is_v6][shape->is_back];
	struct xdp_md ctx = {.ingress_ifindex = network_ifindex(NETWORK_CLIENT)};
	uint8_t bytes[84] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes,
		.data_size_in = sizeof(bytes), .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		.repeat = clients == 1 ? REPEAT_ONE : (int)clients);
	double start;

	ctx.data_end = sizeof(bytes);
	wrapper_set(shape, clients, program_fd);
	start = now_ns();
	must(bpf_prog_test_run_opts(bpf_program__fd(wrapper), &options), "test run");
	start = now_ns() - start;
	must(options.retval != verdict, "verdict");
	return start / options.repeat;
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

/* Net of the wrapper, one value a round. */
struct cost {
	double floor_ns[ROUNDS], ns[ROUNDS];
};

static struct cost costs[2][SHAPES]; /* one client, many */

static void measure_shape(
	const struct shape *shape, uint32_t clients, int round, struct cost *cost)
{
	double wrapper =
		measure(shape, clients, bpf_program__fd(stages->progs.nothing), XDP_TX);

	cost->floor_ns[round] =
		measure(shape, clients, bpf_program__fd(stages->progs.floor_swap),
			XDP_TX) -
		wrapper;
	cost->ns[round] =
		measure(shape, clients, loaded_program_fd(), XDP_REDIRECT) - wrapper;
}

static double median_of(const double values[ROUNDS])
{
	double copy[ROUNDS];

	memcpy(copy, values, sizeof(copy));
	return median(copy, ROUNDS);
}

static double median_ratio(const double a[ROUNDS], const double b[ROUNDS])
{
	double ratios[ROUNDS];

	for (int round = 0; round < ROUNDS; round++)
		ratios[round] = a[round] / b[round];
	return median(ratios, ROUNDS);
}

static void print_target(double ratio, double target)
{
	printf("  %5.2f <= %4.1f %s", ratio, target, ratio <= target ? "PASS" : "MISS");
}

/* The floor's target holds for IPv4 to a pod; IPv6 is held to IPv4. */
static void print_floor_ratios(void)
{
	printf("ns a packet, net of the wrapper, and the ratio to the "
	       "floor\n%-28s%-40s%s\n",
		"", "  1 client", "  1048576 clients");
	for (size_t i = 0; i < SHAPES; i++) {
		printf("%-28s", shapes[i].name);
		for (int many = 0; many < 2; many++) {
			const struct cost *cost = &costs[many][i];
			double ratio = median_ratio(cost->ns, cost->floor_ns);

			printf("  %5.1f (floor %4.1f)", median_of(cost->ns),
				median_of(cost->floor_ns));
			if (shapes[i].is_v6 || shapes[i].is_back)
				printf("  %5.2f             ", ratio);
			else
				print_target(ratio, many ? 20 : 15);
		}
		printf("\n");
	}
}

static void print_pair(const char *a, const char *b, double target)
{
	size_t at[2] = {0};

	for (size_t i = 0; i < SHAPES; i++) {
		at[0] = strcmp(shapes[i].name, a) ? at[0] : i;
		at[1] = strcmp(shapes[i].name, b) ? at[1] : i;
	}
	printf("%-28s to %-26s", a, b);
	for (int many = 0; many < 2; many++)
		print_target(median_ratio(costs[many][at[0]].ns, costs[many][at[1]].ns),
			target);
	printf("\n");
}

static void print_pairs(void)
{
	printf("\nratios of one to the other: 1 client, 1048576 clients\n");
	print_pair("v4 source-ip ring-hash", "v4 source-ip maglev", 1.3);
	print_pair("v4 source-ip-port ring-hash", "v4 source-ip-port maglev", 1.3);
	print_pair("v6 source-ip ring-hash", "v6 source-ip maglev", 1.3);
	print_pair("v6 source-ip maglev", "v4 source-ip maglev", 1.5);
	print_pair("v6 source-ip-port maglev", "v4 source-ip-port maglev", 1.5);
	print_pair("v6 source-ip ring-hash", "v4 source-ip ring-hash", 1.5);
}

#define STAGES 8

/* Each column is the program up to that stage less the program up to the one before. */
static void print_stages(const struct shape *shape, uint32_t clients)
{
	struct bpf_program *programs[STAGES - 1] = {stages->progs.nothing,
		stages->progs.until_parse, stages->progs.until_service,
		stages->progs.until_hash, stages->progs.until_slot,
		stages->progs.until_next_hop, stages->progs.until_rewrite};
	double ns[STAGES][ROUNDS], differences[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		for (int stage = 0; stage < STAGES - 1; stage++)
			ns[stage][round] = measure(
				shape, clients, bpf_program__fd(programs[stage]), XDP_TX);
		ns[STAGES - 1][round] =
			measure(shape, clients, loaded_program_fd(), XDP_REDIRECT);
	}
	printf("%-28s%9u", shape->name, clients);
	for (int stage = 1; stage < STAGES; stage++) {
		for (int round = 0; round < ROUNDS; round++)
			differences[round] = ns[stage][round] - ns[stage - 1][round];
		printf("%*.1f", stage == 5 ? 9 : 8, median(differences, ROUNDS));
	}
	printf("\n");
}

int main(void)
{
	if (network_open() || loaded_open(mac_client0))
		return 1;
	stages_open();
	for (size_t i = 0; i < SHAPES; i++)
		shape_add(&shapes[i]);
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < SHAPES; i++) {
			measure_shape(&shapes[i], 1, round, &costs[0][i]);
			measure_shape(&shapes[i], MANY, round, &costs[1][i]);
		}
	}
	print_floor_ratios();
	print_pairs();
	printf("\nwhere the time goes, ns\n%-28s%9s%8s%8s%8s%8s%9s%8s%8s\n", "",
		"clients", "parse", "service", "hash", "slot", "next hop", "rewrite",
		"out");
	for (size_t i = 0; i < SHAPES && !shapes[i].is_back; i++) {
		print_stages(&shapes[i], 1);
		print_stages(&shapes[i], MANY);
	}
	stages_bpf__destroy(stages);
	loaded_close();
	return 0;
}
