/* SPDX-License-Identifier: BSD-2-Clause */
/* The decapsulating program in the kernel. */
#include "unwrap.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "decap.skel.h"
#include "types.h"

static struct decap_bpf *decap;

static void add_prefix(
	const struct bpf_map *map, const char *text, uint32_t len, uint32_t value)
{
	struct sp_prefix key = {.addr = endpoint(text, 0, 0).addr};

	key.len = len + (sp_addr_is_v4(&key.addr) ? 96 : 0);
	must(bpf_map_update_elem(bpf_map__fd(map), &key, &value, BPF_ANY), text);
}

void unwrap_open(void)
{
	if (network_open())
		exit(1);
	decap = decap_bpf__open();
	must(!decap, "decap_bpf__open");
	memcpy((void *)decap->rodata->sp_mac, mac_client0, 6);
	if (decap_bpf__load(decap)) {
		fprintf(stderr, "the program does not load\n");
		exit(1);
	}
	add_prefix(decap->maps.sp_locals, "10.0.1.11", 32, SP_LOCAL_NODE);
	add_prefix(decap->maps.sp_locals, "fd00:1::11", 128, SP_LOCAL_NODE);
	add_prefix(decap->maps.sp_locals, "192.0.2.10", 32, SP_LOCAL_VIP);
	add_prefix(decap->maps.sp_locals, "2001:db8::10", 128, SP_LOCAL_VIP);
	add_prefix(decap->maps.sp_locals, "198.18.0.0", 15, SP_LOCAL_VIP);
	add_prefix(decap->maps.sp_senders, "10.0.1.1", 32, 1);
	add_prefix(decap->maps.sp_senders, "fd00:1::1", 128, 1);
	add_prefix(decap->maps.sp_senders, "10.7.0.0", 16, 1);
}

void unwrap_close(void)
{
	decap_bpf__destroy(decap);
}

void unwrap_set_vlan(enum network_dev below, uint16_t type, uint16_t id,
	enum network_dev above, const uint8_t mac[6])
{
	struct sp_vlan_key key = {
		.ifindex = network_ifindex(below), .type = htons(type), .id = htons(id)};
	struct sp_vlan value = {
		.ifindex = network_ifindex(above), .type = key.type, .id = key.id};

	memcpy(value.mac, mac, sizeof(value.mac));
	must(bpf_map_update_elem(
		     bpf_map__fd(decap->maps.sp_vlans), &key, &value, BPF_ANY),
		"sp_vlans");
}

struct frame unwrap_frame(bool is_v6, uint8_t protocol)
{
	return (struct frame){
		.dest_mac = mac_client0,
		.source_mac = mac_gateway,
		.source = endpoint(
			is_v6 ? "2001:db8:cafe::7" : "203.0.113.7", 40000, protocol),
		.dest = endpoint(is_v6 ? "2001:db8::10" : "192.0.2.10", 80, protocol),
		.ttl = 63,
		.tos = 0x28,
		.flow_label = 0x9abcd,
		.payload_len = 32,
		.payload_start = 0x4745,
	};
}

struct wrap unwrap_tunnel(bool is_v6, bool is_gue)
{
	return (struct wrap){
		.source = is_v6 ? "fd00:1::1" : "10.0.1.1",
		.dest = is_v6 ? "fd00:1::11" : "10.0.1.11",
		.is_gue = is_gue,
		.tos = 0x28,
	};
}

static long count_of(enum sp_decap_reason reason)
{
	return run_read_counter(bpf_map__fd(decap->maps.sp_decap), reason);
}

static bool has_moved(const long before[SP_DECAP_COUNT], enum sp_decap_reason reason)
{
#define REASON_NAME(name, text, action, meaning) text,
	static const char *const names[] = {SP_DECAP_REASONS(REASON_NAME)};
#undef REASON_NAME
	bool right = true;

	for (int i = 0; i < SP_DECAP_COUNT; i++) {
		long moved = count_of(i) - before[i], want = i == (int)reason;

		if (moved != want) {
			printf("  counter %s moved by %ld, expected %ld\n", names[i],
				moved, want);
			right = false;
		}
	}
	return right;
}

static uint32_t verdict_of(enum sp_decap_reason reason)
{
	return reason == SP_DECAP_REFUSED || reason == SP_DECAP_ECN ? XDP_DROP : XDP_PASS;
}

bool unwrap_gives(const uint8_t *in, size_t in_len, const uint8_t *out, size_t out_len,
	enum sp_decap_reason reason)
{
	long before[SP_DECAP_COUNT];
	struct run run;
	bool right;

	for (int i = 0; i < SP_DECAP_COUNT; i++)
		before[i] = count_of(i);
	run_program(bpf_program__fd(decap->progs.samepod_decap), in, in_len,
		NETWORK_CLIENT, &run);
	right = has_moved(before, reason);
	return run_has(&run, verdict_of(reason), out, out_len) && right;
}

bool unwrap_leaves(const uint8_t *bytes, size_t len, enum sp_decap_reason reason)
{
	return unwrap_gives(bytes, len, bytes, len, reason);
}

bool unwrap_takes(const struct wrap *wrap, const struct frame *frame)
{
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	struct frame bare = *frame;

	bare.padding_len += wrap->trailer_len;
	return unwrap_gives(in, wrap_build(wrap, frame, in), out, frame_build(&bare, out),
		SP_DECAP_DECAPSULATED);
}
