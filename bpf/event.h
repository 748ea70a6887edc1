/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What was remembered or could not be, counted; a packet's way never depends on it. */
#ifndef EVENT_H
#define EVENT_H

#include "count.h"
#include "maps.h"

static __always_inline void event_count(enum sp_event event)
{
	count_one(&sp_events, event);
}

#endif
