/* SPDX-License-Identifier: BSD-2-Clause */
/* How much a packet costs: the program against a floor that parses, swaps MAC addresses
 * and transmits, measured in turns; and where the time goes. */
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "measure.h"

static const struct shape shapes[] = {
	{1, "v4 source-ip maglev", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV, false},
	{2, "v4 source-ip-port maglev", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV,
		false},
	{3, "v4 source-ip ring-hash", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH,
		false},
	{4, "v4 source-ip-port ring-hash", false, SP_KEY_SOURCE_IP_PORT,
		SP_ALGORITHM_RING_HASH, false},
	{5, "v6 source-ip maglev", true, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV, false},
	{6, "v6 source-ip-port maglev", true, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV,
		false},
	{7, "v6 source-ip ring-hash", true, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH,
		false},
	{8, "v4 way back", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH, true},
	{9, "v6 way back", true, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH, true},
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* Net of the wrapper, one value a round. */
struct cost {
	double floor_ns[ROUNDS], ns[ROUNDS];
};

static struct cost costs[2][SHAPES]; /* one client, many */

static void measure_shape(
	const struct shape *shape, uint32_t clients, int round, struct cost *cost)
{
	double wrapper = measure_wrapper(shape, clients);

	cost->floor_ns[round] =
		measure(shape, clients, bpf_program__fd(stages->progs.floor_swap),
			XDP_TX) -
		wrapper;
	cost->ns[round] =
		measure(shape, clients, loaded_program_fd(), XDP_REDIRECT) - wrapper;
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
		printf("%*.1f", stage == 5 ? 9 : 8, median_of(differences));
	}
	printf("\n");
}

/* --- Ways to forward --- */

static const struct way {
	struct shape shape;
	enum sp_forward forward;
	bool is_over_v6;
} ways[] = {
	{{10, "v4 nat", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_RING_HASH, false},
		SP_FORWARD_NAT, false},
	{{11, "v4 l2", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_RING_HASH, false},
		SP_FORWARD_L2, false},
	{{12, "v4 ipip over v4", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_RING_HASH,
		 false},
		SP_FORWARD_IPIP, false},
	{{13, "v4 gue over v4", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_RING_HASH,
		 false},
		SP_FORWARD_GUE, false},
	{{14, "v4 ipip over v6", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_RING_HASH,
		 false},
		SP_FORWARD_IPIP, true},
	{{15, "v4 gue over v6", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_RING_HASH,
		 false},
		SP_FORWARD_GUE, true},
	{{16, "v6 ipip over v6", true, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_RING_HASH,
		 false},
		SP_FORWARD_IPIP, true},
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static double way_costs[2][WAYS][ROUNDS]; /* net of the wrapper; one client, many */

static void measure_ways(void)
{
	for (size_t i = 0; i < WAYS; i++)
		shape_add_way(&ways[i].shape, ways[i].forward, ways[i].is_over_v6);
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < WAYS; i++) {
			for (int many = 0; many < 2; many++) {
				uint32_t clients = many ? MANY : 1;

				way_costs[many][i][round] =
					measure(&ways[i].shape, clients,
						loaded_program_fd(), XDP_REDIRECT) -
					measure_wrapper(&ways[i].shape, clients);
			}
		}
	}
}

static void print_ways(void)
{
	printf("\nways to forward, ns and the ratio to nat (with what it takes the bench "
	       "to put\na packet back): 1 client, 1048576 clients\n");
	for (size_t i = 0; i < WAYS; i++) {
		printf("%-28s", ways[i].shape.name);
		for (int many = 0; many < 2; many++)
			printf("  %5.1f  %5.2f", median_of(way_costs[many][i]),
				median_ratio(way_costs[many][i], way_costs[many][0]));
		printf("\n");
	}
}

int main(void)
{
	measure_open();
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
	measure_ways();
	print_ways();
	measure_close();
	return 0;
}
