/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of every form with random changes, FUZZ_RUNS of them (20000) from FUZZ_SEED (1):
 * whatever comes in, the invariants hold. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"
#include "invariants.h"

#define RUNS 20000
#define CHANGED_MAX 110 /* bytes at the beginning that are worth changing */

/* Random numbers that are the same everywhere. */
static uint64_t state;

static uint32_t chance(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

/* --- Frames --- */

struct headers {
	uint8_t bytes[24];
	size_t len;
	uint8_t protocol;
};

static const struct headers options[] = {
	{{148, 4, 0, 0}, 4, 0},
	{{1, 68, 7, 5, 0, 0, 0, 0}, 8, 0},
	{{130, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 12, 0},
};

/* The last next header, 255, becomes the frame's. */
static const struct headers extensions[] = {
	{{255, 0, 5, 2, 0, 0, 1, 0}, 8, 0},
	{{60, 0, 5, 2, 0, 0, 1, 0, 255, 0, 1, 4, 0, 0, 0, 0}, 16, 0},
	{{255, 0, 4, 0, 0, 0, 0, 0}, 8, 43},
	{{255, 0, 0, 0, 0, 0, 0, 7}, 8, 44},
};

static void frame_vary_headers(struct frame *frame, struct headers *headers)
{
	bool is_v4 = sp_addr_is_v4(&frame->dest.addr);

	*headers = is_v4 ? options[chance(3)] : extensions[chance(4)];
	for (size_t i = 0; i < headers->len; i += 8)
		if (!is_v4 && headers->bytes[i] == 255)
			headers->bytes[i] =
				frame->fragment.len ? 44 : frame->dest.protocol;
	frame->headers = headers->bytes;
	frame->headers_len = headers->len;
	frame->headers_protocol = headers->protocol;
}

static void frame_vary(struct frame *frame, struct headers *headers, bool is_back)
{
	static const uint8_t tag[4] = {0x81, 0, 0, 100};

	frame->payload_len = chance(8) ? chance(200) : chance(1500);
	frame->payload_start = (uint16_t)chance(0x10000);
	frame->ttl = (uint8_t)(chance(20) ? 2 + chance(254) : chance(3));
	frame->is_unchecked = !chance(16);
	frame->may_fragment = !chance(8);
	frame->tos = (uint8_t)chance(256);
	frame->padding_len = chance(6) ? 0 : chance(20);
	frame->tcp_flags = (uint8_t)chance(256);
	if (!is_back)
		frame->source.port = htons((uint16_t)chance(0x10000));
	if (!chance(4)) {
		frame->fragment.at = chance(2) ? 0 : 24;
		frame->fragment.len = 24 + 8 * chance(4);
		frame->fragment.id = chance(8);
		frame->payload_len += 24;
	}
	if (!chance(3))
		frame_vary_headers(frame, headers);
	if (!chance(4)) {
		frame->dest_mac = mac_small0;
		frame->tags_len = sizeof(tag);
		memcpy(frame->tags, tag, sizeof(tag));
	}
}

static size_t bytes_change(uint8_t *bytes, size_t len)
{
	static const uint8_t values[] = {
		0, 1, 5, 6, 17, 0x20, 0x44, 43, 44, 60, 0x7f, 0x80, 0x81, 0x86, 0xff};
	uint32_t changes = chance(3) ? chance(3) : chance(8);

	while (changes--) {
		uint8_t *byte =
			bytes + chance(len < CHANGED_MAX ? (uint32_t)len : CHANGED_MAX);

		switch (chance(3)) {
		case 0:
			*byte ^= (uint8_t)(1U << chance(8));
			break;
		case 1:
			*byte = values[chance(sizeof(values))];
			break;
		default:
			*byte = (uint8_t)chance(256);
		}
	}
	if (!chance(8))
		len = FRAME_ETH_LEN + chance((uint32_t)(len - FRAME_ETH_LEN + 1));
	return len;
}

static void print_frame(const uint8_t *bytes, size_t len)
{
	printf("  frame:");
	for (size_t i = 0; i < len; i++)
		printf(" %02x", bytes[i]);
	printf("\n");
}

static uint64_t seen[SP_REASON_COUNT];

static bool run_one(void)
{
	static uint8_t bytes[FRAME_MAX];
	bool is_direct = chance(2), is_back = !is_direct && chance(2);
	const struct loaded_service *service =
		is_direct ? &direct_services[chance(DIRECT_SERVICES)]
			  : &cast[chance(CAST)];
	struct frame frame = is_back ? frame_from_pod(service) : frame_to_vip(service);
	struct headers headers;
	enum sp_reason reason;
	size_t len;
	bool right;

	frame_vary(&frame, &headers, is_back);
	len = bytes_change(bytes, frame_build(&frame, bytes));
	right = invariants_hold(bytes, len, NETWORK_CLIENT, &reason);
	if (!right)
		print_frame(bytes, len);
	else
		seen[reason]++;
	return right;
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

/* Random frames that all stop early would prove nothing. */
static bool has_seen_enough(uint64_t runs)
{
	static const enum sp_reason reasons[] = {SP_REASON_TO_CLIENT, SP_REASON_FRAGMENT,
		SP_REASON_IP_OPTIONS, SP_REASON_IP_EXTENSION, SP_REASON_VLAN,
		SP_REASON_TRUNCATED, SP_REASON_NOT_OURS, SP_REASON_OTHER_MAC,
		SP_REASON_PACKET_TOO_BIG};
	bool right = seen[SP_REASON_TO_POD] > runs / 10;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		right &= seen[reasons[i]] > runs / 1000;
	return right;
}

int main(void)
{
	uint64_t runs = setting("FUZZ_RUNS", RUNS), seed = setting("FUZZ_SEED", 1);
	uint64_t failed = 0;

	rows_open();
	direct_open();
	loaded_set_vlan(NETWORK_CLIENT, 0x8100, 100, NETWORK_SMALL, mac_small0);
	for (uint64_t i = 0; i < runs && failed < 10; i++) {
		state = (seed << 32) + i + 1;
		for (int warm = 0; warm < 8; warm++)
			chance(2);
		if (!run_one()) {
			printf("  seed %llu, run %llu\n", (unsigned long long)seed,
				(unsigned long long)i);
			failed++;
		}
	}
	row_count(!failed, "%llu frames from seed %llu", (unsigned long long)runs,
		(unsigned long long)seed);
	row_count(failed || has_seen_enough(runs), "they meet many reasons");
	return rows_close();
}
