// SPDX-License-Identifier: BSD-2-Clause
/* An open hash table, at most half full; a gap is closed when an address goes. */
#include "l7/address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int addresses_init(struct addresses *addresses, uint32_t max, uint64_t seed)
{
	uint32_t size = 64;

	while (size / 2 < max && size < 1U << 30)
		size *= 2;
	*addresses = (struct addresses){
		.slots = calloc(size, sizeof(*addresses->slots)),
		.mask = size - 1,
		.seed = seed,
	};
	return addresses->slots ? 0 : -ENOMEM;
}

static uint32_t home_of(const struct addresses *addresses, const struct sp_addr *addr)
{
	return (uint32_t)XXH64(addr, sizeof(*addr), addresses->seed) & addresses->mask;
}

/* Its slot, or the free one where it would go. */
static uint32_t slot_of(const struct addresses *addresses, const struct sp_addr *addr)
{
	uint32_t at = home_of(addresses, addr);

	while (addresses->slots[at].connections &&
		memcmp(&addresses->slots[at].addr, addr, sizeof(*addr)) != 0)
		at = (at + 1) & addresses->mask;
	return at;
}

bool address_take(struct addresses *addresses, const struct sp_addr *addr, uint32_t max)
{
	struct address *slot = &addresses->slots[slot_of(addresses, addr)];

	if (slot->connections >= max)
		return false;
	slot->addr = *addr;
	slot->connections++;
	return true;
}

/* Whoever passed the gap on the way to a slot moves into it. */
static void gap_close(struct addresses *addresses, uint32_t gap)
{
	uint32_t mask = addresses->mask, at = gap;

	for (;;) {
		uint32_t home;

		at = (at + 1) & mask;
		if (!addresses->slots[at].connections)
			return;
		home = home_of(addresses, &addresses->slots[at].addr);
		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		addresses->slots[gap] = addresses->slots[at];
		addresses->slots[at].connections = 0;
		gap = at;
	}
}

void address_give(struct addresses *addresses, const struct sp_addr *addr)
{
	uint32_t at = slot_of(addresses, addr);

	if (!addresses->slots[at].connections)
		return;
	if (!--addresses->slots[at].connections)
		gap_close(addresses, at);
}

void addresses_done(struct addresses *addresses)
{
	free(addresses->slots);
	*addresses = (struct addresses){0};
}
