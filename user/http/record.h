/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of one finished request: for the access log and the counters. Pure. */
#ifndef HTTP_RECORD_H
#define HTTP_RECORD_H

#include "addr.h"
#include "http/composer.h"

/* response_flags, in the gateway's letters: X(letters, what happened). One list for the
 * log, the counters and the manual page. */
#define RECORD_FLAG_LIST(X)                                                 \
	X(UF, "no connection to the pod")                                   \
	X(UC, "the pod ended the connection before its response was whole") \
	X(UT, "the pod was too slow")                                       \
	X(UH, "no pod may be asked: none is there, or it is down")          \
	X(UPE, "the pod's response was broken")                             \
	X(UO, "a limit was reached")                                        \
	X(DC, "the client went away")                                       \
	X(DPE, "the client's request was broken")                           \
	X(DT, "the client was too slow")

enum record_flag {
#define X(letters, meaning) RECORD_##letters,
	RECORD_FLAG_LIST(X)
#undef X
		RECORD_FLAGS
};

/* By enum record_flag. */
struct record_flag_word {
	const char *name; /* "UF" */
	const char *meaning;
};

extern const struct record_flag_word record_flag_words[RECORD_FLAGS];

/* Texts are borrowed for the call that gets the record; one of length 0 is not there. */
struct record {
	uint64_t start_ns;    /* CLOCK_REALTIME when the head was complete */
	uint64_t duration_ns; /* until the last byte was handed to the client's socket */
	struct text method, path, authority, user_agent, forwarded_for, request_id;
	unsigned minor;
	unsigned status;    /* 0: none was sent */
	uint32_t flags;	    /* bits of enum record_flag */
	const char *reason; /* of an answer of our own; NULL: the pod's */
	uint64_t bytes_received, bytes_sent; /* bodies, as on the wire */
	struct sp_endpoint client, pod;	     /* pod: all zero when none was asked */
	struct sp_endpoint vip;
	const char *service;	 /* name; never NULL */
	uint32_t service_number; /* UINT32_MAX: it is gone */
	uint32_t pod_number;	 /* UINT32_MAX: none */
	uint32_t pod_born;
	uint32_t retries;
};

enum record_format {
	RECORD_TEXT, /* the values alone, "-" for what is not there */
	RECORD_JSON, /* one object; null for a text that is not there */
};

#define RECORD_LEN_MIN 1024 /* no composer for a line may be smaller */

/* One line with its "\n": the gateway's fields, in the same order in both formats.
 *
 * Control bytes, quotes and what is not UTF-8 are escaped, and so are spaces where a
 * space ends a column: a client cannot write lines or columns of its own. A line that
 * would not fit is cut in its texts, which then end in "...", and never in its form.
 * Source: Envoy, access log "command operators"; the names are Istio's and ASM's. */
void record_format(struct composer *composer, const struct record *record,
	enum record_format format);

#endif
