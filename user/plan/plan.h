/* SPDX-License-Identifier: BSD-2-Clause */
/* What must change for the kernel to hold what the manifests say. Pure. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "model/model.h"

enum change {
	CHANGE_NONE,
	CHANGE_ADD,
	CHANGE_REMOVE,
	CHANGE_MODIFY,
};

/* One pod of a changed service. */
struct plan_pod {
	enum change change;
	const struct pod *live;	  /* NULL when it is added */
	const struct pod *wanted; /* NULL when it is removed */
};

struct plan_service {
	enum change change;
	const struct service *live;   /* NULL when it is added */
	const struct service *wanted; /* NULL when it is removed */
	struct plan_pod *pods;	      /* those that differ, by endpoint */
	size_t pods_len;
};

/* One entry per VIP of either model, by VIP, unchanged ones included.
 * Borrows both models; own memory is in `arena`. */
struct plan {
	struct arena arena;
	struct plan_service *services;
	size_t services_len;
	size_t changes_len; /* entries that are not CHANGE_NONE */
};

/* Returns 0; -ENOMEM. A service whose fingerprint is equal has CHANGE_NONE. */
int plan_make(
	const struct model *live, const struct model *wanted, struct plan *ret_plan);

void plan_done(struct plan *plan);

#endif
