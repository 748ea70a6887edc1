/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of source ranges in sp_ranges: one for each version of a service that has any. */
#ifndef KERNEL_RANGES_H
#define KERNEL_RANGES_H

#include "kernel/state.h"

/* Keys of sp_ranges, by list, then address, then length; each once. */
struct range_keys {
	struct sp_range_key *at;
	size_t len;
};

/* All of them. A reader may see those of lists in the making; a list that is live stays.
 * Returns 0 or a negative errno. */
int range_keys_read(const struct kernel *kernel, struct range_keys *ret_keys);

/* Those that belong to no live version. Versions of the future are none. */
int range_keys_read_stale(const struct kernel *kernel, struct range_keys *ret_keys);

int range_keys_remove(const struct kernel *kernel, const struct range_keys *keys);
void range_keys_done(struct range_keys *keys);

/* Write the ranges of `service` as those of version `version` of number `number`. */
int ranges_write(const struct kernel *kernel, uint32_t number, int version,
	const struct service *service, struct diags *diags);

/* Give a service its ranges back. Returns 0; -ENOMEM. */
int ranges_read(const struct range_keys *keys, uint32_t number, uint8_t filtered,
	struct service *service, struct arena *arena);

#endif
