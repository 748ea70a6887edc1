/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets, bytes and flows of a pod: what counts, and what does not. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>

#include "rows.h"

#define TCP_FLAGS_AT 13 /* in the TCP header */

/* How the counters of a service's pod move when `frame` comes in; `flags`: the byte at
 * TCP_FLAGS_AT of what follows the IP header. */
static bool row_moves(const struct loaded_service *service, const struct frame *frame,
	enum network_dev dev, uint8_t flags, struct sp_traffic want)
{
	bool is_v4 = sp_addr_is_v4(&frame->dest.addr);
	struct sp_traffic before = loaded_read_traffic(service->number), after;
	uint8_t bytes[FRAME_MAX];
	size_t len = frame_build(frame, bytes);
	struct run run;

	bytes[FRAME_ETH_LEN + (is_v4 ? 20 : 40) + TCP_FLAGS_AT] = flags;
	loaded_run(bytes, len, dev, &run);
	after = loaded_read_traffic(service->number);
	after.packets -= before.packets;
	after.bytes -= before.bytes;
	after.flows -= before.flows;
	if (after.packets == want.packets && after.bytes == want.bytes &&
		after.flows == want.flows)
		return true;
	printf("  %llu packets, %llu bytes, %llu flows, expected %llu, %llu, %llu\n",
		after.packets, after.bytes, after.flows, want.packets, want.bytes,
		want.flows);
	return false;
}

/* Bytes of the IP packet that frame_build() makes. */
static size_t ip_len(const struct frame *frame)
{
	size_t ip = sp_addr_is_v4(&frame->dest.addr) ? 20 : 40;
	size_t transport = frame->dest.protocol == IPPROTO_TCP ? 20 : 8;

	return ip + transport + frame->payload_len;
}

static void rows_of_service(const struct loaded_service *service)
{
	static const struct {
		const char *sentence;
		uint8_t flags;
		bool begins;
	} rows[] = {
		{"SYN", 0x02, true},
		{"SYN with ECN", 0xc2, true},
		{"SYN-ACK", 0x12, false},
		{"ACK", 0x10, false},
		{"FIN-ACK", 0x11, false},
		{"RST", 0x04, false},
		{"no flag", 0, false},
	};
	struct frame frame = frame_to_vip(service);
	bool is_tcp = service->vip.protocol == IPPROTO_TCP;

	frame.payload_len = 77;
	frame.padding_len = 9;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sp_traffic want = {.packets = 1,
			.bytes = ip_len(&frame),
			.flows = is_tcp && rows[i].begins};

		row_count(row_moves(service, &frame, NETWORK_CLIENT, rows[i].flags, want),
			"%s: %s counts a packet, its IP bytes and %s", cast_name(service),
			rows[i].sentence, want.flows ? "a flow" : "no flow");
	}
}

static void rows_of_nothing(const struct loaded_service *service)
{
	const struct sp_traffic nothing = {0};
	struct frame frame = frame_from_pod(service);

	row_count(row_moves(service, &frame, NETWORK_POD, 0x02, nothing),
		"%s: on the way back nothing counts", cast_name(service));
	frame = frame_to_vip(service);
	frame.ttl = 1;
	row_count(row_moves(service, &frame, NETWORK_CLIENT, 0x02, nothing),
		"%s: a used-up TTL does not count", cast_name(service));
	frame.ttl = 64;
	frame.dest.port = htons(9);
	row_count(row_moves(service, &frame, NETWORK_CLIENT, 0x02, nothing),
		"%s: another port does not count", cast_name(service));
}

/* The stack finds the neighbour, but the packet goes to the pod all the same. */
static void row_of_resolve(bool is_v6)
{
	struct loaded_service service = *cast_web(is_v6);
	struct frame frame;

	service.number = 100;
	service.vip.port = htons(8100);
	service.pod = endpoint(is_v6 ? "fd00:1::99" : "10.0.1.99", 80, IPPROTO_TCP);
	loaded_add(&service);
	frame = frame_to_vip(&service);
	row_count(row_moves(&service, &frame, NETWORK_CLIENT, 0x02,
			  (struct sp_traffic){1, ip_len(&frame), 1}),
		"%s: a packet whose neighbour is unknown counts", is_v6 ? "v6" : "v4");
}

int main(void)
{
	rows_open();
	for (int place = 0; place < CAST; place++) {
		rows_of_service(&cast[place]);
		rows_of_nothing(&cast[place]);
	}
	for (int v6 = 0; v6 < 2; v6++)
		row_of_resolve(v6);
	return rows_close();
}
