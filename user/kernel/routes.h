/* SPDX-License-Identifier: BSD-2-Clause */
/* Blackhole and local routes of VIPs, in step with an apply. */
#ifndef KERNEL_ROUTES_H
#define KERNEL_ROUTES_H

#include "base/diag.h"
#include "plan/plan.h"

/* rtm_protocol of our routes: `ip route show proto 191`. */
#define ROUTES_PROTOCOL 191

struct routes;

/* `plan` and `diags` are used until routes_close(). */
int routes_open(const struct plan *plan, struct routes **ret_routes, struct diags *diags);

/* Before the plan is live: add the routes of VIPs that it adds. After a failure some may
 * be there: routes_undo(). */
int routes_add_new(struct routes *routes);

/* Take back what was added. */
void routes_undo(struct routes *routes);

/* Once it is live: add all others that are missing, remove ours that no service needs,
 * warn of routes that are not ours and of VIPs that are addresses of this node. What
 * fails is a warning too: the services are live. */
void routes_sync(struct routes *routes);

void routes_close(struct routes *routes); /* takes NULL */

#endif
