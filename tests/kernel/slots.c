/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots of the one service of a test, and what is remembered for them. */
#include "slots.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "../unit/test.h"
#include "slot.h"
#include "world.h"

struct view view_open(void)
{
	struct view view = {0};
	struct diags diags = {0};
	long number = world_service_number(SLOTS_VIP);

	if (number < 0 ||
		kernel_open(WORLD_PIN_DIR, KERNEL_WRITE, &view.kernel, &diags) ||
		words_open(view.kernel, &diags))
		abort();
	view.service = (uint32_t)number;
	view.version = service_live(
		&view.kernel->services[number], view.kernel->state->generation);
	if (slots_reach(view.kernel, view.version, &view.slots, &diags))
		abort();
	diags_done(&diags);
	return view;
}

uint32_t count_slots(enum sp_slot_state state)
{
	struct view view = view_open();
	uint32_t now_s = clock_now_s(), len = 0;

	for (uint32_t i = 0; i < view.version->size; i++)
		len += sp_slot_state(view.slots[i], now_s, &view.kernel->state->window) ==
		       state;
	kernel_close(view.kernel);
	return len;
}

bool has_moved(void)
{
	struct view view = view_open();
	bool moved = view.version->moved;

	kernel_close(view.kernel);
	return moved;
}

/* As if the slots had begun to move so much earlier. */
void make_older(uint32_t seconds)
{
	struct view view = view_open();

	for (uint32_t i = 0; i < view.version->size; i++)
		if (!sp_slot_is_clean(view.slots[i]))
			view.slots[i] -= (uint64_t)seconds << SP_SLOT_MOVED_SHIFT;
	kernel_close(view.kernel);
}

struct sp_flow_key make_client(uint32_t number)
{
	return (struct sp_flow_key){
		.client = {.addr = sp_addr_from_v4(htonl(0xcb007100 + number)),
			.port = htons(4000),
			.protocol = IPPROTO_TCP},
		.service = (uint32_t)world_service_number(SLOTS_VIP),
	};
}

/* A client whose slot moves. */
struct sp_flow_key find_moving_client(uint32_t from)
{
	struct view view = view_open();
	struct sp_flow_key key;
	long slot;

	do {
		key = make_client(from++);
		slot = slot_of_client(
			view.kernel, view.service, view.version, &key.client);
	} while (slot < 0 || sp_slot_is_clean(view.slots[slot]));
	kernel_close(view.kernel);
	return key;
}

void put_flow(const struct sp_flow_key *key, const char *pod, uint32_t idle_s)
{
	struct view view = view_open();
	uint32_t number = (uint32_t)world_pod_number(pod);
	const struct sp_flow flow = {
		.pod = number,
		.born = view.kernel->pods[number].born,
		.seen_s = clock_now_s() - idle_s,
	};

	EXPECT_EQ(bpf_map_update_elem(view.kernel->maps[MAP_FLOWS], key, &flow, BPF_ANY),
		0);
	kernel_close(view.kernel);
}

bool has_flow(const struct sp_flow_key *key)
{
	struct view view = view_open();
	struct sp_flow flow;
	bool found = !bpf_map_lookup_elem(view.kernel->maps[MAP_FLOWS], key, &flow);

	kernel_close(view.kernel);
	return found;
}
