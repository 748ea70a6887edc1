/* SPDX-License-Identifier: BSD-2-Clause */
/* Services to send packets to, and the clock beside them. */
#include "measure.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "table/table.h"

#define REPEAT_ONE 200000

struct stages_bpf *stages;

static uint8_t tcp_flags;
static uint16_t client_port = 40000;

static struct loaded_service service_of(const struct shape *shape)
{
	return (struct loaded_service){
		.number = shape->number,
		.vip = endpoint(shape->is_v6 ? "2001:db8::10" : "192.0.2.10",
			(uint16_t)(80 + shape->number), IPPROTO_TCP),
		.key = shape->key,
		.algorithm = shape->algorithm,
	};
}

static struct sp_endpoint pod_of(const struct shape *shape, bool is_v6, uint32_t i)
{
	char addr[16];

	snprintf(addr, sizeof(addr), is_v6 ? "fd00:1::%d" : "10.0.1.%d", 11 + i % 3);
	return endpoint(addr, (uint16_t)(7000 + shape->number * PODS + i), IPPROTO_TCP);
}

static void shape_add_pods(const struct shape *shape, bool is_v6, struct pod pods[PODS])
{
	for (uint32_t i = 0; i < PODS; i++) {
		struct loaded_service one = service_of(shape);
		struct sp_pod pod;

		one.pod = pod_of(shape, is_v6, i);
		pods[i] = (struct pod){.at = one.pod, .weight = 1, .state = SP_POD_READY};
		pod = loaded_pod_of(&one);
		loaded_set_pod(shape->number * PODS + i, &pod);
		loaded_set_back(&one.pod, shape->number * PODS + i);
	}
}

/* `moved_s` 0: all slots are clean. Written again, a table stays where it is. */
static void shape_write(const struct shape *shape, enum sp_forward forward,
	bool is_over_v6, uint32_t moved_s)
{
	static uint32_t firsts[SHAPES_MAX + 1], free_word = 1;
	static struct pod pods[PODS];
	struct loaded_service at = service_of(shape);
	struct sp_service value = loaded_service_of(&at);
	struct service model = {.vip = at.vip, .pods = pods, .pods_len = PODS};
	struct table table = {0};

	model.policy.key = shape->key;
	model.policy.algorithm = shape->algorithm;
	model.policy.size = shape->algorithm == SP_ALGORITHM_MAGLEV ? 65537 : 1024;
	shape_add_pods(shape, is_over_v6, pods);
	value.versions[0].forward = forward;
	must(table_build(&model, &table), "table");
	for (uint32_t i = 0; i < table.at.size; i++) {
		uint32_t place = sp_slot_current(table.words[i]);
		uint32_t current = shape->number * PODS + place;
		uint32_t previous = shape->number * PODS + (place + 1) % PODS;

		table.words[i] = moved_s ? sp_slot_moved(current, previous, moved_s)
					 : sp_slot_clean(current);
	}
	if (!firsts[shape->number]) {
		firsts[shape->number] = free_word;
		free_word += (uint32_t)table.words_len;
	}
	value.versions[0].first = firsts[shape->number];
	value.versions[0].size = table.at.size;
	value.versions[0].index_bits = table.at.index_bits;
	loaded_set_words(value.versions[0].first, (const __u64 *)table.words,
		(uint32_t)table.words_len);
	loaded_set_service(at.number, &value);
	loaded_set_vip(&at.vip, at.number);
	table_done(&table);
}

void shape_add(const struct shape *shape)
{
	shape_write(shape, SP_FORWARD_NAT, shape->is_v6, 0);
}

void shape_add_way(const struct shape *shape, enum sp_forward forward, bool over_v6)
{
	shape_write(shape, forward, over_v6, 0);
}

void shape_move(const struct shape *shape, uint32_t seconds_ago)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	shape_write(
		shape, SP_FORWARD_NAT, shape->is_v6, (uint32_t)now.tv_sec - seconds_ago);
}

void measure_open(void)
{
	if (network_open() || loaded_open(mac_client0))
		exit(1);
	stages = stages_bpf__open();
	must(!stages, "stages");
	memcpy((void *)stages->rodata->sp_mac, mac_client0, 6);
	loaded_share_maps(stages->obj);
	must(stages_bpf__load(stages), "stages");
}

void measure_close(void)
{
	stages_bpf__destroy(stages);
	loaded_close();
}

void measure_set_client(uint16_t port, uint8_t flags)
{
	client_port = port;
	tcp_flags = flags;
}

/* Choose what the wrapper restores and jumps to. */
static void wrapper_set(const struct shape *shape, uint32_t clients, int program_fd)
{
	struct loaded_service service = service_of(shape);
	struct frame frame = {.dest_mac = mac_client0, .source_mac = mac_gateway};
	uint8_t bytes[FRAME_MAX];
	__u32 only = 0;

	frame.source = endpoint(
		shape->is_v6 ? "2001:db8::1" : "203.0.113.1", client_port, IPPROTO_TCP);
	frame.dest = service.vip;
	if (shape->is_back) {
		frame.dest = frame.source;
		frame.source = pod_of(shape, shape->is_v6, 0);
	}
	frame.ttl = 64;
	frame.payload_len = 10;
	frame.tcp_flags = tcp_flags;
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

double measure(
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
	stages->bss->frame_len = sizeof(bytes);
	wrapper_set(shape, clients, program_fd);
	start = now_ns();
	must(bpf_prog_test_run_opts(bpf_program__fd(wrapper), &options), "test run");
	start = now_ns() - start;
	must(options.retval != verdict, "verdict");
	return start / options.repeat;
}

double measure_wrapper(const struct shape *shape, uint32_t clients)
{
	return measure(shape, clients, bpf_program__fd(stages->progs.nothing), XDP_TX);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median_of(const double values[ROUNDS])
{
	double copy[ROUNDS];

	memcpy(copy, values, sizeof(copy));
	qsort(copy, ROUNDS, sizeof(*copy), compare_doubles);
	return copy[ROUNDS / 2];
}

double median_ratio(const double a[ROUNDS], const double b[ROUNDS])
{
	double ratios[ROUNDS];

	for (int round = 0; round < ROUNDS; round++)
		ratios[round] = a[round] / b[round];
	return median_of(ratios);
}

void print_target(double ratio, double target)
{
	printf("  %5.2f <= %4.1f %s", ratio, target, ratio <= target ? "PASS" : "MISS");
}
