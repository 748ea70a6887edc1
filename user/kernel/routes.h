/* SPDX-License-Identifier: BSD-2-Clause */
/* Blackhole routes of VIPs, in step with an apply. */
#ifndef KERNEL_ROUTES_H
#define KERNEL_ROUTES_H

#include "base/diag.h"
#include "plan/plan.h"

/* rtm_protocol of our routes: `ip route show proto 191`. */
#define ROUTES_PROTOCOL 191

struct routes;

/* Find out which routes the plan's services need and which are there; warn of VIPs that
 * are addresses of this node. `diags` is used until routes_close(). */
int routes_open(const struct plan *plan, struct routes **ret_routes, struct diags *diags);

/* Add what is missing. After a failure some may be there: routes_undo(). */
int routes_add(struct routes *routes);

/* Take back what routes_add() added. */
void routes_undo(struct routes *routes);

/* Remove ours that no service needs; what cannot be removed is a warning. */
void routes_remove(struct routes *routes);

void routes_close(struct routes *routes); /* takes NULL */

#endif
