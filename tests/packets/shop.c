/* SPDX-License-Identifier: BSD-2-Clause */
/* Services made for one row. */
#include "shop.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <time.h>

#include <bpf/bpf.h>

#define SHOP_FIRST 7000 /* beyond the cast's numbers */
#define SHOP_SLOTS 7

uint32_t shop_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_sec;
}

uint32_t shop_pod(const struct shop *shop, uint32_t place)
{
	return shop->at.number * SHOP_PODS + place;
}

bool shop_is_tcp(const struct shop *shop)
{
	return shop->at.vip.protocol == IPPROTO_TCP;
}

const char *shop_name(const struct shop *shop)
{
	return cast_name(&shop->at);
}

void shop_set_slots(const struct shop *shop, sp_slot slot)
{
	__u64 words[SHOP_SLOTS];

	for (int i = 0; i < SHOP_SLOTS; i++)
		words[i] = slot;
	loaded_set_words(shop->at.number * LOADED_TABLE_STEP, words, SHOP_SLOTS);
}

void shop_move(
	const struct shop *shop, uint32_t current, uint32_t previous, int seconds_ago)
{
	shop_set_slots(
		shop, sp_slot_moved(shop_pod(shop, current), shop_pod(shop, previous),
			      (uint32_t)((int)shop_now_s() - seconds_ago)));
}

void shop_write_pod(const struct shop *shop, uint32_t place)
{
	loaded_set_pod(shop_pod(shop, place), &shop->pods[place]);
}

void shop_write_service(const struct shop *shop)
{
	loaded_set_service(shop->at.number, &shop->service);
}

void shop_set_state(struct shop *shop, uint32_t place, enum sp_pod_state state)
{
	shop->pods[place].versions[0].state = (__u8)state;
	shop_write_pod(shop, place);
}

void shop_open(struct shop *shop, uint32_t place)
{
	static uint32_t number = SHOP_FIRST;

	*shop = (struct shop){.at = cast[place], .client_port = 40000};
	shop->at.number = number++;
	shop->at.vip.port = htons((uint16_t)shop->at.number);
	loaded_add(&shop->at);
	shop->service = loaded_service_of(&shop->at);
	for (uint32_t i = 0; i < SHOP_PODS; i++) {
		struct loaded_service one = shop->at;

		one.pod.port = htons((uint16_t)shop_pod(shop, i));
		shop->pods[i] = loaded_pod_of(&one);
		shop->pods[i].born = 1;
		shop_write_pod(shop, i);
		loaded_set_back(&one.pod, shop_pod(shop, i));
	}
	shop_set_slots(shop, sp_slot_clean(shop_pod(shop, 0)));
	loaded_set_generation(1);
	loaded_set_times(SHOP_WINDOW_S, SP_TCP_IDLE_S, SP_UDP_IDLE_S);
}

struct frame shop_frame(const struct shop *shop, enum shop_packet packet)
{
	static const uint8_t flags[] = {[SHOP_SYN] = 0x02,
		[SHOP_SYN_ACK] = 0x12,
		[SHOP_DATA] = 0x18,
		[SHOP_FIN] = 0x11,
		[SHOP_RST] = 0x04};
	struct frame frame = frame_to_vip(&shop->at);

	frame.source.port = htons(shop->client_port);
	frame.tcp_flags = flags[packet];
	return frame;
}

bool shop_reaches(struct shop *shop, enum shop_packet packet, uint32_t place)
{
	struct frame in = shop_frame(shop, packet), out;

	shop->at.pod = shop->pods[place].at;
	out = frame_to_pod(&shop->at);
	out.source.port = in.source.port;
	out.tcp_flags = in.tcp_flags;
	return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
}

static struct sp_flow_key shop_flow_key(const struct shop *shop)
{
	struct sp_flow_key key = {
		.client = frame_to_vip(&shop->at).source, .service = shop->at.number};

	key.client.port = htons(shop->client_port);
	return key;
}

bool shop_find_flow(const struct shop *shop, const char *map, struct sp_flow *ret_flow)
{
	struct sp_flow_key key = shop_flow_key(shop);

	return !bpf_map_lookup_elem(loaded_map_fd(map), &key, ret_flow);
}

void shop_write_flow(const struct shop *shop, const char *map, const struct sp_flow *flow)
{
	struct sp_flow_key key = shop_flow_key(shop);

	if (bpf_map_update_elem(loaded_map_fd(map), &key, flow, BPF_ANY))
		abort();
}

bool shop_has_flow(const struct shop *shop, const char *map, uint32_t place)
{
	struct sp_flow flow;

	return shop_find_flow(shop, map, &flow) && flow.pod == shop_pod(shop, place) &&
	       flow.born == shop->pods[place].born;
}

static void shop_run_row(struct shop *shop, const struct shop_row *row, uint32_t place)
{
	bool passed;

	shop_open(shop, place);
	if (row->kind == (shop_is_tcp(shop) ? SHOP_UDP : SHOP_TCP))
		return;
	passed = row->run();
	row_count(passed, "%s: %s", shop_name(shop), row->sentence);
}

void shop_run_rows(struct shop *shop, const struct shop_row *rows, size_t len)
{
	for (size_t i = 0; i < len; i++)
		for (uint32_t place = 0; place < CAST; place++)
			shop_run_row(shop, &rows[i], place);
}

int shop_main(struct shop *shop, const struct shop_row *rows, size_t len)
{
	rows_open();
	shop_run_rows(shop, rows, len);
	return rows_close();
}
