/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a worker share. */
#ifndef L7_CORE_H
#define L7_CORE_H

#include "http/head.h"
#include "l7/address.h"
#include "l7/conn.h"
#include "l7/pool.h"
#include "l7/splice.h"
#include "l7/timer.h"
#include "l7/worker.h"

/* A VIP that something listens for, or whose clients are still here. */
struct vip {
	struct l7_service service;
	uint32_t users; /* listeners and clients */
	/* No pod could be had before that time, in that generation of the tables. */
	uint64_t down_until_ns;
	uint32_t down_generation;
	struct vip *next;
};

struct listener {
	struct conn conn;
	struct vip *vip;
	struct sp_endpoint address; /* what control messages call it by */
	struct listener *next;
};

struct worker {
	struct worker_setup *setup; /* its tables may be replaced */
	const struct l7_settings *settings;
	struct l7_stats *stats;
	struct log_ring *log;
	int epoll;
	struct conn control;

	uint64_t now_ns; /* CLOCK_MONOTONIC, as the turn began */
	struct timers timers;
	struct conn *again, *again_end; /* first and last */
	struct conn *closed;

	struct pool buffers, clients, exchanges, pod_conns, pods, listeners_pool,
		vips_pool;
	uint32_t buffer_size;
	struct pipes pipes;

	struct listener *listeners;
	struct vip *vips;
	struct addresses addresses;
	uint32_t clients_len;
	uint32_t clients_room; /* as descriptors last: more stay in the queue */

	struct l7_pod **pods_by_number;

	struct http_field
		fields[HTTP_FIELDS_MAX]; /* of the head that is read right now */
	uint64_t random;

	bool draining;
	uint64_t drain_end_ns;
	bool keeper_gone;
};

/* A random number, nothing secret. */
uint64_t worker_random(struct worker *worker);

/* CLOCK_MONOTONIC, now. */

#endif
