/* SPDX-License-Identifier: BSD-2-Clause */
/* What `samepod l7` was told: shared by keeper and workers, fixed at their start. */
#ifndef L7_SETTINGS_H
#define L7_SETTINGS_H

#include "http/head.h"
#include "http/record.h"
#include "model/model.h"

struct l7_ranges {
	struct range *at;
	size_t len;
};

/* Times in milliseconds, sizes in bytes. */
struct l7_settings {
	uint32_t head_ms;     /* a head must be complete; absolute */
	uint32_t idle_ms;     /* between requests, and for a body's next byte */
	uint32_t connect_ms;  /* to a pod */
	uint32_t response_ms; /* from a request's end to the head of its response */
	uint32_t write_ms;    /* a peer takes none of what waits for it */
	uint32_t down_ms;     /* a pod that refused or failed to connect is not tried */
	uint32_t drain_ms;    /* a worker that is to end waits for its requests */
	struct http_limits limits;
	uint32_t connections_max;	      /* clients, per worker */
	uint32_t connections_per_address_max; /* the same of one address */
	uint32_t retries_max;		      /* of a request */
	uint32_t workers;
	struct l7_ranges trusted;    /* proxies whose X-Forwarded-* is believed */
	bool forwarded_overwrite;    /* X-Forwarded-For is set, not appended to */
	struct l7_ranges proxy_from; /* who must begin with a PROXY header */
	unsigned proxy_to;	     /* version of the PROXY header for pods; 0: none */
	bool log;
	enum record_format log_format;
};

#endif
