/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps pinned in a folder: found again, pinned, compared with those that are built in. */
#ifndef KERNEL_PINS_H
#define KERNEL_PINS_H

#include <stdbool.h>

#include "base/diag.h"

struct bpf_map;

/* A folder of maps that belong together. */
struct pins {
	const char *dir;
	const char *way_out; /* what to do about a layout that is not ours */
};

/* Returns an fd or a negative errno. */
int pins_get(const struct pins *pins, const char *name);

/* In place of what is pinned there. Returns 0 or a negative errno. */
int pins_put(const struct pins *pins, const char *name, int fd);

/* Whether the map `fd` is of the shape of `ours`, which may have any number of entries if
 * `any_size`. Returns 0; -EPROTO or another negative errno with an error in diags. */
int pins_verify(const struct pins *pins, int fd, const struct bpf_map *ours,
	bool any_size, struct diags *diags);

/* The error that the folder's layout is another one. Returns -EPROTO. */
int pins_refuse(const struct pins *pins, struct diags *diags, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
