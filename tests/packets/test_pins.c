/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a flow that is remembered keeps its pod: deaths, silence, ends. */
#include "shop.h"

/* Pod 0 was the slot's pod, pod 1 is it now. */
#define OLD 0
#define NEW 1
#define OTHER 2

#define FLOWS "sp_flows"
#define SYNS "sp_syns"

static struct shop shop;

static bool reaches(enum shop_packet packet, uint32_t place)
{
	return shop_reaches(&shop, packet, place);
}

static void move(int seconds_ago)
{
	shop_move(&shop, NEW, OLD, seconds_ago);
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
	move(SHOP_OVER_S);
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

	move(SHOP_OVER_S);
	write_old_flow(idle_s - 2, 0);
	before = reaches(SHOP_DATA, OLD);
	write_old_flow(idle_s + SP_FLOW_STEP_S, 0);
	return before && reaches(SHOP_DATA, NEW);
}

static bool row_refresh(void)
{
	struct sp_flow flow;

	move(SHOP_OVER_S);
	write_old_flow(SP_FLOW_STEP_S + 1, 0); /* for a clock that lags behind, too */
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
	move(SHOP_OVER_S);
	write_old_flow(SP_UDP_IDLE_S + SP_FLOW_STEP_S, 1);
	return reaches(SHOP_DATA, NEW);
}

static bool row_port_again(void)
{
	move(1);
	return reaches(SHOP_DATA, OLD) && reaches(SHOP_FIN, OLD) &&
	       reaches(SHOP_SYN, NEW) && reaches(SHOP_DATA, NEW) &&
	       shop_has_flow(&shop, FLOWS, NEW);
}

static const struct shop_row rows[] = {
	{SHOP_ANY, "moving: a pinned flow's pod dies, the flow moves at once",
		row_pod_dies},
	{SHOP_ANY, "pinned: a pinned flow's pod dies, the flow moves at once",
		row_pod_dies_pinned},
	{SHOP_ANY, "a pod that was born under a dead one's number is not its successor",
		row_number_is_used_again},
	{SHOP_ANY, "a pinned flow does not follow its pod to another service",
		row_pod_changes_service},
	{SHOP_ANY, "a pinned flow stays on a pod that drains", row_pod_drains},
	{SHOP_ANY, "a flow with a pod number out of range", row_number_out_of_range},
	{SHOP_TCP, "a new flow's pod dies before its second packet", row_new_pod_dies},
	{SHOP_TCP, "a SYN of long ago is not believed", row_stale_syn},
	{SHOP_ANY, "a flow that is silent for too long is forgotten", row_idle},
	{SHOP_ANY, "a flow that was not seen for a while grows younger", row_refresh},
	{SHOP_TCP, "a FIN marks the flow, which goes on", row_closed},
	{SHOP_TCP, "a reset marks the flow", row_reset},
	{SHOP_TCP, "a closed flow is forgotten earlier", row_closed_idle},
	{SHOP_TCP, "a closed flow's port begins a new one", row_port_again},
};

int main(void)
{
	return shop_main(&shop, rows, sizeof(rows) / sizeof(rows[0]));
}
