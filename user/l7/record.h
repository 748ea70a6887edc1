/* SPDX-License-Identifier: BSD-2-Clause */
/* What an exchange leaves: one record for the log and the counters. */
#ifndef L7_RECORD_H
#define L7_RECORD_H

#include "http/composer.h"
#include "l7/exchange.h"

void exchange_record_begin(struct worker *worker, struct exchange *exchange);

/* The head's texts, borrowed; makes the request's id if it has none to keep. */
void exchange_record_head(
	struct worker *worker, struct exchange *exchange, const struct http_head *head);

/* Copy the texts, so that the head may go: exchange->texts. Texts are lost where memory
 * is out. */
void exchange_record_copy(struct exchange *exchange);

/* Finish it, and give it to log and counters. */
void exchange_record_end(struct worker *worker, struct exchange *exchange);

/* Bytes behind the head in an answer of our own. */
uint64_t answer_body_len(const struct composer *answer);

#endif
