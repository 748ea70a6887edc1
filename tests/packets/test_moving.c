/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots that are clean, moving or pinned, and the flows that are remembered for them. */
#include <stdio.h>

#include "shop.h"

/* Pod 0 was the slot's pod, pod 1 is it now. */
#define OLD 0
#define NEW 1
#define OTHER 2

#define FLOWS "sp_flows"
#define SYNS "sp_syns"

static struct shop shop;

static bool has_no_flow(void)
{
	struct sp_flow flow;

	return !shop_find_flow(&shop, FLOWS, &flow) &&
	       !shop_find_flow(&shop, SYNS, &flow);
}

static bool reaches(enum shop_packet packet, uint32_t place)
{
	return shop_reaches(&shop, packet, place);
}

static void move(int seconds_ago)
{
	shop_move(&shop, NEW, OLD, seconds_ago);
}

static bool row_clean(void)
{
	return reaches(SHOP_SYN, OLD) && reaches(SHOP_DATA, OLD) &&
	       reaches(SHOP_FIN, OLD) && has_no_flow();
}

static bool row_new_flow(void)
{
	long events = loaded_read_event(SP_EVENT_SYN_REMEMBERED);
	struct sp_flow flow;

	move(1);
	return reaches(SHOP_SYN, NEW) && shop_has_flow(&shop, SYNS, NEW) &&
	       !shop_find_flow(&shop, FLOWS, &flow) &&
	       loaded_read_event(SP_EVENT_SYN_REMEMBERED) == events + 1;
}

static bool row_new_flow_lives(void)
{
	long events = loaded_read_event(SP_EVENT_FLOW_PINNED);
	struct sp_flow flow;

	move(1);
	return reaches(SHOP_SYN, NEW) && reaches(SHOP_DATA, NEW) &&
	       shop_has_flow(&shop, FLOWS, NEW) && !shop_find_flow(&shop, SYNS, &flow) &&
	       reaches(SHOP_DATA, NEW) &&
	       loaded_read_event(SP_EVENT_FLOW_PINNED) == events + 1;
}

static bool row_syn_again(void)
{
	move(1);
	return reaches(SHOP_SYN, NEW) && reaches(SHOP_SYN, NEW) &&
	       reaches(SHOP_DATA, NEW) && reaches(SHOP_SYN, NEW) &&
	       shop_has_flow(&shop, FLOWS, NEW);
}

static bool row_older_flow(void)
{
	long events = loaded_read_event(SP_EVENT_FLOW_PINNED);

	move(1);
	return reaches(SHOP_DATA, OLD) && shop_has_flow(&shop, FLOWS, OLD) &&
	       reaches(SHOP_DATA, OLD) && reaches(SHOP_FIN, OLD) &&
	       loaded_read_event(SP_EVENT_FLOW_PINNED) == events + 1;
}

static bool row_syn_ack(void)
{
	move(1);
	return reaches(SHOP_SYN_ACK, OLD) && shop_has_flow(&shop, FLOWS, OLD);
}

static bool row_last_second(void)
{
	move(SP_WINDOW_S - 2);
	return reaches(SHOP_DATA, OLD);
}

/* The slot was stamped by a finer clock, the next second has begun there. */
static bool row_clock_behind(void)
{
	move(-1);
	return reaches(SHOP_DATA, OLD);
}

static bool row_pin_outlives_window(void)
{
	move(1);
	if (!reaches(SHOP_DATA, OLD))
		return false;
	move(SP_WINDOW_S);
	return reaches(SHOP_DATA, OLD);
}

static bool row_pinned_unknown(void)
{
	move(SP_WINDOW_S);
	return reaches(SHOP_SYN, NEW) && reaches(SHOP_DATA, NEW) && has_no_flow();
}

static bool row_settings(void)
{
	bool right;

	loaded_set_times(10, SP_TCP_IDLE_S, SP_UDP_IDLE_S);
	move(10);
	right = reaches(SHOP_DATA, NEW) && has_no_flow();
	move(7);
	right &= reaches(SHOP_DATA, OLD);
	loaded_set_times(SP_WINDOW_S, SP_TCP_IDLE_S, SP_UDP_IDLE_S);
	return right;
}

static bool row_previous_gone(void)
{
	shop_set_state(&shop, OLD, SP_POD_GONE);
	move(1);
	return reaches(SHOP_DATA, NEW) && has_no_flow();
}

static bool row_previous_draining(void)
{
	shop_set_state(&shop, OLD, SP_POD_DRAINING);
	move(1);
	return reaches(SHOP_DATA, OLD) && shop_has_flow(&shop, FLOWS, OLD);
}

static bool row_previous_other_service(void)
{
	shop.pods[OLD].versions[0].service = shop.at.number + 1;
	shop_write_pod(&shop, OLD);
	move(1);
	return reaches(SHOP_DATA, NEW) && has_no_flow();
}

static bool row_no_previous(void)
{
	shop_set_slots(
		&shop, sp_slot_moved(shop_pod(&shop, NEW), SP_POD_NONE, shop_now_s()));
	return reaches(SHOP_DATA, NEW) && has_no_flow();
}

/* The old pod's flow goes where the slot says, at once and from then on. */
static bool flow_is_lost(void)
{
	long events = loaded_read_event(SP_EVENT_FLOW_LOST);

	return reaches(SHOP_DATA, NEW) && shop_has_flow(&shop, FLOWS, NEW) &&
	       reaches(SHOP_DATA, NEW) &&
	       loaded_read_event(SP_EVENT_FLOW_LOST) == events + 1;
}

static bool row_pod_dies(void)
{
	move(1);
	if (!reaches(SHOP_DATA, OLD))
		return false;
	shop_set_state(&shop, OLD, SP_POD_GONE);
	return flow_is_lost();
}

static bool row_pod_dies_pinned(void)
{
	move(1);
	if (!reaches(SHOP_DATA, OLD))
		return false;
	move(SP_WINDOW_S);
	shop_set_state(&shop, OLD, SP_POD_GONE);
	return flow_is_lost();
}

static bool row_number_is_used_again(void)
{
	move(1);
	if (!reaches(SHOP_DATA, OLD))
		return false;
	shop.pods[OLD].born = 2;
	shop_write_pod(&shop, OLD);
	return flow_is_lost();
}

static bool row_pod_changes_service(void)
{
	move(1);
	if (!reaches(SHOP_DATA, OLD))
		return false;
	shop.pods[OLD].versions[0].service = shop.at.number + 1;
	shop_write_pod(&shop, OLD);
	return flow_is_lost();
}

static bool row_pod_drains(void)
{
	move(1);
	if (!reaches(SHOP_DATA, OLD))
		return false;
	shop_set_state(&shop, OLD, SP_POD_DRAINING);
	return reaches(SHOP_DATA, OLD);
}

static bool row_number_out_of_range(void)
{
	struct sp_flow flow = {.pod = SP_PODS_MAX, .born = 1, .seen_s = shop_now_s()};

	move(1);
	shop_write_flow(&shop, FLOWS, &flow);
	return flow_is_lost();
}

static bool row_new_pod_dies(void)
{
	long events = loaded_read_event(SP_EVENT_FLOW_LOST);

	move(1);
	if (!reaches(SHOP_SYN, NEW))
		return false;
	shop_set_state(&shop, NEW, SP_POD_GONE);
	shop_move(&shop, OTHER, OLD, 0);
	return reaches(SHOP_DATA, OTHER) && shop_has_flow(&shop, FLOWS, OTHER) &&
	       loaded_read_event(SP_EVENT_FLOW_LOST) == events + 1;
}

/* The slot moves on between a flow's SYN and its next packet. */
static bool row_moves_again(void)
{
	move(1);
	if (!reaches(SHOP_SYN, NEW))
		return false;
	shop_move(&shop, OTHER, OLD, 0);
	return reaches(SHOP_DATA, NEW) && shop_has_flow(&shop, FLOWS, NEW);
}

/* A SYN that nobody followed up says nothing about an older flow of these ports. */
static bool row_stale_syn(void)
{
	struct sp_flow flow = {
		.pod = shop_pod(&shop, OTHER), .born = 1, .seen_s = shop_now_s() - 61};

	move(1);
	shop_write_flow(&shop, SYNS, &flow);
	return reaches(SHOP_DATA, OLD) && shop_has_flow(&shop, FLOWS, OLD);
}

static void write_old_flow(uint32_t idle_s, uint32_t closed)
{
	struct sp_flow flow = {.pod = shop_pod(&shop, OLD),
		.born = 1,
		.seen_s = shop_now_s() - idle_s,
		.closed = closed};

	shop_write_flow(&shop, FLOWS, &flow);
}

static bool row_idle(void)
{
	uint32_t idle_s = shop_is_tcp(&shop) ? SP_TCP_IDLE_S : SP_UDP_IDLE_S;
	bool before;

	move(SP_WINDOW_S);
	write_old_flow(idle_s - 2, 0);
	before = reaches(SHOP_DATA, OLD);
	write_old_flow(idle_s, 0);
	return before && reaches(SHOP_DATA, NEW);
}

static bool row_refresh(void)
{
	struct sp_flow flow;

	move(SP_WINDOW_S);
	write_old_flow(SP_UDP_IDLE_S / 2, 0);
	return reaches(SHOP_DATA, OLD) && shop_find_flow(&shop, FLOWS, &flow) &&
	       shop_now_s() - flow.seen_s <= 1;
}

static bool row_fin(enum shop_packet packet)
{
	struct sp_flow flow;

	move(1);
	return reaches(SHOP_DATA, OLD) && shop_find_flow(&shop, FLOWS, &flow) &&
	       !flow.closed && reaches(packet, OLD) && reaches(SHOP_DATA, OLD) &&
	       shop_find_flow(&shop, FLOWS, &flow) && flow.closed;
}

static bool row_closed(void)
{
	return row_fin(SHOP_FIN);
}

static bool row_reset(void)
{
	return row_fin(SHOP_RST);
}

static bool row_closed_idle(void)
{
	move(SP_WINDOW_S);
	write_old_flow(SP_UDP_IDLE_S, 1);
	return reaches(SHOP_DATA, NEW);
}

static bool row_port_again(void)
{
	move(1);
	return reaches(SHOP_DATA, OLD) && reaches(SHOP_FIN, OLD) &&
	       reaches(SHOP_SYN, NEW) && reaches(SHOP_DATA, NEW) &&
	       shop_has_flow(&shop, FLOWS, NEW);
}

static bool row_two_flows(void)
{
	bool right;

	move(1);
	right = reaches(SHOP_DATA, OLD);
	shop.client_port++;
	right &= reaches(SHOP_SYN, NEW) && reaches(SHOP_DATA, NEW);
	shop.client_port--;
	return right && reaches(SHOP_DATA, OLD);
}

enum kind {
	BOTH,
	TCP,
	UDP,
};

static const struct {
	enum kind kind;
	const char *sentence;
	bool (*run)(void);
} rows[] = {
	{BOTH, "a clean slot remembers no flow", row_clean},
	{TCP, "moving: a SYN goes to the current pod and is remembered", row_new_flow},
	{TCP, "moving: a new flow's second packet pins it", row_new_flow_lives},
	{TCP, "moving: a SYN may come again, before and after", row_syn_again},
	{TCP, "moving: SYN with ACK begins no flow", row_syn_ack},
	{BOTH, "moving: an older flow stays on its pod, pinned", row_older_flow},
	{BOTH, "moving: until the last second of the window", row_last_second},
	{BOTH, "moving: to a clock that lags behind, too", row_clock_behind},
	{BOTH, "a pin outlives the window", row_pin_outlives_window},
	{BOTH, "pinned: an unknown flow goes to the current pod, not remembered",
		row_pinned_unknown},
	{BOTH, "the window is a setting", row_settings},
	{BOTH, "moving: a previous pod that is gone is no target", row_previous_gone},
	{BOTH, "moving: a previous pod that drains keeps its flows",
		row_previous_draining},
	{BOTH, "moving: a previous pod of another service is no target",
		row_previous_other_service},
	{BOTH, "moving: without a previous pod all go to the current one",
		row_no_previous},
	{BOTH, "moving: a pinned flow's pod dies, the flow moves at once", row_pod_dies},
	{BOTH, "pinned: a pinned flow's pod dies, the flow moves at once",
		row_pod_dies_pinned},
	{BOTH, "a pod that was born under a dead one's number is not its successor",
		row_number_is_used_again},
	{BOTH, "a pinned flow does not follow its pod to another service",
		row_pod_changes_service},
	{BOTH, "a pinned flow stays on a pod that drains", row_pod_drains},
	{BOTH, "a flow with a pod number out of range", row_number_out_of_range},
	{TCP, "a new flow's pod dies before its second packet", row_new_pod_dies},
	{TCP, "a slot moves on before a new flow's second packet", row_moves_again},
	{TCP, "a SYN of long ago is not believed", row_stale_syn},
	{BOTH, "a flow that is silent for too long is forgotten", row_idle},
	{BOTH, "each second with a packet makes a flow younger", row_refresh},
	{TCP, "a FIN marks the flow, which goes on", row_closed},
	{TCP, "a reset marks the flow", row_reset},
	{TCP, "a closed flow is forgotten earlier", row_closed_idle},
	{TCP, "a closed flow's port begins a new one", row_port_again},
	{TCP, "an older and a newer flow of one client", row_two_flows},
};

static void row_run(size_t row, uint32_t place)
{
	bool passed;

	shop_open(&shop, place);
	if (rows[row].kind == (shop_is_tcp(&shop) ? UDP : TCP))
		return;
	passed = rows[row].run();
	row_count(passed, "%s: %s", shop_name(&shop), rows[row].sentence);
}

int main(void)
{
	rows_open();
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		for (uint32_t place = 0; place < CAST; place++)
			row_run(row, place);
	return rows_close();
}
