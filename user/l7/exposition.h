/* SPDX-License-Identifier: BSD-2-Clause */
/* A report as Prometheus reads it, piece by piece: a service has a hundred lines, a node
 * thousands of services. Source: prometheus.io, "Exposition formats", text 0.0.4. */
#ifndef L7_EXPOSITION_H
#define L7_EXPOSITION_H

#include "http/composer.h"
#include "l7/report.h"

/* All samples of one row and metric fit into this. */
#define EXPOSITION_PIECE_MAX 16384

/* A metric, for the manual page. */
struct exposition_word {
	const char *name, *type, *help;
};

/* False: there are not so many. */
bool exposition_describe(size_t number, struct exposition_word *ret_word);

/* Where a reader is; zero at first. */
struct exposition {
	unsigned metric;
	uint32_t row;
	bool is_described; /* HELP and TYPE of the metric are out */
};

/* Compose as many whole pieces as fit; a composer must have room for one. Returns whether
 * more are left. */
bool exposition_compose(struct exposition *exposition, const struct report *report,
	struct composer *composer);

#endif
