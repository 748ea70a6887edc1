/* SPDX-License-Identifier: BSD-2-Clause */
/* A flood of SYNs from 16 million clients that do not exist: what is remembered of it,
 * and what becomes of the flows that are alive. */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "measure.h"

#define FLOOD (1U << 24)
#define ALIVE 4096
#define ALIVE_PORT 50000 /* the flood comes from another one */
#define FLOOD_PORT 40000
#define SYN 0x02

static const struct shape clean = {
	1, "clean", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV, false};
static const struct shape moving = {
	2, "moving", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV, false};

/* All maps that a packet can add to. */
static const char *const maps[] = {
	"sp_flows", "sp_syns", "sp_sessions", "sp_ways", "sp_fragments"};

#define MAPS (sizeof(maps) / sizeof(maps[0]))

static int failed;

static void expect(bool right, const char *sentence)
{
	printf("  %-60s %s\n", sentence, right ? "PASS" : "FAIL");
	failed |= !right;
}

static double send(
	const struct shape *shape, uint32_t clients, uint16_t port, uint8_t flags)
{
	measure_set_client(port, flags);
	return measure(shape, clients, loaded_program_fd(), XDP_REDIRECT);
}

static void count_all(uint32_t counts[MAPS])
{
	for (size_t i = 0; i < MAPS; i++)
		counts[i] = loaded_count(maps[i]);
}

/* Send the flood; returns how many elements it has added but to sp_syns. */
static long flood(const struct shape *shape)
{
	uint32_t before[MAPS], after[MAPS];
	long added = 0;
	double ns;

	count_all(before);
	ns = send(shape, FLOOD, FLOOD_PORT, SYN);
	count_all(after);
	printf("%u SYNs to %s slots, %.0f ns each; elements before and after:\n", FLOOD,
		shape->name, ns);
	for (size_t i = 0; i < MAPS; i++) {
		printf("  %-14s%8u%8u\n", maps[i], before[i], after[i]);
		added += i == 1 ? 0 : labs((long)after[i] - (long)before[i]);
	}
	return added;
}

/* Older flows of a slot that moves, pinned; returns how many had to be. */
static long send_alive(void)
{
	long pinned = loaded_read_event(SP_EVENT_FLOW_PINNED);

	send(&moving, ALIVE, ALIVE_PORT, 0);
	return loaded_read_event(SP_EVENT_FLOW_PINNED) - pinned;
}

int main(void)
{
	long lost;

	measure_open();
	shape_add(&clean);
	shape_add(&moving);
	shape_move(&moving, 1);
	expect(!flood(&clean) && !loaded_count("sp_syns"),
		"clean: nothing is remembered");
	expect(send_alive() == ALIVE, "4096 older flows are pinned in moving slots");
	lost = loaded_read_event(SP_EVENT_FLOW_LOST);
	expect(!flood(&moving), "moving: nothing but SYNs is remembered");
	expect(loaded_count("sp_syns") <= SP_SYNS_MAX, "moving: of SYNs, the last ones");
	expect(!send_alive() && loaded_read_event(SP_EVENT_FLOW_LOST) == lost &&
			!loaded_read_event(SP_EVENT_FLOWS_FULL),
		"moving: all 4096 flows stay on their pods");
	measure_close();
	return failed;
}
