/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors, compared byte by byte: they go to who has sent the packet that they quote,
 * and speak of the packet as that one has sent it. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "error.h"
#include "shop.h"

#define TRANSPORT_LEN 8 /* that a quote must have */
#define TCP_HALF_CHECK 17

static bool is_v6(const struct loaded_service *service)
{
	return !sp_addr_is_v4(&service->vip.addr);
}

static void rows_of_cast(void)
{
	for (int place = 0; place < CAST; place++) {
		const struct loaded_service *service = &cast[place];
		const struct error_kind *kinds =
			is_v6(service) ? error_kinds_v6 : error_kinds_v4;
		size_t len = is_v6(service) ? ERROR_KINDS_V6 : ERROR_KINDS_V4;
		struct error error;

		for (size_t way = 0; way < ERROR_WAYS; way++) {
			for (size_t i = 0; i < len; i++) {
				error_ways[way].make(&error, service);
				error_set_kind(&error, &kinds[i]);
				row_count(error_goes(&error), "%s: type %u code %u, %s",
					cast_name(service), kinds[i].type, kinds[i].code,
					error_ways[way].sentence);
			}
		}
	}
}

/* Of a checksum that is cut in two, the half that is quoted stays as it is. */
static bool error_goes_halved(const struct error *error)
{
	uint8_t bytes[FRAME_MAX];
	size_t last = error->in.len - 1;

	message_build(&error->in, bytes);
	return error_goes_patched(error, last, bytes[message_at(&error->in) + 8 + last]);
}

static bool error_goes_shortened(const struct error *error, bool is_halved)
{
	return is_halved ? error_goes_halved(error) : error_goes(error);
}

/* Eight bytes of transport are enough, even without TCP's checksum. */
static void rows_of_lengths(const struct error_way *way)
{
	struct error error;

	for (int which = 0; which < 4; which++) {
		const struct loaded_service *service = error_service(which);
		size_t enough = error_ip_len(service) + TRANSPORT_LEN;
		size_t half = service->vip.protocol == IPPROTO_TCP
				      ? error_ip_len(service) + TCP_HALF_CHECK
				      : 0;

		for (size_t len = 0; len <= error_quote_len(service); len++) {
			way->make(&error, service);
			error_set_len(&error, len);
			row_count(len < enough
					  ? error_stays(&error, SP_REASON_TRUNCATED)
					  : error_goes_shortened(&error, len == half),
				"%s: %zu bytes quoted, %s", cast_name(service), len,
				way->sentence);
		}
	}
}

/* The frame ends before the message does. */
static void rows_of_cuts(const struct error_way *way)
{
	struct error error;
	uint8_t bytes[FRAME_MAX];

	for (int which = 0; which < 4; which++) {
		size_t len;

		way->make(&error, error_service(which));
		len = message_build(&error.in, bytes);
		for (size_t cut = FRAME_ETH_LEN; cut < len; cut++)
			row_count(row_passes(bytes, cut, error.dev, SP_REASON_TRUNCATED),
				"%s: cut to %zu of %zu bytes, %s",
				cast_name(error_service(which)), cut, len, way->sentence);
	}
}

/* Quoted checksums and the message's own take every value. */
static void rows_of_chance(const struct error_way *way)
{
	struct error error;
	bool right = true;

	srandom(1);
	for (int i = 0; i < 2000; i++) {
		const struct loaded_service *service = &cast[random() % CAST];
		struct sp_endpoint *client;
		struct sp_addr peer;
		uint16_t start = (uint16_t)random();

		way->make(&error, service);
		client = error.dev == NETWORK_CLIENT ? &error.quoted_in.dest
						     : &error.quoted_in.source;
		client->port = (uint16_t)random();
		error.quoted_in.payload_start = error.quoted_out.payload_start = start;
		if (error.dev == NETWORK_CLIENT)
			error.quoted_out.dest = *client;
		else
			error.quoted_out.source = *client;
		error.in.rest = error.out.rest = (uint32_t)random();
		peer = error_router(service);
		peer.word[3] ^= htonl((uint32_t)random() & 0xffff);
		if (way->make != error_from_pod)
			error.in.source = error.out.source = peer;
		right &= error_goes(&error);
	}
	row_count(right, "2000 errors of random ports and checksums, %s", way->sentence);
}

/* --- Affinity: the pod is that of the flow --- */

static struct shop shop;

static bool error_finds(uint32_t place)
{
	struct loaded_service at = shop.at;
	struct error error;

	at.pod = shop.pods[place].at;
	error_to_pod(&error, &at);
	error.quoted_in.dest.port = error.quoted_out.dest.port = htons(shop.client_port);
	return error_goes(&error);
}

static bool row_clean(void)
{
	return error_finds(0);
}

static bool row_follows_pin(void)
{
	shop_move(&shop, 1, 0, 1);
	if (!shop_reaches(&shop, SHOP_DATA, 0))
		return false;
	shop_move(&shop, 1, 0, SHOP_OVER_S);
	return error_finds(0);
}

static bool row_has_no_pin(void)
{
	shop_move(&shop, 1, 0, SHOP_OVER_S);
	return error_finds(1);
}

static bool row_follows_syn(void)
{
	shop_move(&shop, 1, 0, 1);
	return shop_reaches(&shop, SHOP_SYN, 1) && error_finds(1);
}

static bool has_no_flow(const char *map)
{
	struct sp_flow flow;

	return !shop_find_flow(&shop, map, &flow);
}

/* Whoever forges errors makes nothing, and keeps nothing alive. */
static bool row_pins_nothing(void)
{
	shop_move(&shop, 1, 0, 1);
	return error_finds(0) && has_no_flow("sp_flows") && has_no_flow("sp_syns");
}

static bool row_proves_nothing(void)
{
	shop_move(&shop, 1, 0, 1);
	return shop_reaches(&shop, SHOP_SYN, 1) && error_finds(1) &&
	       shop_has_flow(&shop, "sp_syns", 1) && has_no_flow("sp_flows");
}

static bool row_refreshes_nothing(void)
{
	struct sp_flow flow = {.pod = shop_pod(&shop, 0),
		.born = 1,
		.seen_s = shop_now_s() - SP_FLOW_STEP_S - 2};
	struct sp_flow found;

	shop_move(&shop, 1, 0, SHOP_OVER_S);
	shop_write_flow(&shop, "sp_flows", &flow);
	return error_finds(0) && shop_find_flow(&shop, "sp_flows", &found) &&
	       found.seen_s == flow.seen_s;
}

static bool row_loses_nothing(void)
{
	shop_move(&shop, 1, 0, 1);
	if (!shop_reaches(&shop, SHOP_DATA, 0))
		return false;
	shop_set_state(&shop, 0, SP_POD_GONE);
	return error_finds(1) && !shop_has_flow(&shop, "sp_flows", 1);
}

static bool row_makes_no_session(void)
{
	uint32_t sessions = loaded_count("sp_sessions");

	shop.service.versions[0].session_timeout_s = 600;
	shop_write_service(&shop);
	return error_finds(0) && loaded_count("sp_sessions") == sessions;
}

static bool row_follows_session(void)
{
	struct sp_session_key key = {
		.client = frame_to_vip(&shop.at).source.addr, .service = shop.at.number};
	struct sp_session session = {.slot = sp_slot_clean(shop_pod(&shop, 1)),
		.current_born = 1,
		.seen_s = shop_now_s() - 5};
	struct sp_session found;
	int fd = loaded_map_fd("sp_sessions");

	shop.service.versions[0].session_timeout_s = 600;
	shop_write_service(&shop);
	shop_set_state(&shop, 1, SP_POD_DRAINING);
	return !bpf_map_update_elem(fd, &key, &session, BPF_ANY) && error_finds(1) &&
	       !bpf_map_lookup_elem(fd, &key, &found) &&
	       !memcmp(&found, &session, sizeof(found));
}

static bool row_remembers_no_way(void)
{
	uint32_t ways = loaded_count("sp_ways");

	shop.pods[0].versions[0].shared = 1;
	shop_write_pod(&shop, 0);
	return error_finds(0) && loaded_count("sp_ways") == ways;
}

static const struct shop_row affinity_rows[] = {
	{SHOP_ANY, "an error finds the pod of a clean slot", row_clean},
	{SHOP_ANY, "an error follows a pinned flow", row_follows_pin},
	{SHOP_ANY, "an error about a flow that is not pinned goes to the current pod",
		row_has_no_pin},
	{SHOP_TCP, "an error follows a flow that has just begun", row_follows_syn},
	{SHOP_ANY, "an error pins no flow", row_pins_nothing},
	{SHOP_TCP, "an error does not prove that a new flow is alive",
		row_proves_nothing},
	{SHOP_ANY, "an error keeps no flow alive", row_refreshes_nothing},
	{SHOP_ANY, "an error moves no flow of a pod that is gone", row_loses_nothing},
	{SHOP_ANY, "an error makes no session", row_makes_no_session},
	{SHOP_ANY, "an error follows a session and leaves it as it is",
		row_follows_session},
	{SHOP_ANY, "an error remembers no way", row_remembers_no_way},
};

int main(void)
{
	rows_open();
	rows_of_cast();
	for (size_t way = 0; way < ERROR_WAYS; way++) {
		rows_of_lengths(&error_ways[way]);
		rows_of_cuts(&error_ways[way]);
		rows_of_chance(&error_ways[way]);
	}
	shop_run_rows(
		&shop, affinity_rows, sizeof(affinity_rows) / sizeof(affinity_rows[0]));
	return rows_close();
}
