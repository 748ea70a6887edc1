/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper has counted, by the names of its tables: made by the keeper, which has
 * all workers' counters mapped, for whoever asks.
 *
 * A report is a memfd that holds a struct report. The keeper sends it to `samepod show
 * l7` over its control socket (SCM_RIGHTS), and reads its own for Prometheus
 * (l7/metrics.h). */
#ifndef L7_REPORT_H
#define L7_REPORT_H

#include <stdbool.h>

#include "l7/stats.h"
#include "l7/tables.h"

/* Borrowed for a call. */
struct report_source {
	const struct l7_tables *tables;
	bool all; /* -f: every TCP service is served; else those that are the helper's */
	const struct l7_stats *const *stats; /* of each worker; one that died left them to
					      * its successor */
	size_t stats_len;
	uint32_t workers;  /* that serve now */
	uint32_t restarts; /* of workers that died */
};

struct report_row {
	char service[SP_NAME_LEN];
	struct sp_endpoint at; /* VIP; of a pod its own */
	uint32_t state;	       /* of a pod: enum sp_pod_state; of a service SP_POD_GONE */
	struct l7_traffic traffic;
};

/* Sums of all workers. */
struct report_totals {
	uint64_t connections, connections_open;
	uint64_t refused_limit;
	uint64_t pod_connections, pod_connections_open;
	uint64_t pod_connect_failures;
	uint64_t accept_pauses;
	uint64_t log_lost;
};

struct report {
	uint32_t row_len; /* of the program that made it: others cannot read it */
	uint32_t rows_len;
	uint32_t generation; /* of the tables */
	uint32_t workers, restarts;
	uint32_t zero;
	struct report_totals totals;
	/* By service, in the order of the tables; a service, then its pods by place. */
	struct report_row rows[];
};

/* Returns a memfd, the caller's to close; a negative errno. */
int report_make(const struct report_source *source);

/* Answer CONTROL_REPORT on a command's connection. Returns 0 or a negative errno. */
int report_send(int socket, const struct report_source *source);

/* In a command: ask the keeper whose socket for commands `path` is. Waits for some
 * seconds at most. Returns a report's fd, the caller's to close; a negative errno:
 * -ENOENT and -ECONNREFUSED no helper runs there; -EPROTO it gave no report. */
int report_ask(const char *path);

/* Read a report; it stays when the fd is closed. NULL with errno: EPROTO it is none, or
 * one of another version. report_unmap() takes NULL. */
const struct report *report_map(int fd);
void report_unmap(const struct report *report);

static inline bool report_row_is_pod(const struct report_row *row)
{
	return row->state != SP_POD_GONE;
}

#endif
