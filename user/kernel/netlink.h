/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes to single hosts, over rtnetlink: what routes.c asks of the kernel. */
#ifndef KERNEL_NETLINK_H
#define KERNEL_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

struct netlink;

int netlink_open(struct netlink **ret_netlink);
void netlink_close(struct netlink *netlink); /* takes NULL */

/* Which routes of both families a dump is about; the kernel filters, so that a full BGP
 * table stays where it is. */
struct netlink_filter {
	uint8_t table;	  /* RT_TABLE_MAIN, ... */
	uint8_t type;	  /* RTN_BLACKHOLE, ... */
	uint8_t protocol; /* 0: any */
};

/* Called for the destination of each; a negative errno ends the dump. */
typedef int (*netlink_each)(void *context, const struct sp_addr *addr);

/* Returns 0; -EINTR when routes changed meanwhile; another negative errno. */
int netlink_dump(struct netlink *netlink, const struct netlink_filter *filter,
	netlink_each each, void *context);

/* Is there a route to this very address, of any kind but local, whatever its metric? */
bool netlink_has_route(struct netlink *netlink, const struct sp_addr *addr);

/* A blackhole route in the main table. -EEXIST, -ESRCH as the kernel says. */
int netlink_add_blackhole(
	struct netlink *netlink, const struct sp_addr *addr, uint8_t protocol);
int netlink_remove_blackhole(
	struct netlink *netlink, const struct sp_addr *addr, uint8_t protocol);

#endif
