/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The map of VLAN devices, which balancer and decapsulator have each for itself. */
#ifndef VLANS_H
#define VLANS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "types.h"

/* Device and tag -> VLAN device, and back (types.h). Written by the loader when it
 * attaches or applies, read for frames with tags and when the kernel is asked for a
 * route. A miss: VLAN, on the way out no tag. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SP_VLANS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct sp_vlan_key);
	__type(value, struct sp_vlan);
} sp_vlans SEC(".maps");

#endif
