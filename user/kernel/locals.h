/* SPDX-License-Identifier: BSD-2-Clause */
/* What this node answers for. */
#ifndef KERNEL_LOCALS_H
#define KERNEL_LOCALS_H

#include <stddef.h>

/* Make a map like sp_locals say which addresses are this node's (local routes, those of
 * loopback itself left out), and which of them may be a VIP's: those of lo, or of an
 * Ethernet device that does no ARP (dummy), where nobody else reaches them by.
 * *ret_vips gets the number of the latter. Returns 0 or a negative errno. */
int locals_refresh(int map, size_t *ret_vips);

#endif
