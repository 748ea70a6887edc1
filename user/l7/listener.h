/* SPDX-License-Identifier: BSD-2-Clause */
/* Where clients come in. */
#ifndef L7_LISTENER_H
#define L7_LISTENER_H

#include <sys/socket.h>

#include "l7/core.h"

/* Accept for `vip` from `fd`, which is the listener's then. Returns 0; a negative errno
 * with `fd` still open. */
int listener_open(struct worker *worker, int fd, const struct sp_endpoint *vip,
	const struct sp_endpoint *address);

/* Close all that listens for `vip` at `address`. */
void listeners_close(struct worker *worker, const struct sp_endpoint *vip,
	const struct sp_endpoint *address);

void listeners_close_all(struct worker *worker);

/* Accept what waits everywhere. */
void listeners_accept(struct worker *worker);

/* Accept what waits, as far as there is room. */
void listener_run(struct worker *worker, struct listener *listener);

/* A user of a VIP less; the last one takes it along. */
void vip_unuse(struct worker *worker, struct vip *vip);

/* An IPv4 or IPv6 address with its port, for TCP. */
struct sp_endpoint endpoint_from_sockaddr(const struct sockaddr_storage *addr);

#endif
