/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and endpoints, as packets, maps and manifests share them. */
#ifndef SP_ADDR_H
#define SP_ADDR_H

#include <linux/types.h>

/* An IPv6 address in network byte order, or an IPv4 one as ::ffff:a.b.c.d.
 *
 * One type for both families: a map then has one key and the program one path. A real
 * IPv6 packet with an address in ::ffff:0:0/96 would be mistaken for IPv4, so the
 * program hands such packets to the stack (SP_REASON_MAPPED_ADDR). */
struct sp_addr {
	__be32 word[4];
};

/* Address, port and protocol: a VIP or a pod, and the key of the maps that find them.
 * No hidden padding: maps compare keys byte by byte, `zero` must be 0. */
struct sp_endpoint {
	struct sp_addr addr;
	__be16 port;
	__u8 protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 zero;
};

_Static_assert(sizeof(struct sp_addr) == 16, "an address is a map key");
_Static_assert(sizeof(struct sp_endpoint) == 20, "an endpoint is a map key");

/* ::ffff:0:0/96 as the third word of an address, in network byte order. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SP_V4_MARK ((__be32)0xffff0000)
#else
#define SP_V4_MARK ((__be32)0x0000ffff)
#endif

static inline struct sp_addr sp_addr_from_v4(__be32 v4)
{
	return (struct sp_addr){.word = {0, 0, SP_V4_MARK, v4}};
}

static inline _Bool sp_addr_is_v4(const struct sp_addr *addr)
{
	return !addr->word[0] && !addr->word[1] && addr->word[2] == SP_V4_MARK;
}

#endif
