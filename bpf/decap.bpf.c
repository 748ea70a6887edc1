/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The pod node's side of a tunnel, in XDP: a packet to a VIP of this node that comes in a
 * tunnel of a balancer goes to the stack without the tunnel's header, and everything
 * else as it came. */
#include "count.h"
#include "decap_maps.h"
#include "ecn.h"
#include "inner.h"
#include "macs.h"
#include "outer.h"
#include "packet.h"
#include "vlan.h"

/* Always has room; were it otherwise, the packet would reach the stack in its tunnel. */
static __always_inline _Bool take_off(struct packet *packet, struct outer *outer)
{
	__be16 type = packet->is_v4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	int len = outer->inner - (void *)(packet->eth + 1);
	struct eth *eth = macs_move(packet->ctx, len);

	if (!eth)
		return outer_stop(outer, SP_DECAP_TRUNCATED);
	eth->type = type;
	outer->reason = SP_DECAP_DECAPSULATED;
	return 1;
}

static __always_inline int action_of(enum sp_decap_reason reason)
{
#define ACTION_CASE(name, text, action, meaning) \
	case SP_DECAP_##name:                    \
		return XDP_##action;

	switch (reason) {
		SP_DECAP_REASONS(ACTION_CASE)
	default:
		return XDP_PASS;
	}
#undef ACTION_CASE
}

SEC("xdp.frags")
int samepod_decap(struct xdp_md *ctx)
{
	struct packet packet = {.ctx = ctx};
	struct outer outer = {};

	if (outer_read(&packet, &outer) && inner_read(&packet, &outer) &&
		ecn_combine(&packet, &outer))
		take_off(&packet, &outer);
	if (packet.entry.tags.len)
		vlan_put_on(ctx, &packet.entry.tags, 0);
	count_one(&sp_decap, outer.reason);
	return action_of(outer.reason);
}

char _license[] SEC("license") = "Dual BSD/GPL";
