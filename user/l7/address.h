/* SPDX-License-Identifier: BSD-2-Clause */
/* How many connections each client address has. */
#ifndef L7_ADDRESS_H
#define L7_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

struct address {
	struct sp_addr addr;
	uint32_t connections; /* 0: free */
};

struct addresses {
	struct address *slots;
	uint32_t mask; /* slots - 1; a power of two */
	uint64_t seed;
};

/* Room for `max` addresses at once. `seed` keeps clients from choosing who shares a slot.
 * Returns 0; -ENOMEM. */
int addresses_init(struct addresses *addresses, uint32_t max, uint64_t seed);

/* One more connection, unless there are `max` already: then false. */
bool address_take(struct addresses *addresses, const struct sp_addr *addr, uint32_t max);

/* One less, of those that were taken. */
void address_give(struct addresses *addresses, const struct sp_addr *addr);

void addresses_done(struct addresses *addresses);

#endif
