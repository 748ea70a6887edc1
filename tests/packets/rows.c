/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows and their cast. */
#include "rows.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

static int rows_passed, rows_failed;

struct loaded_service cast[CAST];

static void cast_add(uint32_t place)
{
	bool is_v6 = place & 8;
	uint8_t protocol = place & 4 ? IPPROTO_UDP : IPPROTO_TCP;

	/* A table each; a ring's points lie across the seam of two chunks. */
	cast[place] = (struct loaded_service){
		.number = place == 1 ? SP_CHUNK_WORDS / LOADED_TABLE_STEP : place + 1,
		.vip = endpoint(is_v6 ? "2001:db8::10" : "192.0.2.10",
			(uint16_t)(80 + place), protocol),
		.pod = endpoint(is_v6 ? "fd00:1::11" : "10.0.1.11",
			(uint16_t)(8080 + place), protocol),
		.key = place & 2 ? SP_KEY_SOURCE_IP : SP_KEY_SOURCE_IP_PORT,
		.algorithm = place & 1 ? SP_ALGORITHM_RING_HASH : SP_ALGORITHM_MAGLEV,
	};
	loaded_add(&cast[place]);
}

void rows_open(void)
{
	if (network_open() || loaded_open(mac_client0))
		exit(1);
	for (uint32_t place = 0; place < CAST; place++)
		cast_add(place);
}

void row_count(bool passed, const char *format, ...)
{
	va_list arguments;

	if (passed) {
		rows_passed++;
		return;
	}
	rows_failed++;
	va_start(arguments, format);
	printf("FAIL ");
	vprintf(format, arguments);
	printf("\n");
	va_end(arguments);
}

int rows_close(void)
{
	loaded_close();
	return rows_end();
}

int rows_end(void)
{
	printf("%d passed, %d failed\n", rows_passed, rows_failed);
	return rows_failed != 0;
}

const struct loaded_service *cast_find(
	bool is_v6, uint8_t protocol, enum sp_key key, enum sp_algorithm algorithm)
{
	return &cast[is_v6 * 8 + (protocol == IPPROTO_UDP) * 4 +
		     (key == SP_KEY_SOURCE_IP) * 2 +
		     (algorithm == SP_ALGORITHM_RING_HASH)];
}

const char *cast_name(const struct loaded_service *service)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s %s %s %s",
		sp_addr_is_v4(&service->vip.addr) ? "v4" : "v6",
		service->vip.protocol == IPPROTO_TCP ? "tcp" : "udp",
		service->key == SP_KEY_SOURCE_IP ? "source-ip" : "source-ip-port",
		service->algorithm == SP_ALGORITHM_MAGLEV ? "maglev" : "ring-hash");
	return name;
}

const struct loaded_service *cast_web(bool is_v6)
{
	return cast_find(is_v6, IPPROTO_TCP, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV);
}

struct sp_endpoint cast_client(bool is_v6, uint8_t protocol)
{
	return endpoint(is_v6 ? "2001:db8:cafe::7" : "203.0.113.7", 40000, protocol);
}

static bool is_v6(const struct loaded_service *service)
{
	return !sp_addr_is_v4(&service->vip.addr);
}

struct frame frame_to_vip(const struct loaded_service *service)
{
	return (struct frame){
		.dest_mac = mac_client0,
		.source_mac = mac_gateway,
		.source = cast_client(is_v6(service), service->vip.protocol),
		.dest = service->vip,
		.ttl = 64,
		.tos = 0x28,
		.flow_label = 0x9abcd,
		.payload_len = 32,
		.payload_start = 0x4745,
	};
}

struct frame frame_to_pod(const struct loaded_service *service)
{
	struct frame frame = frame_to_vip(service);

	frame.dest_mac = mac_pod;
	frame.source_mac = mac_pod0;
	frame.dest = service->pod;
	frame.ttl--;
	return frame;
}

struct frame frame_from_pod(const struct loaded_service *service)
{
	struct frame frame = frame_to_vip(service);

	frame.source_mac = mac_pod;
	frame.source = service->pod;
	frame.dest = cast_client(is_v6(service), service->vip.protocol);
	return frame;
}

struct frame frame_to_client(const struct loaded_service *service)
{
	struct frame frame = frame_from_pod(service);

	frame.dest_mac = mac_gateway;
	frame.source_mac = mac_client0;
	frame.source = service->vip;
	frame.ttl--;
	return frame;
}

bool row_forwards(const struct frame *in, enum network_dev dev, const struct frame *out,
	enum sp_reason reason)
{
	uint8_t in_bytes[FRAME_MAX], out_bytes[FRAME_MAX];
	size_t in_len = frame_build(in, in_bytes), out_len = frame_build(out, out_bytes);
	bool redirects = reason == SP_REASON_TO_POD || reason == SP_REASON_TO_CLIENT;
	struct run run;

	loaded_run(in_bytes, in_len, dev, &run);
	return run_is(
		&run, redirects ? XDP_REDIRECT : XDP_PASS, out_bytes, out_len, reason);
}

bool row_may_redirect(size_t len)
{
	static const size_t one_buffer = 3400;
	struct btf *btf = btf__load_vmlinux_btf();
	bool since_6_3 = btf__find_by_name_kind(btf, "netdev_xdp_act", BTF_KIND_ENUM) > 0;

	btf__free(btf);
	return since_6_3 || len <= one_buffer;
}

/* Nothing of it has changed. */
static bool row_keeps(const uint8_t *bytes, size_t len, enum network_dev dev,
	uint32_t verdict, enum sp_reason reason)
{
	struct run run;

	loaded_run(bytes, len, dev, &run);
	return run_is(&run, verdict, bytes, len, reason);
}

bool row_passes(
	const uint8_t *bytes, size_t len, enum network_dev dev, enum sp_reason reason)
{
	return row_keeps(bytes, len, dev, XDP_PASS, reason);
}

bool row_passes_frame(const struct frame *in, enum network_dev dev, enum sp_reason reason)
{
	uint8_t bytes[FRAME_MAX];

	return row_passes(bytes, frame_build(in, bytes), dev, reason);
}

bool row_drops_frame(const struct frame *in, enum network_dev dev, enum sp_reason reason)
{
	uint8_t bytes[FRAME_MAX];

	return row_keeps(bytes, frame_build(in, bytes), dev, XDP_DROP, reason);
}
