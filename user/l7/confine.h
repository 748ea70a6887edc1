/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper's processes may do: users, capabilities, system calls. */
#ifndef L7_CONFINE_H
#define L7_CONFINE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/diag.h"

/* Who workers are. */
struct confine_user {
	bool change; /* false: the keeper's own user */
	uid_t uid;
	gid_t gid;
};

/* Of `name`; NULL: "nobody" where the keeper is root, else its own user.
 * Returns 0; -EINVAL with an error in diags: unknown, or only root may become it. */
int confine_find_user(
	const char *name, struct confine_user *ret_user, struct diags *diags);

/* For good: become the user, without other groups, capabilities or a way to get any.
 * user  NULL: stay who one is. Returns 0 or a negative errno: then do not go on. */
int confine_drop(const struct confine_user *user);

/* In the keeper: keep those capabilities that it needs for new sockets and workers, and
 * to read the kernel's state if it is `live`. Returns 0 or a negative errno. */
int confine_keeper(bool live);

/* In a worker: from now on, only the system calls of an event loop work. What it maps is
 * its own, or can be read only. Others fail with EPERM; those that start programs or look
 * into other processes end it (SIGSYS). Returns 0 or a negative errno. */
int confine_calls(void);

#endif
