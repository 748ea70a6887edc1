/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots that are clean, moving or pinned, and the flows that are remembered for them. */
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
	move(SHOP_WINDOW_S - 2);
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
	move(SHOP_OVER_S);
	return reaches(SHOP_DATA, OLD);
}

static bool row_pinned_unknown(void)
{
	move(SHOP_OVER_S);
	return reaches(SHOP_SYN, NEW) && reaches(SHOP_DATA, NEW) && has_no_flow();
}

static bool row_settings(void)
{
	bool right;

	loaded_set_times(5, SP_TCP_IDLE_S, SP_UDP_IDLE_S);
	move(5);
	right = reaches(SHOP_DATA, NEW) && has_no_flow();
	move(3);
	right &= reaches(SHOP_DATA, OLD);
	loaded_set_times(SHOP_WINDOW_S, SP_TCP_IDLE_S, SP_UDP_IDLE_S);
	return right;
}

/* The window got longer when the slot's own was over. */
static bool row_longer_window(void)
{
	bool right;

	move(4);
	loaded_set_over(shop_now_s() - 3);
	right = reaches(SHOP_DATA, NEW) && has_no_flow();
	loaded_set_over(shop_now_s() - 4);
	move(3);
	right &= reaches(SHOP_DATA, OLD);
	loaded_set_over(0);
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

/* The slot moves on between a flow's SYN and its next packet. */
static bool row_moves_again(void)
{
	move(1);
	if (!reaches(SHOP_SYN, NEW))
		return false;
	shop_move(&shop, OTHER, OLD, 0);
	return reaches(SHOP_DATA, NEW) && shop_has_flow(&shop, FLOWS, NEW);
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

static const struct shop_row rows[] = {
	{SHOP_ANY, "a clean slot remembers no flow", row_clean},
	{SHOP_TCP, "moving: a SYN goes to the current pod and is remembered",
		row_new_flow},
	{SHOP_TCP, "moving: a new flow's second packet pins it", row_new_flow_lives},
	{SHOP_TCP, "moving: a SYN may come again, before and after", row_syn_again},
	{SHOP_TCP, "moving: SYN with ACK begins no flow", row_syn_ack},
	{SHOP_ANY, "moving: an older flow stays on its pod, pinned", row_older_flow},
	{SHOP_ANY, "moving: until the last second of the window", row_last_second},
	{SHOP_ANY, "moving: to a clock that lags behind, too", row_clock_behind},
	{SHOP_ANY, "a pin outlives the window", row_pin_outlives_window},
	{SHOP_ANY, "pinned: an unknown flow goes to the current pod, not remembered",
		row_pinned_unknown},
	{SHOP_ANY, "the window is a setting", row_settings},
	{SHOP_ANY, "a longer window wakes no slot that was over", row_longer_window},
	{SHOP_ANY, "moving: a previous pod that is gone is no target", row_previous_gone},
	{SHOP_ANY, "moving: a previous pod that drains keeps its flows",
		row_previous_draining},
	{SHOP_ANY, "moving: a previous pod of another service is no target",
		row_previous_other_service},
	{SHOP_ANY, "moving: without a previous pod all go to the current one",
		row_no_previous},
	{SHOP_TCP, "a slot moves on before a new flow's second packet", row_moves_again},
	{SHOP_TCP, "an older and a newer flow of one client", row_two_flows},
};

int main(void)
{
	return shop_main(&shop, rows, sizeof(rows) / sizeof(rows[0]));
}
