/* SPDX-License-Identifier: BSD-2-Clause */
/* X-Forwarded-For: who asks, said by those in front. Pure. */
#ifndef HTTP_FORWARDED_H
#define HTTP_FORWARDED_H

#include "http/compose.h"

/* What X-Forwarded-For says to the pod: what it said before, where that is kept, then the
 * peer's address. The values go there joined by commas.
 * ret_values  room for HTTP_FIELDS_MAX + 1
 * buffer      of ADDR_TEXT_MAX; values are borrowed from it
 * Returns how many. */
size_t forwarded_for_values(const struct http_head *head,
	const struct forwarded *forwarded, struct text *ret_values, char *buffer);

/* The hash of a request's header, where that is a service's key, as Envoy reads it:
 * behind the changes that the request gets on its way to the pod. False: it has none
 * there. */
bool forwarded_hash_header(const struct http_head *head, struct text name,
	const struct forwarded *forwarded, uint64_t *ret_hash);

#endif
