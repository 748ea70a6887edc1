/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds for every frame; each check says what it misses. */
#include "invariants.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "direct.h"
#include "view.h"

enum action {
	FORWARD,
	STACK,
	RESOLVE,
	ANSWER,
	DROP,
};

#define ACTION_OF(name, text, action, meaning) action,
static const enum action actions[] = {SP_REASONS(ACTION_OF)};

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

/* The service whose pods answer directly that the frame is for; NULL: none. */
static const struct loaded_service *find_direct(
	const uint8_t *in, const struct view *before)
{
	struct sp_endpoint dest = view_end(in, before, true);

	for (int i = 0; i < DIRECT_SERVICES && before->has_ports; i++)
		if (is_end(&dest, &direct_services[i].vip))
			return &direct_services[i];
	return NULL;
}

/* As it came, behind other headers or none, all of which are built anew. */
static bool direct_well(const struct loaded_service *service, const uint8_t *in,
	size_t len, const struct view *before, const struct run *run)
{
	static uint8_t bare[FRAME_MAX], out[FRAME_MAX];
	struct direct_hop hop = direct_hop_to_pod(service);
	struct sp_endpoint client = view_end(in, before, false);
	size_t tags_len = before->ip - FRAME_ETH_LEN, out_len;

	memcpy(bare, in, 12);
	memcpy(bare + 12, in + 12 + tags_len, len - 12 - tags_len);
	out_len = direct_build(service, &hop, &client, bare, len - tags_len, out);
	return holds(run->len == out_len && memcmp(run->bytes, out, out_len) == 0,
		"not what was to go to a pod that answers directly");
}

/* A later fragment says neither its service nor its flow: behind what is in front it is
 * the same, but one hop older. */
static bool ends_the_same(
	const uint8_t *in, size_t len, const struct view *before, const struct run *run)
{
	size_t changed = before->is_v4 ? 12 : 8; /* up to TTL and checksum */
	size_t rest = len - before->ip - changed;

	return run->len >= rest &&
	       memcmp(run->bytes + run->len - rest, in + before->ip + changed, rest) == 0;
}

static bool forwards_well(
	const uint8_t *in, size_t len, const struct run *run, int reason)
{
	bool to_pod = reason == SP_REASON_TO_POD || reason == SP_REASON_RESOLVE_POD;
	const struct loaded_service *direct;
	struct view before, after;

	if (reason == SP_REASON_ICMP_TO_POD || reason == SP_REASON_ICMP_TO_CLIENT)
		return true;
	if (!holds(view_read(in, len, &before), "forwarded, but nobody can read it"))
		return false;
	direct = find_direct(in, &before);
	if (direct)
		return direct_well(direct, in, len, &before, run);
	if (to_pod && !before.has_ports && ends_the_same(in, len, &before, run))
		return true;
	if (!holds(view_read(run->bytes, run->len, &after),
		    "forwarded, but nobody can read what came out"))
		return false;
	if (!holds(len - before.ip == run->len - after.ip, "the length"))
		return false;
	return rest_is_same(in, &before, run->bytes, &after, len) &&
	       checks_fit(in, &before, run->bytes, &after) &&
	       hop_fits(in, &before, run->bytes, &after, actions[reason]) &&
	       (!before.has_ports || ends_fit(in, &before, run->bytes, &after, to_pod));
}

/* An answer is whole, and goes to who has sent the frame. */
static bool answers_well(const uint8_t *in, const struct run *run)
{
	size_t ip = FRAME_ETH_LEN, tag = 0;
	const uint8_t *out = run->bytes;
	bool is_v4;

	while (out[12 + tag] == 0x81)
		tag += 4;
	ip += tag;
	is_v4 = out[ip] >> 4 == 4;
	if (!holds(memcmp(out, in + 6, 6) == 0 && memcmp(out + 6, in, 6) == 0 &&
			    memcmp(out + 12, in + 12, tag) == 0,
		    "an answer to somebody else"))
		return false;
	if (is_v4)
		return holds(run->len == ip + view_get16(out + ip + 2) &&
				     memcmp(out + ip + 16, in + ip + 12, 4) == 0 &&
				     !view_sum(out, ip, ip + 20) &&
				     !view_sum(out, ip + 20, run->len),
			"an answer of IPv4 that is not right");
	return holds(run->len == ip + 40 + view_get16(out + ip + 4) &&
			     memcmp(out + ip + 24, in + ip + 8, 16) == 0 &&
			     (view_sum(out, ip + 8, run->len) +
				     (uint32_t)(run->len - ip - 40) + 58) %
					     0xffff ==
				     0,
		"an answer of IPv6 that is not right");
}

bool invariants_hold(
	const uint8_t *in, size_t len, enum network_dev dev, enum sp_reason *ret_reason)
{
	static struct run run, again;
	int reason;

	loaded_run(in, len, dev, &run);
	reason = reason_of(&run);
	if (!holds(reason >= 0, "not one reason") || !verdict_fits(&run, actions[reason]))
		return false;
	*ret_reason = (enum sp_reason)reason;
	if (actions[reason] == STACK)
		return holds(run.len == len && memcmp(run.bytes, in, len) == 0,
			"to the stack, but not as it came");
	if (actions[reason] == ANSWER)
		return answers_well(in, &run);
	if (actions[reason] != FORWARD && actions[reason] != RESOLVE)
		return true;
	if (!forwards_well(in, len, &run, reason))
		return false;
	loaded_run(in, len, dev, &again);
	return holds(again.verdict == run.verdict && again.len == run.len &&
			     memcmp(again.bytes, run.bytes, run.len) == 0,
		"the same frame goes another way");
}
