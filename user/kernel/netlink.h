/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes, addresses and neighbours, over rtnetlink: what is asked of the kernel about the
 * network. */
#ifndef KERNEL_NETLINK_H
#define KERNEL_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

struct netlink;

int netlink_open(struct netlink **ret_netlink);
void netlink_close(struct netlink *netlink); /* takes NULL */

/* What routes are like, but for their destination. */
struct netlink_route {
	uint8_t table;	  /* RT_TABLE_MAIN, ... */
	uint8_t type;	  /* RTN_BLACKHOLE, RTN_LOCAL */
	uint8_t protocol; /* in a dump 0: any */
};

#define NETLINK_HOST_BITS 128

struct netlink_found {
	struct sp_addr dest;
	uint8_t bits; /* of its prefix: of an IPv4 one 96 more */
	uint8_t protocol;
	uint32_t ifindex; /* of the device; 0: none, or several */
};

/* Called for each; a negative errno ends the dump. */
typedef int (*netlink_each)(void *context, const struct netlink_found *found);

/* All routes that are like that, of both families; the kernel filters, so that a full BGP
 * table stays where it is.
 * Returns 0; -EINTR when routes changed meanwhile; another negative errno. */
int netlink_dump(struct netlink *netlink, const struct netlink_route *like,
	netlink_each each, void *context);

/* Is there a route to this very address, of any kind but local, whatever its metric? */
bool netlink_has_route(struct netlink *netlink, const struct sp_addr *addr);

/* A route to one host; a local one is by the loopback device. -EEXIST, -ESRCH, -ENETDOWN
 * as the kernel says. */
int netlink_add(struct netlink *netlink, const struct sp_addr *addr,
	const struct netlink_route *route);
int netlink_remove(struct netlink *netlink, const struct sp_addr *addr,
	const struct netlink_route *route);

/* The first global address of a family on a device, as the kernel lists them, but none
 * that is temporary or about to go. -ENOENT: it has none. */
int netlink_find_address(
	struct netlink *netlink, uint32_t ifindex, bool is_v4, struct sp_addr *ret_addr);

/* Whether a neighbour has this address and this MAC address, on any device. */
bool netlink_has_neighbour(
	struct netlink *netlink, const struct sp_addr *addr, const uint8_t mac[6]);

#endif
