/* SPDX-License-Identifier: BSD-2-Clause */
/* One worker: an event loop that serves until it is told to drain. */
#ifndef L7_WORKER_H
#define L7_WORKER_H

#include "l7/log.h"
#include "l7/settings.h"
#include "l7/stats.h"
#include "l7/tables.h"

/* Borrowed for the run. */
struct worker_setup {
	const struct l7_settings *settings;
	struct l7_tables tables;
	/* CONTROL_TABLES came: make setup->tables those of `fd`. NULL when the tables are
	 * the kernel's. Returns 0 or a negative errno (the old ones stay). */
	int (*replace_tables)(struct worker_setup *setup, int fd);
	int control;		/* control.h */
	struct l7_stats *stats; /* this worker's own */
	struct log_ring *log;	/* this worker's own; NULL: no access log */
	unsigned number;
};

/* Serve. SIGPIPE is ignored from then on. Returns 0 when drained; a negative errno when
 * the loop could not be made or the keeper is gone. */
int worker_run(struct worker_setup *setup);

#endif
