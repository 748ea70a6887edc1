/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables made from manifests, in memory of the maps' layout: what the helper serves by
 * where there is no kernel's state. */
#ifndef L7_SNAPSHOT_H
#define L7_SNAPSHOT_H

#include "l7/tables.h"

/* A sealed memfd, mapped read-only. Zero-initialised: none. */
struct snapshot {
	struct l7_tables tables;
	void *memory;
	size_t len;
	int fd; /* -1: no longer open here; valid when `memory` is not NULL */
};

/* Build the tables of all TCP services of `model`.
 *
 * before  the snapshot that is replaced, or NULL: services and pods that stay keep their
 *         numbers, so that counters and connections stay theirs
 * Returns 0; -EINVAL there is no TCP service; -ENOSPC the tables are too large; another
 * negative errno. snapshot_done() frees it. */
int snapshot_make(const struct model *model, const struct snapshot *before,
	struct snapshot *ret_snapshot);

/* Map one that another process has made; `fd` is duplicated. Returns 0; -EPROTO it is
 * none; another negative errno. */
int snapshot_open(int fd, struct snapshot *ret_snapshot);

void snapshot_done(struct snapshot *snapshot);

#endif
