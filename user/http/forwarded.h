/* SPDX-License-Identifier: BSD-2-Clause */
/* X-Forwarded-For: who asks, said by those in front. Pure. */
#ifndef HTTP_FORWARDED_H
#define HTTP_FORWARDED_H

#include "http/compose.h"

/* The field with the peer's address, behind what it said before where that is kept. */
void compose_forwarded_for(struct composer *composer, const struct http_head *head,
	const struct forwarded *forwarded);

/* "name: value" and CRLF */
void compose_field(struct composer *composer, const char *name, struct text value);

#endif
