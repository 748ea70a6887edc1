/* SPDX-License-Identifier: BSD-2-Clause */
/* The decapsulating program in the kernel, on a node with addresses, VIPs and balancers
 * of its own: what goes in, what must come out. */
#ifndef UNWRAP_H
#define UNWRAP_H

#include "decap.h"
#include "run.h"
#include "wrap.h"

/* The node has 10.0.1.11, fd00:1::11 and the VIPs 192.0.2.10, 2001:db8::10 and all of
 * 198.18.0.0/15; its balancers are 10.0.1.1, fd00:1::1 and all of 10.7.0.0/16. Frames
 * come in at client0 for its MAC address. Exits when it cannot be had. */
void unwrap_open(void);
void unwrap_close(void);

/* Device `above` is the VLAN's of the tag on `below`. */
void unwrap_set_vlan(enum network_dev below, uint16_t type, uint16_t id,
	enum network_dev above, const uint8_t mac[6]);

/* A client's packet to a VIP, and tunnels from a balancer to the node. */
struct frame unwrap_frame(bool is_v6, uint8_t protocol);
struct wrap unwrap_tunnel(bool is_v6, bool is_gue);

/* Run bytes, expect others and one more packet under `reason`. */
bool unwrap_gives(const uint8_t *in, size_t in_len, const uint8_t *out, size_t out_len,
	enum sp_decap_reason reason);

/* Run bytes and expect them as they came, for the stack or, by its reason, dropped. */
bool unwrap_leaves(const uint8_t *bytes, size_t len, enum sp_decap_reason reason);

/* Put the frame's packet into the tunnel and expect it out of it, as it was. */
bool unwrap_takes(const struct wrap *wrap, const struct frame *frame);

#endif
