/* SPDX-License-Identifier: BSD-2-Clause */
/* From the table that packets see to the one they should see, without breaking a flow:
 * slots that change their pod remember the one before. Pure. */
#ifndef TABLE_MOVE_H
#define TABLE_MOVE_H

#include <stdbool.h>

#include "table/table.h"

/* Slots of both tables name pods by numbers of one kind. */
struct move {
	uint32_t now_s;
	struct sp_window window;
	const uint64_t *alive; /* bit n: pod n may keep flows (ready or draining) */
};

enum move_result {
	MOVE_CLEAN,  /* the wanted table itself: no flow is at risk */
	MOVE_MOVING, /* some slots move or are pinned */
	MOVE_BREAKS, /* the wanted table itself, and flows break: the live table cannot be
		      * followed slot by slot */
};

/* Turn `table`, the wanted one, whose slots are all clean, into the one to publish after
 * `live`, whose words are borrowed.
 *
 * Slots come from where the same hashes fell before:
 *   maglev   if one size divides the other: as many as the larger one has
 *   ring     cut at the points of both rings; neighbours that are equal are one again
 *   others   cannot be followed: another algorithm, other maglev sizes
 * For each such slot, with its wanted pod:
 *   clean, same pod: clean. Other pod: moves from the live one, if that is alive
 *   moving, previous alive: another wanted pod becomes the current one, `previous` stays,
 *   the window starts anew
 *   pinned, or moving without a previous: another wanted pod moves it from the current
 * one, if that is alive
 *
 * Returns 0; -ENOMEM, then `table` is as before. */
int table_move(const struct table *live, const struct move *move, struct table *table,
	enum move_result *ret_result);

/* Whether a pod that is alive has slots, or had them a short while ago. */
bool table_has_flows(const struct table *table, const struct move *move);

#endif
