/* SPDX-License-Identifier: BSD-2-Clause */
/* Which pod a request goes to. */
#ifndef L7_PICK_H
#define L7_PICK_H

#include "http/head.h"
#include "l7/client.h"
#include "l7/tables.h"

#define SET_COOKIE_MAX (SP_POLICY_LEN + 64)

struct picked {
	struct l7_pick pick;
	bool is_keyed; /* no other pod will do */
	/* Of a cookie that was made for the client: the value of set-cookie. */
	char set_cookie[SET_COOKIE_MAX];
	size_t set_cookie_len; /* 0: none */
};

/* The pod for a request. Returns 0; -ENOENT the service is gone, or it has no pod that
 * takes clients; -EHOSTDOWN the one that the key leads to, or every one, is down. */
int pick_pod(struct worker *worker, struct client *client, const struct http_head *head,
	struct picked *ret_picked);

/* Any pod that is up, of a service whose request has no key. Returns as above. */
int pick_any(struct worker *worker, struct vip *vip, struct l7_pick *ret_pick);

#endif
