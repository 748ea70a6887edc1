/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Third stage of the decapsulating program: congestion that routers marked outside is
 * said inside (RFC 6040, section 4.2). */
#ifndef ECN_H
#define ECN_H

#include <bpf/bpf_endian.h>

#include "csum.h"
#include "decap.h"
#include "outer.h"
#include "packet.h"

/* The lower bits of TOS or traffic class. */
enum ecn {
	ECN_NONE = 0,
	ECN_ECT1 = 1,
	ECN_ECT0 = 2,
	ECN_MARKED = 3,
};

/* The header's first 16 bits: of IPv4 TOS is the lower byte, of IPv6 bits 4 to 11. */
static __always_inline void ecn_set(struct packet *packet, __u8 from, __u8 to)
{
	__be16 *word = (__be16 *)packet->v4, old = *word;

	*word = old ^ bpf_htons((from ^ to) << (packet->is_v4 ? 0 : 4));
	if (packet->is_v4)
		packet->v4->check =
			csum_update(packet->v4->check, csum_diff16(old, *word));
}

/* The last write inside; it changes nothing when the packet stops. */
static __always_inline _Bool ecn_combine(struct packet *packet, struct outer *outer)
{
	__u8 outside = outer->tos & ECN_MARKED, inside = packet_tos(packet) & ECN_MARKED;

	if (outside == ECN_MARKED && inside == ECN_NONE)
		return outer_stop(outer, SP_DECAP_ECN);
	if ((outside == ECN_MARKED && inside != ECN_MARKED) ||
		(outside == ECN_ECT1 && inside == ECN_ECT0))
		ecn_set(packet, inside, outside);
	return 1;
}

#endif
