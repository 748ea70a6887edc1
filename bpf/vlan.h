/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* At both rims: 802.1Q and 802.1ad tags are taken off a frame that has some before the
 * stages, and put on one that is to leave with some behind them. In between there are
 * none.
 *
 * A tagged frame came in at the VLAN's device: that is asked for routes, and its MAC
 * address counts. A frame that goes to the stack, or out by the device that it came in
 * at, has its tags again as they were; one that leaves by another VLAN has that one's. */
#ifndef VLAN_H
#define VLAN_H

#include <bpf/bpf_endian.h>

#include "device.h"
#include "macs.h"
#include "packet.h"
#include "vlans.h"

#define VLAN_ID bpf_htons(0x0fff) /* the rest is priority and drop bit */

static __always_inline _Bool vlan_is_tag(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD);
}

/* --- Off --- */

/* Not more than two tags, and behind them no other. Returns as vlan_take_off(). */
static __always_inline int vlan_read_tags(
	struct vlan_entry *entry, const struct eth *eth, const void *end)
{
	const struct vlan_tag *tag = (const void *)&eth->type;

	if ((void *)(tag + 1) + sizeof(__be16) > end)
		return SP_REASON_TRUNCATED;
	entry->tags.tag[0] = tag[0];
	entry->tags.len = sizeof(*tag);
	if (!vlan_is_tag(tag[1].type))
		return 0;
	if ((void *)(tag + 2) + sizeof(__be16) > end)
		return SP_REASON_TRUNCATED;
	entry->tags.tag[1] = tag[1];
	entry->tags.len = 2 * sizeof(*tag);
	return vlan_is_tag(tag[2].type) ? SP_REASON_VLAN : 0;
}

/* The device of a tag's VLAN above device `ifindex`; NULL: there is none. */
static __always_inline const struct sp_vlan *vlan_find_device(
	__u32 ifindex, const struct vlan_tag *tag)
{
	struct sp_vlan_key key = {
		.ifindex = ifindex, .type = tag->type, .id = tag->id & VLAN_ID};

	return bpf_map_lookup_elem(&sp_vlans, &key);
}

/* Sets `ifindex`. ID 0 is no VLAN but a priority: such a frame is the device's own. */
static __always_inline int vlan_enter(struct vlan_entry *entry, const struct eth *eth)
{
	const struct sp_vlan *vlan =
		vlan_find_device(entry->ifindex, &entry->tags.tag[0]);

	if (vlan)
		entry->ifindex = vlan->ifindex;
	else if (entry->tags.tag[0].id & VLAN_ID)
		return SP_REASON_VLAN;
	if (entry->tags.len > sizeof(struct vlan_tag)) {
		vlan = vlan_find_device(entry->ifindex, &entry->tags.tag[1]);
		if (!vlan)
			return SP_REASON_VLAN;
		entry->ifindex = vlan->ifindex;
	}
	if (vlan ? packet_is_mac(&eth->dest, (const void *)vlan->mac)
		 : device_has_mac(&eth->dest))
		return 0;
	return SP_REASON_OTHER_MAC;
}

/* The MAC addresses move up to what is behind the tags. Returns 0, or the reason for
 * which the packet stops; then the frame is as it was. `entry` comes with the device's
 * number. This and vlan_put_on() are functions of their own for the verifier, which
 * else takes each tagged packet through all stages beside each that is not. */
__noinline int vlan_take_off(struct xdp_md *ctx, struct vlan_entry *entry)
{
	struct eth *eth = (void *)(long)ctx->data;
	const void *end = (void *)(long)ctx->data_end;
	int reason;

	if (!entry || (void *)(eth + 1) > end)
		return SP_REASON_TRUNCATED;
	reason = vlan_read_tags(entry, eth, end);
	if (!reason)
		reason = vlan_enter(entry, eth);
	if (reason)
		return reason;
	return macs_move(ctx, (int)entry->tags.len) ? 0 : SP_REASON_TRUNCATED;
}

/* --- On --- */

/* A VLAN's device by its number alone; NULL: it is none. */
static __always_inline const struct sp_vlan *vlan_find(__u32 ifindex)
{
	struct sp_vlan_key key = {.ifindex = ifindex};

	return bpf_map_lookup_elem(&sp_vlans, &key);
}

/* The device below, down to one that is no VLAN's. */
static __always_inline __u32 vlan_find_base(__u32 ifindex)
{
	const struct sp_vlan *vlan = vlan_find(ifindex);

	if (!vlan)
		return ifindex;
	ifindex = vlan->ifindex;
	vlan = vlan_find(ifindex);
	return vlan ? vlan->ifindex : ifindex;
}

/* The tags of frames that leave by VLAN device `ifindex`. */
static __always_inline void vlan_find_tags(__u32 ifindex, struct vlan_tags *ret_tags)
{
	const struct sp_vlan *inner = vlan_find(ifindex), *outer;
	struct vlan_tag *tag = ret_tags->tag;

	if (!inner)
		return;
	outer = vlan_find(inner->ifindex);
	if (outer)
		*tag++ = (struct vlan_tag){outer->type, outer->id};
	*tag = (struct vlan_tag){inner->type, inner->id};
	ret_tags->len = (outer ? 2 : 1) * sizeof(*tag);
}

/* Put `len` bytes of tags on a frame without. It always has the 8 bytes of headroom that
 * this takes at most. */
static __always_inline int vlan_push(struct xdp_md *ctx, const struct vlan_tags *tags)
{
	struct eth *eth = macs_move(ctx, -(int)tags->len);
	struct vlan_tag *tag;

	if (!eth)
		return 0;
	tag = (void *)&eth->type;
	if ((void *)(tag + 1) > (void *)(long)ctx->data_end)
		return 0;
	tag[0] = tags->tag[0];
	if (tags->len > sizeof(*tag) && (void *)(tag + 2) <= (void *)(long)ctx->data_end)
		tag[1] = tags->tag[1];
	return 1;
}

/* The tags of VLAN device `ifindex`; 0: those that the frame came with. */
__noinline int vlan_put_on(
	struct xdp_md *ctx, const struct vlan_tags *came, __u32 ifindex)
{
	struct vlan_tags tags = {};

	if (!came)
		return 0;
	if (ifindex)
		vlan_find_tags(ifindex, &tags);
	else
		tags = *came;
	return tags.len ? vlan_push(ctx, &tags) : 0;
}

#endif
