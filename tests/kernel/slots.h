/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots of the one service of a test, and what is remembered for them. */
#ifndef SLOTS_H
#define SLOTS_H

#include "kernel/settle.h"

#define SLOTS_VIP "192.0.2.1:80/tcp"

/* The live table of the one service, as packets see it. */
struct view {
	struct kernel *kernel;
	uint32_t service;
	const struct sp_service_version *version;
	uint64_t *slots;
};

/* kernel_close() view.kernel. */
struct view view_open(void);

uint32_t count_slots(enum sp_slot_state state);

/* Whether the live table is one that moves. */
bool has_moved(void);

/* As if the slots had begun to move so much earlier. */
void make_older(uint32_t seconds);

/* The flow of client `number` of many; of the first one from there on whose slot moves.
 */
struct sp_flow_key make_client(uint32_t number);
struct sp_flow_key find_moving_client(uint32_t from);

/* Remember a flow, last seen so long ago. */
void put_flow(const struct sp_flow_key *key, const char *pod, uint32_t idle_s);
bool has_flow(const struct sp_flow_key *key);

#endif
