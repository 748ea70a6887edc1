/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel's routes and neighbours say, and what becomes of the packet then. */
#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

#include "rows.h"

/* A service of its own for a pod at `addr`. */
static struct loaded_service service_at(const char *addr)
{
	static uint32_t number = 100;
	struct sp_endpoint pod =
		endpoint(addr, (uint16_t)(9000 + number), cast_web(0)->vip.protocol);
	struct loaded_service service = {
		.number = number++,
		.vip = cast_web(!sp_addr_is_v4(&pod.addr))->vip,
		.pod = pod,
	};

	service.vip.port = pod.port;
	loaded_add(&service);
	return service;
}

static void rows_without_route(void)
{
	static const struct {
		const char *sentence, *pod;
	} rows[] = {
		{"v4: an unreachable pod", "10.0.8.11"},
		{"v6: an unreachable pod", "fd00:8::11"},
		{"v4: a pod in a blackhole", "10.0.9.11"},
		{"v6: a pod in a blackhole", "fd00:9::11"},
		{"v4: a prohibited pod", "10.0.10.11"},
		{"v6: a prohibited pod", "fd00:10::11"},
		{"v4: a pod at an address of the node", "10.0.1.1"},
		{"v6: a pod at an address of the node", "fd00:1::1"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct loaded_service service = service_at(rows[i].pod);
		struct frame frame = frame_to_vip(&service);

		row_count(row_passes_frame(&frame, NETWORK_CLIENT, SP_REASON_NO_ROUTE),
			"%s", rows[i].sentence);
	}
}

static void rows_without_route_back(void)
{
	static const char *const clients[] = {"10.0.9.7", "fd00:9::7"};

	for (int v6 = 0; v6 < 2; v6++) {
		struct frame frame = frame_from_pod(cast_web(v6));

		frame.dest = endpoint(clients[v6], 40000, frame.dest.protocol);
		row_count(row_passes_frame(&frame, NETWORK_POD, SP_REASON_NO_ROUTE),
			"%s: a client in a blackhole", v6 ? "v6" : "v4");
	}
}

/* The packet goes to the stack as it is to leave, but for what the stack adds: MAC
 * addresses and one hop less. */
static void rows_without_neighbour(void)
{
	static const char *const pods[] = {"10.0.1.99", "fd00:1::99"};
	static const char *const clients[] = {"198.51.100.77", "2001:db8:1::77"};

	for (int v6 = 0; v6 < 2; v6++) {
		struct loaded_service service = service_at(pods[v6]);
		struct frame in = frame_to_vip(&service), out = in;

		out.dest = service.pod;
		row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_RESOLVE_POD),
			"%s: a pod without a neighbour entry", v6 ? "v6" : "v4");
		row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_RESOLVE_POD),
			"%s: and a second packet to that pod", v6 ? "v6" : "v4");
		in = frame_from_pod(cast_web(v6));
		in.dest = endpoint(clients[v6], 40000, in.dest.protocol);
		out = in;
		out.source = cast_web(v6)->vip;
		row_count(row_forwards(&in, NETWORK_POD, &out, SP_REASON_RESOLVE_CLIENT),
			"%s: a client without a neighbour entry", v6 ? "v6" : "v4");
		in.ttl = 1;
		row_count(row_passes_frame(&in, NETWORK_POD, SP_REASON_TTL_EXPIRED),
			"%s: a used-up TTL comes before a missing neighbour",
			v6 ? "v6" : "v4");
	}
}

#define SMALL_MTU 1280
#define V4_HEADERS 40
#define V6_HEADERS 60

/* What is larger is test_too_big's. */
static void rows_of_sizes(void)
{
	static const char *const pods[] = {"10.0.2.11", "fd00:2::11"};

	for (int v6 = 0; v6 < 2; v6++) {
		struct loaded_service service = service_at(pods[v6]);
		struct frame in = frame_to_vip(&service), out = frame_to_pod(&service);

		out.source_mac = mac_small0;
		in.payload_len = out.payload_len =
			SMALL_MTU - (v6 ? V6_HEADERS : V4_HEADERS);
		row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
			"%s: as large as the next hop's MTU", v6 ? "v6" : "v4");
		in.padding_len = out.padding_len = 4;
		row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD),
			"%s: as large as the MTU, and padding", v6 ? "v6" : "v4");
	}
}

static void rows_without_forwarding(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct frame frame = frame_to_vip(cast_web(v6));

		row_count(row_passes_frame(&frame, NETWORK_OFF, SP_REASON_FORWARDING_OFF),
			"%s: to a pod, forwarding off on the device", v6 ? "v6" : "v4");
		frame = frame_from_pod(cast_web(v6));
		row_count(row_passes_frame(&frame, NETWORK_OFF, SP_REASON_FORWARDING_OFF),
			"%s: to a client, forwarding off on the device",
			v6 ? "v6" : "v4");
	}
}

/* A pod that is a client of a VIP counts as a client. */
static void row_from_pod_to_vip(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		const struct loaded_service *service = cast_web(v6);
		struct frame in = frame_to_vip(service), out = frame_to_pod(service);

		in.source = out.source = cast_find(v6, service->vip.protocol,
			SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV)
						 ->pod;
		row_count(row_forwards(&in, NETWORK_POD, &out, SP_REASON_TO_POD),
			"%s: a pod that is the client of a VIP", v6 ? "v6" : "v4");
	}
}

/* A hop that is remembered is one for a device. */
static bool row_of_device(const struct loaded_service *service)
{
	struct frame in = frame_to_vip(service), out = frame_to_pod(service);
	struct frame back = frame_from_pod(service), client = frame_to_client(service);

	return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD) &&
	       row_passes_frame(&in, NETWORK_OFF, SP_REASON_FORWARDING_OFF) &&
	       row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD) &&
	       row_forwards(&back, NETWORK_POD, &client, SP_REASON_TO_CLIENT) &&
	       row_passes_frame(&back, NETWORK_OFF, SP_REASON_FORWARDING_OFF) &&
	       row_forwards(&back, NETWORK_POD, &client, SP_REASON_TO_CLIENT);
}

/* Where the program remembers the hop to a client. A copy of its arithmetic, so that rows
 * can let two hops meet at one place; if the program's changes, they still hold. */
static uint32_t place_of(const struct sp_endpoint *client, uint32_t service)
{
	uint32_t mixed = client->addr.word[3] + (service | 1U << 31) * 0x85ebca6b;

	return mixed * 0x9e3779b1 >> 20;
}

/* Two clients at one place, one of them without a route. */
static bool row_of_client(bool is_v6)
{
	const struct loaded_service *web = cast_web(is_v6);
	struct frame in = frame_from_pod(web), out = frame_to_client(web), lost = in;
	bool right;

	lost.dest = endpoint(is_v6 ? "fd00:9::7" : "10.0.9.7", 40000, IPPROTO_TCP);
	while (place_of(&in.dest, web->number) != place_of(&lost.dest, web->number))
		in.dest.addr.word[3] = htonl(ntohl(in.dest.addr.word[3]) + 1);
	out.dest = in.dest;
	right = row_forwards(&in, NETWORK_POD, &out, SP_REASON_TO_CLIENT);
	return right && row_passes_frame(&lost, NETWORK_POD, SP_REASON_NO_ROUTE);
}

/* Replies of two VIPs to one client, at one place; a rule drops those of the second. */
static bool row_of_source(bool is_v6)
{
	const struct loaded_service *web = cast_web(is_v6);
	struct loaded_service second = service_at(is_v6 ? "fd00:1::11" : "10.0.1.11");
	struct frame in = frame_from_pod(web), out = frame_to_client(web);
	bool right = row_forwards(&in, NETWORK_POD, &out, SP_REASON_TO_CLIENT);

	second.number = SP_SERVICES_MAX / 2;
	while (place_of(&in.dest, second.number) != place_of(&in.dest, web->number))
		second.number--;
	second.vip = endpoint(is_v6 ? "2001:db8::20" : "192.0.2.20", 80, IPPROTO_TCP);
	loaded_add(&second);
	in = frame_from_pod(&second);
	return right && row_passes_frame(&in, NETWORK_POD, SP_REASON_NO_ROUTE);
}

/* The neighbour moves to another MAC address: that is seen at once by a new generation,
 * and otherwise within a second. */
static bool row_of_age(const char *pod, uint8_t mac_end, void (*pass_time)(void))
{
	uint8_t mac[6] = {0x02, 0, 0, 0, 0x01, 0x0d};
	struct loaded_service service = service_at(pod);
	struct frame in = frame_to_vip(&service), out = frame_to_pod(&service);
	bool before;

	out.dest_mac = mac;
	network_move(pod, mac);
	before = row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
	mac[5] = mac_end;
	network_move(pod, mac);
	pass_time();
	return before && row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
}

static void pass_second(void)
{
	usleep(1050000);
}

static void pass_generation(void)
{
	static uint32_t generation = 1;

	loaded_set_generation(++generation);
}

static void rows_of_memory(void)
{
	static const char *const pods[] = {"10.0.1.13", "fd00:1::13"};

	for (int v6 = 0; v6 < 2; v6++) {
		const char *family = v6 ? "v6" : "v4";

		row_count(row_of_device(cast_web(v6)),
			"%s: a hop that is known for one device only", family);
		row_count(row_of_client(v6),
			"%s: a hop that is known for one client only", family);
		row_count(row_of_source(v6), "%s: a hop that is known for one VIP only",
			family);
		row_count(row_of_age(pods[v6], 0x1d, pass_second),
			"%s: a neighbour moves, and a second later it is found", family);
		row_count(row_of_age(pods[v6], 0x2d, pass_generation),
			"%s: a neighbour moves, and a new generation finds it", family);
	}
}

int main(void)
{
	rows_open();
	rows_without_route();
	rows_without_route_back();
	rows_without_neighbour();
	rows_of_sizes();
	rows_without_forwarding();
	row_from_pod_to_vip();
	rows_of_memory();
	return rows_close();
}
