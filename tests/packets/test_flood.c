/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps that are full, and floods of packets from clients that do not exist. */
#include <arpa/inet.h>

#include "shop.h"

#define OLD 0
#define NEW 1

#define FLOWS "sp_flows"
#define SYNS "sp_syns"
#define SESSIONS "sp_sessions"
#define WAYS "sp_ways"

#define FLOWS_SIZE 64
#define SYNS_SIZE 512
#define FLOOD 4000
#define FIRST_PORT 20000

static struct shop shop;

static bool reaches(uint16_t flow, enum shop_packet packet, uint32_t place)
{
	shop.client_port = FIRST_PORT + flow;
	return shop_reaches(&shop, packet, place);
}

/* Forget what the rows before have left. */
static void start(int seconds_ago)
{
	static const char *const maps[] = {FLOWS, SYNS, SESSIONS, WAYS};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		loaded_clear(maps[i]);
	if (seconds_ago >= 0)
		shop_move(&shop, NEW, OLD, seconds_ago);
}

/* Packets of different addresses and ports, none of them those of the rows' flows. */
static void flood(enum shop_packet packet)
{
	struct frame frame = shop_frame(&shop, packet);
	uint8_t bytes[FRAME_MAX];

	for (uint32_t i = 0; i < FLOOD; i++) {
		frame.source.addr.word[3] = htonl(0x64000000 + i * 251);
		frame.source.port = htons((uint16_t)(1024 + i * 7));
		loaded_send(bytes, frame_build(&frame, bytes), NETWORK_CLIENT);
	}
}

/* `count` older flows, from the first on. */
static bool older_flows_stay(uint16_t count)
{
	bool right = true;

	for (uint16_t flow = 0; flow < count; flow++)
		right &= reaches(flow, SHOP_DATA, OLD);
	return right;
}

static bool row_full(void)
{
	long events;
	bool right;

	start(1);
	right = older_flows_stay(FLOWS_SIZE);
	events = loaded_read_event(SP_EVENT_FLOWS_FULL);
	right &= reaches(FLOWS_SIZE, SHOP_DATA, OLD);
	return right && loaded_read_event(SP_EVENT_FLOWS_FULL) == events + 1 &&
	       !shop_has_flow(&shop, FLOWS, OLD) && loaded_count(FLOWS) == FLOWS_SIZE;
}

static bool row_full_stays(void)
{
	bool right;

	start(1);
	right = older_flows_stay(FLOWS_SIZE + 1);
	shop_move(&shop, NEW, OLD, SHOP_OVER_S);
	return right && older_flows_stay(FLOWS_SIZE) &&
	       reaches(FLOWS_SIZE, SHOP_DATA, NEW);
}

static bool row_full_new_flow(void)
{
	struct sp_flow syn;
	bool right;

	start(1);
	right = older_flows_stay(FLOWS_SIZE);
	right &= reaches(FLOWS_SIZE, SHOP_SYN, NEW);
	if (!shop_find_flow(&shop, SYNS, &syn))
		return false;
	syn.seen_s -= 50;
	shop_write_flow(&shop, SYNS, &syn);
	right &= reaches(FLOWS_SIZE, SHOP_DATA, NEW) &&
		 reaches(FLOWS_SIZE, SHOP_DATA, NEW);
	return right && shop_find_flow(&shop, SYNS, &syn) &&
	       shop_now_s() - syn.seen_s <= 1;
}

static bool row_full_lost(void)
{
	bool right;

	start(1);
	right = older_flows_stay(FLOWS_SIZE);
	shop_set_state(&shop, OLD, SP_POD_GONE);
	right &= reaches(3, SHOP_DATA, NEW);
	return right && shop_has_flow(&shop, FLOWS, NEW);
}

static bool row_room_again(void)
{
	bool right;

	start(1);
	right = older_flows_stay(FLOWS_SIZE + 1);
	loaded_clear(FLOWS);
	return right && reaches(FLOWS_SIZE, SHOP_DATA, OLD) &&
	       shop_has_flow(&shop, FLOWS, OLD);
}

static bool row_flood_clean(void)
{
	start(-1);
	flood(SHOP_SYN);
	flood(SHOP_DATA);
	return !loaded_count(FLOWS) && !loaded_count(SYNS) && !loaded_count(SESSIONS) &&
	       !loaded_count(WAYS);
}

static bool row_flood_moving(void)
{
	bool right;

	start(1);
	right = older_flows_stay(FLOWS_SIZE / 2);
	flood(SHOP_SYN);
	right &= loaded_count(FLOWS) == FLOWS_SIZE / 2;
	right &= loaded_count(SYNS) <= SYNS_SIZE;
	/* And there is room for flows that are alive. */
	right &= reaches(100, SHOP_SYN, NEW) && reaches(100, SHOP_DATA, NEW) &&
		 shop_has_flow(&shop, FLOWS, NEW);
	right &= reaches(101, SHOP_DATA, OLD) && shop_has_flow(&shop, FLOWS, OLD);
	shop_move(&shop, NEW, OLD, SHOP_OVER_S);
	return right && older_flows_stay(FLOWS_SIZE / 2) && reaches(100, SHOP_DATA, NEW);
}

static bool row_flood_pinned(void)
{
	bool right;

	start(1);
	right = older_flows_stay(FLOWS_SIZE / 2);
	shop_move(&shop, NEW, OLD, SHOP_OVER_S);
	flood(SHOP_SYN);
	flood(SHOP_DATA);
	return right && loaded_count(FLOWS) == FLOWS_SIZE / 2 && !loaded_count(SYNS) &&
	       older_flows_stay(FLOWS_SIZE / 2);
}

static bool row_flood_of_others(void)
{
	bool right;

	start(1);
	right = older_flows_stay(FLOWS_SIZE / 2);
	flood(SHOP_DATA);
	right &= loaded_count(FLOWS) == FLOWS_SIZE;
	shop_move(&shop, NEW, OLD, SHOP_OVER_S);
	return right && older_flows_stay(FLOWS_SIZE / 2);
}

static bool row_flood_sessions(void)
{
	start(-1);
	shop.service.versions[0].session_timeout_s = 3600;
	shop_write_service(&shop);
	flood(SHOP_SYN);
	return !loaded_count(SESSIONS);
}

static const struct shop_row rows[] = {
	{SHOP_ANY, "sp_flows is full: an older flow goes on, unpinned", row_full},
	{SHOP_ANY, "sp_flows is full: no pin is pushed out", row_full_stays},
	{SHOP_TCP, "sp_flows is full: a new flow stays with its SYN's pod",
		row_full_new_flow},
	{SHOP_ANY, "sp_flows is full: a flow whose pod dies moves for good",
		row_full_lost},
	{SHOP_ANY, "sp_flows has room again: the next packet pins", row_room_again},
	{SHOP_ANY, "clean: a flood leaves nothing", row_flood_clean},
	{SHOP_TCP, "moving: a flood of SYNs pushes out no pin and takes no room",
		row_flood_moving},
	{SHOP_ANY, "pinned: a flood leaves nothing", row_flood_pinned},
	{SHOP_ANY, "moving: a flood of others fills sp_flows and pushes out no pin",
		row_flood_of_others},
	{SHOP_TCP, "a flood of SYNs makes no session", row_flood_sessions},
};

int main(void)
{
	loaded_set_size(FLOWS, FLOWS_SIZE);
	loaded_set_size(SYNS, SYNS_SIZE);
	loaded_set_size(SESSIONS, SYNS_SIZE);
	rows_open();
	shop_run_rows(&shop, rows, sizeof(rows) / sizeof(rows[0]));
	return rows_close();
}
