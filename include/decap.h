/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What loader and decapsulating program share: why a packet left that program the way it
 * did, and what its maps hold.
 *
 * SP_DECAP_REASONS(X): X(ENUM, "name", ACTION, "meaning"); ACTION is PASS (given to the
 * kernel: as it came, but for the first reason) or DROP. A reason keeps its place: new
 * ones go to the end. */
#ifndef SP_DECAP_H
#define SP_DECAP_H

#include "addr.h"

/* clang-format off */
#define SP_DECAP_REASONS(X) \
	X(DECAPSULATED, "decapsulated", PASS, "given to the kernel without its tunnel header") \
	X(NOT_TUNNEL,   "not-tunnel",   PASS, "neither IP in IP nor UDP to port 6080") \
	X(OUTER_HEADER, "outer-header", PASS, "tunnel header with IPv4 options, a wrong checksum or IPv4-mapped addresses") \
	X(OUTER_FRAGMENT, "outer-fragment", PASS, "fragment of a tunnel packet") \
	X(TRUNCATED,    "truncated",    PASS, "tunnel packet that is shorter than its headers say") \
	X(GUE_VARIANT,  "gue-variant",  PASS, "UDP to port 6080 that is not GUE of variant 1") \
	X(OTHER_NODE,   "other-node",   PASS, "tunnel packet to no address of this node") \
	X(INNER_HEADER, "inner-header", PASS, "packet inside is malformed, or neither TCP, UDP nor an ICMP error") \
	X(NO_VIP,       "no-vip",       PASS, "packet inside is to no VIP of this node") \
	X(REFUSED,      "refused",      DROP, "the tunnel's sender is outside --from") \
	X(ECN,          "ecn",          DROP, "marked by congestion, but the packet inside cannot say so")
/* clang-format on */

#define SP_DECAP_ENUM(name, text, action, meaning) SP_DECAP_##name,
enum sp_decap_reason { SP_DECAP_REASONS(SP_DECAP_ENUM) SP_DECAP_COUNT };
#undef SP_DECAP_ENUM

#define SP_LOCALS_MAX 65536
#define SP_SENDERS_MAX 16384

/* sp_locals, sp_senders: longest prefix of an address -> what is there. */
struct sp_prefix {
	__u32 len; /* bits of `addr`: of an IPv4 prefix 96 more */
	struct sp_addr addr;
};

/* Value of sp_locals. */
enum sp_local {
	SP_LOCAL_NODE = 1, /* an address that other nodes reach this one by */
	SP_LOCAL_VIP = 2,  /* one of lo or a dummy device: that of a VIP, too */
};

#endif
