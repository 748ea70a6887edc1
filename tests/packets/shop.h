/* SPDX-License-Identifier: BSD-2-Clause */
/* A service with several pods, whose slots all say the same: what rows about affinity
 * change and look at. */
#ifndef SHOP_H
#define SHOP_H

#include "rows.h"
#include "slot.h"

#define SHOP_PODS 4

/* The setting: a slot cannot have moved before the machine was up, which may be a VM. */
#define SHOP_WINDOW_S 8

/* So long ago that a window is over, also by a clock that the program reads once a tick.
 */
#define SHOP_OVER_S (SHOP_WINDOW_S + 2)

/* What a row has in its hands; the numbers are its own. */
struct shop {
	struct loaded_service at; /* at.pod is pod 0 */
	struct sp_service service;
	struct sp_pod pods[SHOP_PODS];
	uint16_t client_port;
};

/* A fresh service like the one at `place` of the cast: live in generation 1, all pods
 * ready and born in it, all slots clean with pod 0, packets from client port 40000. */
void shop_open(struct shop *shop, uint32_t place);

/* Numbers in sp_pods. */
uint32_t shop_pod(const struct shop *shop, uint32_t place);

void shop_set_slots(const struct shop *shop, sp_slot slot);
/* Slots that began to move from pod `previous` to pod `current` so long ago. */
void shop_move(
	const struct shop *shop, uint32_t current, uint32_t previous, int seconds_ago);
void shop_set_state(struct shop *shop, uint32_t place, enum sp_pod_state state);
void shop_write_pod(const struct shop *shop, uint32_t place);
void shop_write_service(const struct shop *shop);

enum shop_packet {
	SHOP_SYN,
	SHOP_SYN_ACK, /* which no client sends */
	SHOP_DATA,
	SHOP_FIN,
	SHOP_RST,
};

/* The client's packet, as it comes in. */
struct frame shop_frame(const struct shop *shop, enum shop_packet packet);

/* Send a packet (of UDP: a datagram, whatever it is) and expect it at this pod. */
bool shop_reaches(struct shop *shop, enum shop_packet packet, uint32_t place);

/* The packet's flow in sp_flows or sp_syns. */
bool shop_find_flow(const struct shop *shop, const char *map, struct sp_flow *ret_flow);
void shop_write_flow(
	const struct shop *shop, const char *map, const struct sp_flow *flow);
/* Whether it is there with this pod. */
bool shop_has_flow(const struct shop *shop, const char *map, uint32_t place);

bool shop_is_tcp(const struct shop *shop);
const char *shop_name(const struct shop *shop);

/* Seconds of CLOCK_MONOTONIC. */
uint32_t shop_now_s(void);

/* A rule, tried with a fresh shop like each service of the cast that it is about. */
struct shop_row {
	enum { SHOP_ANY, SHOP_TCP, SHOP_UDP } kind;
	const char *sentence;
	bool (*run)(void);
};

void shop_run_rows(struct shop *shop, const struct shop_row *rows, size_t len);
/* All of a program that has no other rows. */
int shop_main(struct shop *shop, const struct shop_row *rows, size_t len);

#endif
