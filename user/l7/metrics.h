/* SPDX-License-Identifier: BSD-2-Clause */
/* Prometheus text over HTTP on a port of the node, in the keeper's loop: GET /metrics.
 *
 * Nothing here waits. Memory is bounded: METRICS_CLIENTS_MAX connections, a report and a
 * buffer each; one more closes the oldest. */
#ifndef L7_METRICS_H
#define L7_METRICS_H

#include "l7/report.h"

#define METRICS_CLIENTS_MAX 8

struct metrics;

/* Listen at an address and port. A helper may while the one that it takes over from still
 * does (SO_REUSEPORT: both of the same user); who drains closes. Returns 0 or a negative
 * errno. */
int metrics_open(const struct sp_endpoint *at, struct metrics **ret_metrics);
void metrics_close(struct metrics *metrics); /* takes NULL */

/* A descriptor that can be read when metrics_turn() has something to do. */
int metrics_fd(const struct metrics *metrics);

/* Do what can be done now; a bounded piece of it. */
void metrics_turn(struct metrics *metrics, const struct report_source *source);

#endif
