/* SPDX-License-Identifier: BSD-2-Clause */
/* Pods as this worker knows them: its connections to them, and whether they are up. */
#ifndef L7_PODS_H
#define L7_PODS_H

#include "l7/conn.h"
#include "l7/tables.h"

struct exchange;
struct pod_conn;

/* One number of the tables, in one birth. */
struct l7_pod {
	struct sp_endpoint at;
	uint32_t number, born;
	uint32_t users;	       /* exchanges that hold it, and connections */
	uint32_t in_flight;    /* requests */
	struct pod_conn *kept; /* idle connections, the one used last first */
	/* A pod that failed is not tried before `down_until_ns`, and then by one
	 * connection at a time until one succeeds. 0: it is up. */
	uint64_t down_until_ns;
	bool is_tried;
	bool is_current; /* it is the one that its number stands for now */
};

/*   CONNECTING --> in use <--> kept
 *       |             |         |
 *       +-------------+---------+--> closed     */
struct pod_conn {
	struct conn conn; /* the first member */
	struct l7_pod *pod;
	struct exchange *exchange;	  /* NULL: kept */
	struct pod_conn *next, *previous; /* kept ones */
	bool is_connecting;
	bool is_reused; /* it has served a request before this one */
};

/* The pod that was picked, with one more user; NULL when memory is out. */
struct l7_pod *pod_use(struct worker *worker, const struct l7_pick *pick);
void pod_unuse(struct worker *worker, struct l7_pod *pod);

/* Known requests in flight; 0 for a pod that was not met yet. */
uint32_t pod_load(const struct worker *worker, const struct l7_pick *pick);

/* Whether it may not be tried now. ret_until_ns: when that may be over; 0 for one that
 * is not down, or that is being tried. */
bool pod_is_down(
	const struct worker *worker, const struct l7_pick *pick, uint64_t *ret_until_ns);

/* No connection could be made. */
void pod_failed(struct worker *worker, struct l7_pod *pod);

/* A connection for `exchange`: a kept one unless a `fresh` one is asked for.
 * may_be_stale  false: the request must not be sent in vain, so a kept connection is
 *               looked at first
 * Returns 0; -EMFILE or so: descriptors are out, and no kept connection could be closed
 * for it; another negative errno: there is no way to the pod. */
int pod_connect(struct worker *worker, struct l7_pod *pod, struct exchange *exchange,
	bool fresh, bool may_be_stale, struct pod_conn **ret_conn);

/* Whether the connection is made: 0; -EAGAIN not yet; another negative errno. */
int pod_conn_finish(struct pod_conn *conn);

/* The exchange needs it no longer: it waits for the next one. */
void pod_conn_keep(struct worker *worker, struct pod_conn *conn);
void pod_conn_close(struct worker *worker, struct pod_conn *conn);

/* Events or a timer of a kept connection: whatever it is, it has had its day. */
void pod_conn_run_kept(struct worker *worker, struct pod_conn *conn);

/* Close the connection that was kept longest. False: there is none. */
bool pods_reap(struct worker *worker);

/* Close all that is kept. */
void pods_close_kept(struct worker *worker);

#endif
