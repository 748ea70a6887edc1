/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of every form with random changes, FUZZ_RUNS of them (20000) from FUZZ_SEED (1).
 * Whatever comes in: one reason is counted and the verdict is that reason's; what goes to
 * the stack is as it came; what is forwarded differs in nothing but what has to change,
 * has checksums as right as before, goes to the service's pod or comes from its VIP; and
 * the same frame again goes the same way. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "view.h"

#define RUNS 20000
#define CHANGED_MAX 110 /* bytes at the beginning that are worth changing */

enum action {
	FORWARD,
	STACK,
	RESOLVE,
	ANSWER,
	DROP,
};

#define ACTION_OF(name, text, action, meaning) action,
static const enum action actions[] = {SP_REASONS(ACTION_OF)};

/* Random numbers that are the same everywhere. */
static uint64_t state;

static uint32_t chance(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

/* --- Invariants; each says what it misses --- */

static bool holds(bool condition, const char *what)
{
	if (!condition)
		printf("  %s\n", what);
	return condition;
}

static int reason_of(const struct run *run)
{
	int found = -1;

	for (int i = 0; i < SP_REASON_COUNT; i++) {
		if (run->moved[i] && (found >= 0 || run->moved[i] != 1))
			return -1;
		if (run->moved[i])
			found = i;
	}
	return found;
}

static bool verdict_fits(const struct run *run, enum action action)
{
	static const uint32_t verdicts[] = {
		[FORWARD] = XDP_REDIRECT,
		[STACK] = XDP_PASS,
		[RESOLVE] = XDP_PASS,
		[ANSWER] = XDP_TX,
		[DROP] = XDP_DROP,
	};

	return holds(run->verdict == verdicts[action], "the verdict is not the reason's");
}

static bool is_end(const struct sp_endpoint *a, const struct sp_endpoint *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* From a client to a VIP in, to that VIP's pod out, or from a pod in, from its VIP out.
 */
static bool ends_fit(const uint8_t *in, const struct view *before, const uint8_t *out,
	const struct view *after, bool to_pod)
{
	struct sp_endpoint was = view_end(in, before, to_pod);
	struct sp_endpoint is = view_end(out, after, to_pod);

	for (int i = 0; i < CAST; i++) {
		const struct sp_endpoint *vip = &cast[i].vip, *pod = &cast[i].pod;

		if (is_end(&was, to_pod ? vip : pod))
			return holds(is_end(&is, to_pod ? pod : vip),
				"not the service's pod, or its VIP");
	}
	return holds(false, "neither to a VIP nor from a pod, but forwarded");
}

/* With what may differ set back, the frame behind its tags is the one that came. */
static bool rest_is_same(const uint8_t *in, const struct view *before, const uint8_t *out,
	const struct view *after, size_t len)
{
	static uint8_t back[FRAME_MAX];
	size_t source = view_source(before) - before->ip;
	size_t rest = len - before->ip, ttl = before->is_v4 ? 8 : 7;
	size_t transport = before->transport - before->ip;

	memcpy(back, out + after->ip, rest);
	memcpy(back + source, in + before->ip + source, 2 * view_addr_len(before));
	back[ttl] = in[before->ip + ttl];
	if (before->is_v4)
		memcpy(back + 10, in + before->ip + 10, 2);
	if (before->has_ports) {
		memcpy(back + transport, in + before->transport, 4);
		memcpy(back + view_check(before) - before->ip, in + view_check(before),
			2);
	}
	return holds(memcmp(back, in + before->ip, rest) == 0,
		"something changed that need not");
}

static bool checks_fit(const uint8_t *in, const struct view *before, const uint8_t *out,
	const struct view *after)
{
	bool is_unchecked =
		before->protocol == 17 && !view_get16(in + view_check(before));

	if (before->is_v4 &&
		!holds(view_sum(
			       in, before->ip, before->ip + (in[before->ip] & 15U) * 4) ==
				view_sum(out, after->ip,
					after->ip + (out[after->ip] & 15U) * 4),
			"the IPv4 header's checksum"))
		return false;
	if (!before->has_ports)
		return true;
	if (is_unchecked)
		return holds(!view_get16(out + view_check(after)),
			"a checksum out of nothing");
	return holds(view_transport_sum(in, before) == view_transport_sum(out, after),
		"the checksum of TCP or UDP");
}

static bool hop_fits(const uint8_t *in, const struct view *before, const uint8_t *out,
	const struct view *after, enum action action)
{
	size_t ttl = before->is_v4 ? 8 : 7;

	return holds(out[after->ip + ttl] == in[before->ip + ttl] - (action == FORWARD),
		"TTL or hop limit");
}

static bool forwards_well(
	const uint8_t *in, size_t len, const struct run *run, int reason)
{
	struct view before, after;
	bool to_pod = reason == SP_REASON_TO_POD || reason == SP_REASON_RESOLVE_POD;

	if (reason == SP_REASON_ICMP_TO_POD || reason == SP_REASON_ICMP_TO_CLIENT)
		return true;
	if (!holds(view_read(in, len, &before) && view_read(run->bytes, run->len, &after),
		    "forwarded, but nobody can read it"))
		return false;
	if (!holds(len - before.ip == run->len - after.ip, "the length"))
		return false;
	return rest_is_same(in, &before, run->bytes, &after, len) &&
	       checks_fit(in, &before, run->bytes, &after) &&
	       hop_fits(in, &before, run->bytes, &after, actions[reason]) &&
	       (!before.has_ports || ends_fit(in, &before, run->bytes, &after, to_pod));
}

static uint64_t seen[SP_REASON_COUNT];

static bool is_well(const uint8_t *in, size_t len, enum network_dev dev)
{
	static struct run run, again;
	int reason;

	loaded_run(in, len, dev, &run);
	reason = reason_of(&run);
	if (!holds(reason >= 0, "not one reason") || !verdict_fits(&run, actions[reason]))
		return false;
	seen[reason]++;
	if (actions[reason] == STACK)
		return holds(run.len == len && memcmp(run.bytes, in, len) == 0,
			"to the stack, but not as it came");
	if (actions[reason] != FORWARD && actions[reason] != RESOLVE)
		return true;
	if (!forwards_well(in, len, &run, reason))
		return false;
	loaded_run(in, len, dev, &again);
	return holds(again.verdict == run.verdict && again.len == run.len &&
			     memcmp(again.bytes, run.bytes, run.len) == 0,
		"the same frame goes another way");
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

	frame->payload_len = chance(8) ? chance(200) : chance(1300);
	frame->payload_start = (uint16_t)chance(0x10000);
	frame->ttl = (uint8_t)(chance(20) ? 2 + chance(254) : chance(3));
	frame->is_unchecked = !chance(16);
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

static bool run_one(void)
{
	static uint8_t bytes[FRAME_MAX];
	const struct loaded_service *service = &cast[chance(CAST)];
	bool is_back = chance(2);
	struct frame frame = is_back ? frame_from_pod(service) : frame_to_vip(service);
	struct headers headers;
	size_t len;
	bool right;

	frame_vary(&frame, &headers, is_back);
	len = bytes_change(bytes, frame_build(&frame, bytes));
	right = is_well(bytes, len, NETWORK_CLIENT);
	if (!right)
		print_frame(bytes, len);
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
		SP_REASON_TRUNCATED, SP_REASON_NOT_OURS, SP_REASON_OTHER_MAC};
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
