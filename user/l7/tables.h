/* SPDX-License-Identifier: BSD-2-Clause */
/* The published tables as a worker sees them: read-only memory, no lock, no call.
 *
 * They are the maps of include/types.h, mapped; or, without a kernel at hand, memory of
 * the same layout that the keeper fills from manifests. An apply is live for the next
 * request: its generation is read for each. */
#ifndef L7_TABLES_H
#define L7_TABLES_H

#include "base/arena.h"
#include "model/model.h"
#include "types.h"

/* Borrowed; the arrays are as long as limits.h says, or shorter. */
struct l7_tables {
	const struct sp_state *state;
	const struct sp_service *services;
	const struct sp_pod *pods;
	const uint64_t *words;
	uint32_t services_len, pods_len;
	/* Make words [first, first + len) readable: the tables may have grown. Called
	 * only when a service has changed. Returns 0 or a negative errno. */
	int (*reach)(void *context, uint32_t first, uint32_t len);
	void *context;
};

/* A worker's knowledge of one VIP. Zero-initialised but for `vip`. */
struct l7_service {
	struct sp_endpoint vip;
	uint32_t number; /* in tables->services; valid when `version.present` */
	uint32_t
		generation; /* of the tables when the rest was read; 0: read it (again) */
	struct sp_service_version version; /* present 0: no such service now */
	struct policy policy;		   /* parsed, in `arena` */
	char name[SP_NAME_LEN];
	struct arena arena;
};

/* Bring `service` up to date if an apply was published since; next to nothing otherwise.
 * Texts of the policy live until the next call. Where memory or a chunk of words cannot
 * be had, the service has no policy or no table until that works: the next call tries
 * again. Returns whether the VIP is a service now. */
bool l7_service_refresh(const struct l7_tables *tables, struct l7_service *service);
void l7_service_done(struct l7_service *service);

struct l7_pick {
	struct sp_endpoint pod;
	uint32_t number, born; /* in tables->pods */
	uint32_t slot;
};

/* The pod that `hash` falls on. Returns 0; -ENOENT no pod takes clients; -EAGAIN an apply
 * came between: refresh and call again. */
int l7_pick_hashed(const struct l7_tables *tables, const struct l7_service *service,
	uint64_t hash, struct l7_pick *ret_pick);

/* The pod of a slot below service->version.size, for who needs any pod. Returns as above.
 */
int l7_pick_slot(const struct l7_tables *tables, const struct l7_service *service,
	uint32_t slot, struct l7_pick *ret_pick);

#endif
