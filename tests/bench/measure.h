/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet costs: services of every shape, and programs that are run on packets of
 * one client or of many. */
#ifndef MEASURE_H
#define MEASURE_H

#include "loaded.h"
#include "slot.h"
#include "stages.skel.h"

#define PODS 100
#define ROUNDS 9
#define MANY (1U << 20) /* clients, each with a packet in every round */

#define SHAPES_MAX 16

/* A service, alone in its port. */
struct shape {
	uint32_t number; /* 1 to SHAPES_MAX */
	const char *name;
	bool is_v6;
	enum sp_key key;
	enum sp_algorithm algorithm;
	bool is_back; /* from a pod to its client */
};

extern struct stages_bpf *stages;

/* Network, maps and programs; exits when they cannot be had. */
void measure_open(void);
void measure_close(void);

/* Make the service: 100 pods at three addresses, a table like those of the default
 * policies, all slots clean. */
void shape_add(const struct shape *shape);
/* The same forwarded in another way, to pods of IPv4 or IPv6. */
void shape_add_way(const struct shape *shape, enum sp_forward forward, bool over_v6);
/* Every slot began to move so long ago, from the pod before the one that it has. */
void shape_move(const struct shape *shape, uint32_t seconds_ago);

/* Source port and TCP flags of the packets from now on; no flags: PSH and ACK. */
void measure_set_client(uint16_t port, uint8_t tcp_flags);

/* CPU time of a packet, in ns, with the loop and the wrapper that restores it. */
double measure(
	const struct shape *shape, uint32_t clients, int program_fd, uint32_t verdict);
/* The wrapper alone. */
double measure_wrapper(const struct shape *shape, uint32_t clients);

/* Of the values and of the ratios between them, one a round. */
double median_of(const double values[ROUNDS]);
double median_ratio(const double a[ROUNDS], const double b[ROUNDS]);

void print_target(double ratio, double target);

#endif
