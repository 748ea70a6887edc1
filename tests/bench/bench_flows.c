/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet costs when its slot is not clean: against a balancer that remembers
 * every flow in an LRU map, measured in turns. */
#include <linux/bpf.h>
#include <stdio.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "measure.h"

#define MOVED_S 100
#define FLOWS_SIZE (1U << 22) /* room for each client of each shape but one */
#define TARGET 1.3

static const struct shape shapes[] = {
	{1, "v4 source-ip maglev", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV, false},
	{2, "v4 source-ip-port ring-hash", false, SP_KEY_SOURCE_IP_PORT,
		SP_ALGORITHM_RING_HASH, false},
	{3, "v6 source-ip-port maglev", true, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV,
		false},
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* Its flows are never remembered: what comes to it comes when its window is over. */
static const struct shape unknown = {
	4, "v4 source-ip maglev", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV, false};

enum column {
	COLUMN_BARE, /* an LRU hit, parse, rewrite, redirect */
	COLUMN_LRU,  /* the same with routes that may change, and counters */
	COLUMN_MOVING,
	COLUMN_PINNED,
	COLUMNS,
};

/* Net of the wrapper, one value a round. */
static double costs[2][SHAPES][COLUMNS][ROUNDS]; /* one client, many */
static double unknown_costs[2][ROUNDS];

static void set_window(uint32_t window_s)
{
	loaded_set_times(window_s, SP_TCP_IDLE_S, SP_UDP_IDLE_S);
}

/* Slots that moved, and all their flows remembered, here and there. */
static void shape_open(const struct shape *shape)
{
	shape_add(shape);
	measure(shape, MANY, bpf_program__fd(stages->progs.lru_fill), XDP_TX);
	shape_move(shape, MOVED_S);
	set_window(SP_WINDOW_S);
	measure(shape, MANY, loaded_program_fd(), XDP_REDIRECT);
}

static double measure_program(
	const struct shape *shape, uint32_t clients, const struct bpf_program *program)
{
	return measure(shape, clients, bpf_program__fd(program), XDP_REDIRECT);
}

static void measure_shape(size_t at, uint32_t clients, int round)
{
	const struct shape *shape = &shapes[at];
	double wrapper = measure_wrapper(shape, clients);
	double(*cost)[ROUNDS] = costs[clients == MANY][at];

	cost[COLUMN_BARE][round] =
		measure_program(shape, clients, stages->progs.lru_bare) - wrapper;
	cost[COLUMN_LRU][round] =
		measure_program(shape, clients, stages->progs.lru_hit) - wrapper;
	set_window(SP_WINDOW_S);
	cost[COLUMN_MOVING][round] =
		measure(shape, clients, loaded_program_fd(), XDP_REDIRECT) - wrapper;
	set_window(MOVED_S);
	cost[COLUMN_PINNED][round] =
		measure(shape, clients, loaded_program_fd(), XDP_REDIRECT) - wrapper;
}

static void measure_unknown(uint32_t clients, int round)
{
	double wrapper = measure_wrapper(&unknown, clients);

	set_window(MOVED_S);
	unknown_costs[clients == MANY][round] =
		measure(&unknown, clients, loaded_program_fd(), XDP_REDIRECT) - wrapper;
}

static void print_row(const char *name, const char *state, int many,
	double lru[COLUMNS][ROUNDS], const double *ns)
{
	printf("%-30s%-8s%8u%8.1f%8.1f%8.1f  %5.2f", name, state, many ? MANY : 1,
		median_of(lru[COLUMN_BARE]), median_of(lru[COLUMN_LRU]), median_of(ns),
		median_ratio(ns, lru[COLUMN_BARE]));
	print_target(median_ratio(ns, lru[COLUMN_LRU]), TARGET);
	printf("\n");
}

static void print_shape(size_t at)
{
	for (int many = 0; many < 2; many++) {
		double(*cost)[ROUNDS] = costs[many][at];

		print_row(shapes[at].name, "moving", many, cost, cost[COLUMN_MOVING]);
		print_row(shapes[at].name, "pinned", many, cost, cost[COLUMN_PINNED]);
	}
}

/* Every look-up must have been a hit. */
static int check(__u64 lru_misses)
{
	uint32_t flows = loaded_count("sp_flows");

	printf("\nsp_flows has %u flows of %zu; %llu packets missed in the LRU map\n",
		flows, (size_t)MANY * SHAPES, (unsigned long long)lru_misses);
	return flows != MANY * SHAPES || lru_misses;
}

int main(void)
{
	__u64 misses;
	int failed;

	loaded_set_size("sp_flows", FLOWS_SIZE);
	measure_open();
	for (size_t at = 0; at < SHAPES; at++)
		shape_open(&shapes[at]);
	shape_move(&unknown, MOVED_S);
	misses = stages->bss->lru_misses;
	for (int round = 0; round < ROUNDS; round++) {
		for (int many = 0; many < 2; many++) {
			for (size_t at = 0; at < SHAPES; at++)
				measure_shape(at, many ? MANY : 1, round);
			measure_unknown(many ? MANY : 1, round);
		}
	}
	printf("ns a packet, net of the wrapper: a bare LRU hit; one with routes and "
	       "counters; this;\nand its ratio to both\n%-38s%8s%8s%8s%8s%7s\n",
		"", "clients", "bare", "LRU", "this", "bare");
	for (size_t at = 0; at < SHAPES; at++)
		print_shape(at);
	for (int many = 0; many < 2; many++)
		print_row("v4 source-ip maglev, no pins", "pinned", many, costs[many][0],
			unknown_costs[many]);
	failed = check(stages->bss->lru_misses - misses);
	measure_close();
	return failed;
}
