/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings of affinity, and tables that come to rest. */
#ifndef KERNEL_SETTLE_H
#define KERNEL_SETTLE_H

#include "kernel/state.h"

/* Services whose tables moved and whose slots are all clean by now: what table_build()
 * makes can take their place. */
struct settled {
	uint64_t services[SP_SERVICES_MAX / 64]; /* bit n: number n */
};

bool settled_has(const struct settled *settled, uint32_t service);

/* Forget flows that are idle, dead or needless, and make slots clean that none needs, of
 * tables and of sessions.
 * `ret_settled`: zero-initialised. */
int settle(struct kernel *kernel, struct settled *ret_settled, struct diags *diags);

/* Keep the settings that are told (not 0) until they are told anew. */
int settings_write(struct kernel *kernel, const struct kernel_apply_options *options,
	struct diags *diags);

/* The slots of a version, as packets see them. */
int slots_reach(struct kernel *kernel, const struct sp_service_version *version,
	uint64_t **ret_slots, struct diags *diags);

/* The slot in the live table that a client falls on; -1: none. Words are reached. */
long slot_of_client(const struct kernel *kernel, uint32_t service,
	const struct sp_service_version *version, const struct sp_endpoint *client);

/* Whether what remembers the number with that birth means a pod that lives. */
bool pod_is_alive(const struct kernel *kernel, uint32_t number, uint32_t born,
	uint32_t service, uint32_t generation);

#endif
