/* SPDX-License-Identifier: BSD-2-Clause */
/* What the lines of a head mean together. Pure. */
#ifndef HTTP_MEANING_H
#define HTTP_MEANING_H

#include "http/fault.h"

/* Of a head whose lines are right, set authority, framing, body_len, keep_alive,
 * expects_continue, upgrades, and `hop` of the fields. */
enum http_fault_kind request_understand(struct http_head *head);
enum http_fault_kind response_understand(
	struct http_head *head, const struct http_asked *asked);

/* Fields that belong together, as they were come by: the last value, and how many. */
struct said {
	struct text value;
	size_t times;
};

/* What a head says that is for the next hop alone. */
struct meaning {
	struct said host, length, coding, upgrade, expect;
	bool closes, keeps, upgrades; /* options of Connection */
};

/* Gather from the fields, and mark those that are not passed on. */
enum http_fault_kind meaning_gather(struct http_head *head, struct meaning *ret_meaning);

#endif
