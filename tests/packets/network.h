/* SPDX-License-Identifier: BSD-2-Clause */
/* A network of its own for the test process: devices, routes and neighbours for the
 * program to find. It vanishes with the process. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

/* Devices that packets come in at, as network_open() makes them:
 *
 *   client0  the default routes lead there, by a gateway
 *   pod0     10.0.1.0/24 and fd00:1::/64; pods .11 to .13 have a neighbour entry, .99 has
 *            none
 *   small0   10.0.2.0/24 and fd00:2::/64, MTU 1280; pod .11 has a neighbour entry
 *   off0     forwarding is off
 *
 * 10.0.8.0/24 and fd00:8::/64 are unreachable, ...9... blackholes, ...10... prohibited.
 * 10.0.11.0/24 and fd00:11::/64 lead over pod .11, and so does 10.0.12.0/24, by its IPv6
 * address. The clients 198.51.100.77 and 2001:db8:1::77 have no neighbour entry. */
enum network_dev {
	NETWORK_CLIENT,
	NETWORK_POD,
	NETWORK_SMALL,
	NETWORK_OFF,
};

extern const uint8_t mac_client0[6], mac_pod0[6], mac_small0[6];
extern const uint8_t mac_gateway[6];
extern const uint8_t mac_pod[6]; /* that of pod .11, on both networks */

/* Move the process into a new network namespace and set it up. Needs root.
 * Returns 0, or -1 with the reason on stderr. */
int network_open(void);

uint32_t network_ifindex(enum network_dev dev);

/* Of client0 and pod0 and their peers; aborts when that fails. */
void network_set_mtu(unsigned mtu);

/* Give a neighbour at pod0 another MAC address; aborts when that fails. */
void network_move(const char *neighbour, const uint8_t mac[6]);

#endif
