/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Part of the third stage: the pod of a flow whose slot is not clean.
 *
 * A flow that is pinned keeps its pod while that lives. While the slot moves, a SYN
 * goes to the current pod and is remembered in a map that a flood can only churn; the
 * flow's next packet has proven that somebody is there, and pins it. Any other packet
 * belongs to a flow that is older than the change: to the previous pod while that lives,
 * and pinned. When the window is over nothing new is remembered. */
#ifndef FLOW_H
#define FLOW_H

#include <linux/in.h>

#include "clock.h"
#include "event.h"
#include "pod.h"
#include "slot.h"

/* A client that has its pod's answer sends the next packet within a round trip, and its
 * SYN again while it has none. What is older may be of another flow with the same ports,
 * or of none. */
#define FLOW_SYN_S 60

#define FLOW_TCP_FIN 0x01
#define FLOW_TCP_SYN 0x02
#define FLOW_TCP_RST 0x04
#define FLOW_TCP_ACK 0x10

static __always_inline __u8 flow_tcp_flags(const struct packet *packet)
{
	return packet->tcp_flags ? *packet->tcp_flags : 0;
}

/* UDP does not say which packet is a flow's first. */
static __always_inline _Bool flow_is_new(const struct packet *packet)
{
	return (flow_tcp_flags(packet) & (FLOW_TCP_SYN | FLOW_TCP_ACK)) == FLOW_TCP_SYN;
}

/* A flow as its packet shows it. */
struct flow {
	struct sp_flow_key key;
	sp_slot slot;
	__u32 now_s;
};

/* Remember the flow's pod in `map`; returns 0, or an error when it is full. */
static __always_inline long flow_remember(
	void *map, const struct flow *flow, __u32 number)
{
	struct sp_flow value = {
		.pod = number, .born = pod_get_born(number), .seen_s = flow->now_s};

	return bpf_map_update_elem(map, &flow->key, &value, BPF_ANY);
}

static __always_inline long flow_pin(const struct flow *flow, __u32 number)
{
	long error = flow_remember(&sp_flows, flow, number);

	event_count(error ? SP_EVENT_FLOWS_FULL : SP_EVENT_FLOW_PINNED);
	return error;
}

/* To the current pod, because its own is gone. */
static __always_inline __u32 flow_lose(const struct flow *flow)
{
	__u32 number = sp_slot_current(flow->slot);

	event_count(SP_EVENT_FLOW_LOST);
	flow_remember(&sp_flows, flow, number);
	return number;
}

/* The pod of a flow that began when the slot moved already, and is alive. */
static __always_inline __u32 flow_promote(
	const struct packet *packet, const struct flow *flow, struct sp_flow *syn)
{
	__u32 number = syn->pod;

	if (!pod_is_alive(packet, number, syn->born)) {
		bpf_map_delete_elem(&sp_syns, &flow->key);
		return flow_lose(flow);
	}
	if (flow_pin(flow, number))
		syn->seen_s = flow->now_s; /* it is all that knows this flow */
	else
		bpf_map_delete_elem(&sp_syns, &flow->key);
	return number;
}

/* The pod of a flow that is older than the change. */
static __always_inline __u32 flow_keep(
	const struct packet *packet, const struct flow *flow)
{
	__u32 number = sp_slot_previous(flow->slot);

	if (!pod_find_alive(packet, number))
		return sp_slot_current(flow->slot);
	flow_pin(flow, number);
	return number;
}

/* The pod of a flow that is not pinned, while its slot moves. */
static __always_inline __u32 flow_meet(
	const struct packet *packet, const struct flow *flow)
{
	struct sp_flow *syn;

	if (flow_is_new(packet)) {
		flow_remember(&sp_syns, flow, sp_slot_current(flow->slot));
		event_count(SP_EVENT_SYN_REMEMBERED);
		return sp_slot_current(flow->slot);
	}
	syn = bpf_map_lookup_elem(&sp_syns, &flow->key);
	if (syn && flow->now_s < syn->seen_s + FLOW_SYN_S)
		return flow_promote(packet, flow, syn);
	return flow_keep(packet, flow);
}

/* The same for an error about a packet of the flow, which says nothing of its state and
 * is easily forged: it follows what is remembered and leaves that as it is. */
static __always_inline __u32 flow_follow(
	const struct packet *packet, const struct flow *flow)
{
	const struct sp_flow *syn = bpf_map_lookup_elem(&sp_syns, &flow->key);
	__u32 number = sp_slot_previous(flow->slot);

	if (syn && flow->now_s < syn->seen_s + FLOW_SYN_S &&
		pod_is_alive(packet, syn->pod, syn->born))
		return syn->pod;
	return pod_find_alive(packet, number) ? number : sp_slot_current(flow->slot);
}

/* The pod of a flow that is not pinned to one that lives: `is_lost` it was pinned to one
 * that is gone, else its slot moves. A function of its own, as few packets come here; it
 * makes the key again, as the stack is small. */
static __noinline __u32 flow_choose_anew(
	const struct packet *packet, sp_slot slot, __u32 now_s, _Bool is_lost)
{
	struct flow flow = {
		.key = {.client = packet->source, .service = packet->service},
		.slot = slot,
		.now_s = now_s,
	};

	if (packet->is_error)
		return is_lost ? sp_slot_current(slot) : flow_follow(packet, &flow);
	return is_lost ? flow_lose(&flow) : flow_meet(packet, &flow);
}

/* The entry of a pinned flow; NULL: it has none that counts. */
static __always_inline struct sp_flow *flow_find(
	const struct packet *packet, const struct sp_state *state, __u32 now_s)
{
	struct sp_flow_key key = {.client = packet->source, .service = packet->service};
	struct sp_flow *found = bpf_map_lookup_elem(&sp_flows, &key);
	_Bool is_tcp = packet->source.protocol == IPPROTO_TCP;

	if (!found || sp_flow_is_idle(found, is_tcp, state, now_s))
		return NULL;
	if (!found->closed || !flow_is_new(packet))
		return found;
	/* The client uses the port of a closed flow again. */
	bpf_map_delete_elem(&sp_flows, &key);
	return NULL;
}

static __always_inline void flow_refresh(
	const struct packet *packet, struct sp_flow *found, __u32 now_s)
{
	if (now_s >= found->seen_s + SP_FLOW_STEP_S)
		found->seen_s = now_s;
	if (flow_tcp_flags(packet) & (FLOW_TCP_FIN | FLOW_TCP_RST))
		found->closed = 1;
}

/* The number of the pod of a packet whose slot is not clean; of its ends, the one that is
 * not the client's is still the VIP. */
static __always_inline __u32 flow_choose_pod(const struct packet *packet, sp_slot slot)
{
	const __u32 only = 0;
	const struct sp_state *state = bpf_map_lookup_elem(&sp_state, &only);
	__u32 now_s = clock_now_s();
	struct sp_flow *found;

	if (!state)
		return sp_slot_current(slot);
	found = flow_find(packet, state, now_s);
	if (found && pod_is_alive(packet, found->pod, found->born)) {
		if (!packet->is_error)
			flow_refresh(packet, found, now_s);
		return found->pod;
	}
	if (!found && sp_slot_state(slot, now_s, &state->window) != SP_SLOT_MOVING)
		return sp_slot_current(slot);
	return flow_choose_anew(packet, slot, now_s, found != NULL);
}

#endif
