/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Before the exit: a frame that came in with tags, or is to leave with some, gets them.
 */
#ifndef LEAVE_H
#define LEAVE_H

#include "out.h"
#include "vlan.h"

/* Whether the packet leaves by the device that it came in at. */
static __always_inline _Bool leave_is_back(const struct packet *packet)
{
	const struct hop *hop = &packet->hop;

	return out_action_of(packet->reason) != OUT_FORWARD ||
	       (hop->vlan ? hop->vlan : hop->ifindex) == packet->entry.ifindex;
}

/* Before the packet leaves, whatever has become of it. */
static __always_inline void leave_with_tags(struct packet *packet)
{
	if (!(packet->entry.tags.len | packet->hop.vlan))
		return;
	if (leave_is_back(packet))
		vlan_put_on(packet->ctx, &packet->entry.tags, 0);
	else if (packet->hop.vlan)
		vlan_put_on(packet->ctx, &packet->entry.tags, packet->hop.vlan);
}

#endif
