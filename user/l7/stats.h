/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of one worker: written by it alone, without locks, read by anyone who has the
 * memory mapped. Sparse: a page is only there when something in it was counted. */
#ifndef L7_STATS_H
#define L7_STATS_H

#include <stdint.h>

#include "http/record.h"
#include "limits.h"

/* Latency in powers of two: bucket i counts what took less than 2^i x 64 us, the last one
 * all that is slower. */
#define STATS_BUCKETS 20
#define STATS_BUCKET_FIRST_NS 64000

#define STATS_STATUSES 6

struct l7_traffic {
	/* Whose: a number used anew begins at 0. Of a pod as in sp_pods, of a service
	 * stats_born(). */
	uint32_t born;
	uint32_t zero;
	uint64_t requests;
	uint64_t statuses[STATS_STATUSES]; /* [0]: none was sent; [1]..[5]: by hundreds */
	uint64_t flags[RECORD_FLAGS];
	uint64_t retries;
	uint64_t bytes_received, bytes_sent;
	uint64_t duration_ns; /* sum */
	uint64_t buckets[STATS_BUCKETS];
};

struct l7_stats {
	uint64_t connections, connections_open; /* clients' */
	uint64_t refused_limit; /* connections closed at once: a limit was reached */
	uint64_t pod_connections, pod_connections_open;
	uint64_t pod_connect_failures;
	uint64_t accept_pauses; /* descriptors ran out */
	uint64_t log_lost;
	struct l7_traffic services[SP_SERVICES_MAX]; /* all requests of the service */
	struct l7_traffic pods[SP_PODS_MAX];	     /* those that a pod was asked for */
};

/* The birth mark of a service: from its VIP, so that it needs no memory. Never 0. */
uint32_t stats_born(const struct sp_endpoint *vip);

/* Count one finished request. */
void stats_count(struct l7_stats *stats, const struct record *record);

/* Add what one worker has counted to a sum of which `born` is set; nothing when it is of
 * another birth. A worker may count meanwhile. */
void stats_add(struct l7_traffic *sum, const struct l7_traffic *more);

/* Nanoseconds that a share of the requests took at most, as Prometheus reckons it from a
 * histogram: even within a bucket. 0 without requests. Of the last bucket, which has no
 * end, its begin. */
uint64_t stats_quantile(const struct l7_traffic *traffic, double share);

/* Where a bucket ends, in nanoseconds; UINT64_MAX for the last one. */
uint64_t stats_bucket_end(unsigned bucket);

#endif
