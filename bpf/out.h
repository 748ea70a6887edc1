/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one exit: counts why a packet leaves and turns that into an XDP action. */
#ifndef OUT_H
#define OUT_H

#include "count.h"
#include "maps.h"
#include "packet.h"

/* What becomes of the packet, as reasons.h says. */
enum out_action {
	OUT_FORWARD,
	OUT_STACK,
	OUT_RESOLVE,
	OUT_ANSWER,
	OUT_DROP,
};

static __always_inline enum out_action out_action_of(enum sp_reason reason)
{
#define OUT_CASE(name, text, action, meaning) \
	case SP_REASON_##name:                \
		return OUT_##action;

	switch (reason) {
		SP_REASONS(OUT_CASE)
	default:
		return OUT_STACK;
	}
#undef OUT_CASE
}

static __always_inline int out_packet(const struct packet *packet)
{
	count_one(&sp_counters, packet->reason);
	switch (out_action_of(packet->reason)) {
	case OUT_FORWARD:
		return bpf_redirect(packet->hop.ifindex, 0);
	case OUT_ANSWER:
		return XDP_TX;
	case OUT_DROP:
		return XDP_DROP;
	default:
		return XDP_PASS;
	}
}

#endif
