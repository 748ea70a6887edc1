/* SPDX-License-Identifier: BSD-2-Clause */
/* The keeper: holds the listening sockets and the tables, starts workers and the log's
 * writer, restarts what dies, and serves nobody itself. */
#ifndef L7_KEEPER_H
#define L7_KEEPER_H

#include "l7/bindings.h"
#include "l7/settings.h"

/* Borrowed for the run. */
struct keeper_setup {
	const struct l7_settings *settings;
	origin_read read;	      /* of manifests; NULL: serve the kernel's state */
	const char *pin_dir;	      /* where that is pinned */
	const struct listen *listens; /* none: the services' VIPs */
	size_t listens_len;
	const char *control_path; /* NULL: no control socket */
	bool control_is_told;	  /* by the user: it is an error when it cannot be made */
	const char *user;	  /* of workers; NULL: "nobody" where we are root */
	const char *log_path;	  /* NULL: none; "-": stdout */
	const struct sp_endpoint *metrics; /* NULL: none */
	/* Print what is in diags, and empty them. */
	void (*tell)(void *context, struct diags *diags);
	void *context; /* of `read` and `tell` */
};

/* Serve until SIGTERM, or until a second start has taken over. Returns 0; a negative
 * errno when it could not start, with errors in diags. */
int keeper_run(const struct keeper_setup *setup, struct diags *diags);

#endif
