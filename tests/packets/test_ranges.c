/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may come to a service: sources inside and outside of its ranges. */
#include <arpa/inet.h>
#include <linux/bpf.h>

#include "rows.h"

#define FILTERED 1 /* by the list of version 0 */

/* A packet of `client` to the service: goes to its pod, or is dropped as it came. */
static bool row_admits(
	const struct loaded_service *service, const char *client, bool admitted)
{
	struct frame in = frame_to_vip(service), out = frame_to_pod(service);

	in.source.addr = out.source.addr = endpoint(client, 1, IPPROTO_TCP).addr;
	if (admitted)
		return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
	return row_drops_frame(&in, NETWORK_CLIENT, SP_REASON_REFUSED);
}

static void filter(const struct loaded_service *service, uint8_t filtered)
{
	struct sp_service value = loaded_service_of(service);

	value.versions[0].filtered = filtered;
	loaded_set_service(service->number, &value);
}

static uint32_t list_of(const struct loaded_service *service)
{
	return sp_range_list(service->number, FILTERED);
}

/* Two ranges, the second within the first, and what lies at their ends. */
static void rows_of_ends(const struct loaded_service *service)
{
	static const struct {
		const char *v4, *v6;
		bool admitted;
	} clients[] = {
		{"100.64.0.0", "2001:db8:4000::", true},
		{"100.64.0.127", "2001:db8:40ff:ffff::1", true},
		{"100.64.0.128", "2001:db8:4100::", false},
		{"100.63.255.255", "2001:db8:3fff::1", false},
		{"100.64.0.5", "2001:db8:4000::5", true},
		{"100.70.0.1", "2001:db8:7000::1", true},
		{"100.70.0.2", "2001:db8:7000::2", false},
		{"100.69.255.255", "2001:db8:7000::", false},
	};
	bool is_v6 = !sp_addr_is_v4(&service->vip.addr);

	filter(service, FILTERED);
	row_count(row_admits(service, is_v6 ? "2001:db8:4000::" : "100.64.0.0", false),
		"%s: an empty list admits nobody", cast_name(service));
	if (is_v6) {
		loaded_set_range(list_of(service), "2001:db8:4000::", 40);
		loaded_set_range(list_of(service), "2001:db8:4000::5", 128);
		loaded_set_range(list_of(service), "2001:db8:7000::1", 128);
	} else {
		loaded_set_range(list_of(service), "100.64.0.0", 96 + 25);
		loaded_set_range(list_of(service), "100.64.0.5", 128);
		loaded_set_range(list_of(service), "100.70.0.1", 128);
	}
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		const char *client = is_v6 ? clients[i].v6 : clients[i].v4;

		row_count(row_admits(service, client, clients[i].admitted), "%s: %s %s",
			cast_name(service), client,
			clients[i].admitted ? "may come" : "is refused");
	}
	filter(service, FILTERED + 1);
	row_count(row_admits(service, is_v6 ? "2001:db8:4000::5" : "100.64.0.5", false),
		"%s: the list of the other version admits nobody", cast_name(service));
	filter(service, 0);
	row_count(row_admits(service, is_v6 ? "2001:db8:4100::" : "100.64.0.128", true),
		"%s: without a list anyone may come", cast_name(service));
}

/* Lists of all services lie in one map. */
static void rows_of_neighbours(bool is_v6)
{
	const struct loaded_service *service = cast_find(
		is_v6, IPPROTO_UDP, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_RING_HASH);
	const char *client = is_v6 ? "2001:db8:5000::1" : "100.80.0.1";
	uint32_t all = is_v6 ? 0 : 96;

	filter(service, FILTERED);
	loaded_set_range(list_of(service) - 1, client, all);
	loaded_set_range(list_of(service) + 1, client, all);
	row_count(row_admits(service, client, false),
		"%s: lists of the neighbours admit nobody", cast_name(service));
	loaded_set_range(list_of(service), is_v6 ? "::" : "0.0.0.0", all);
	row_count(row_admits(service, client, true), "%s: a range of 0 bits admits all",
		cast_name(service));
	filter(service, 0);
}

/* The new list counts from the store that publishes it, not before. */
static void row_of_versions(void)
{
	const struct loaded_service *service = cast_web(false);
	struct sp_service value = loaded_service_of(service);
	bool before, after;

	value.versions[1] = value.versions[0];
	value.versions[0].filtered = 1;
	value.versions[1].filtered = 2;
	value.versions[1].generation = 2;
	loaded_set_range(sp_range_list(service->number, 1), "100.81.0.0", 96 + 16);
	loaded_set_range(sp_range_list(service->number, 2), "100.82.0.0", 96 + 16);
	loaded_set_service(service->number, &value);
	before = row_admits(service, "100.81.0.1", true) &&
		 row_admits(service, "100.82.0.1", false);
	loaded_set_generation(2);
	after = row_admits(service, "100.81.0.1", false) &&
		row_admits(service, "100.82.0.1", true);
	row_count(before && after, "one store replaces a list by another");
	loaded_set_generation(1);
	filter(service, 0);
}

static void rows_of_others(void)
{
	const struct loaded_service *service = cast_web(false);
	struct sp_service value = loaded_service_of(service);
	struct frame in = frame_from_pod(service), out = frame_to_client(service);

	value.versions[0].filtered = FILTERED;
	value.versions[0].key = SP_KEY_COOKIE;
	loaded_set_service(service->number, &value);
	row_count(row_admits(service, "100.99.0.1", false),
		"a service keyed by a cookie refuses, too");
	filter(service, FILTERED);
	row_count(row_forwards(&in, NETWORK_POD, &out, SP_REASON_TO_CLIENT),
		"on the way back nothing is refused");
	filter(service, 0);
}

int main(void)
{
	rows_open();
	for (int place = 0; place < CAST; place++)
		rows_of_ends(&cast[place]);
	for (int v6 = 0; v6 < 2; v6++)
		rows_of_neighbours(v6);
	row_of_versions();
	rows_of_others();
	return rows_close();
}
