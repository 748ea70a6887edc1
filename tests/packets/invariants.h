/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds for every frame that comes in, whatever is in it. */
#ifndef INVARIANTS_H
#define INVARIANTS_H

#include "rows.h"

/* Run a frame: one reason is counted and the verdict is that reason's; what goes to the
 * stack is as it came; what is forwarded differs in nothing but what has to change, has
 * checksums as right as before, goes to the service's pod or comes from its VIP, and goes
 * the same way again; an answer is whole and goes back. What does not hold is printed;
 * *ret_reason is set where there is one. The services are the cast and those of
 * direct.h. */
bool invariants_hold(
	const uint8_t *in, size_t len, enum network_dev dev, enum sp_reason *ret_reason);

#endif
