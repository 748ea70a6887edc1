/* SPDX-License-Identifier: BSD-2-Clause */
/* What keeper and workers tell each other, over a SEQPACKET socket pair each.
 *
 * The keeper holds the listening sockets and reads manifests or maps; workers serve. A
 * worker that dies takes its connections along and nothing else: its listening sockets
 * are the keeper's too, and go to its successor with what waits in them.
 *
 * A worker may get several sockets for one address (those of a helper before this one,
 * which had more workers), and several workers the same socket (one that was handed
 * over): so a connection that was announced may be gone when it is accepted. */
#ifndef L7_CONTROL_H
#define L7_CONTROL_H

#include <stdint.h>

#include "addr.h"

enum control_kind {
	CONTROL_LISTEN,	  /* to worker, with an fd: accept for the service `vip` */
	CONTROL_UNLISTEN, /* to worker: close all that listens for `vip` at `address` */
	CONTROL_TABLES,	  /* to worker, with an fd: a new snapshot (l7/snapshot.h) */
	CONTROL_DRAIN,	  /* to worker: accept what waits, close what listens, finish,
			   * end within drain_ms */
	CONTROL_READY,	  /* from worker: it serves */
	CONTROL_DRAINED,  /* from worker: no connection is left; it ends */
};

struct control_message {
	uint32_t kind;
	uint32_t zero;
	struct sp_endpoint vip;	    /* LISTEN, UNLISTEN: whose service */
	struct sp_endpoint address; /* LISTEN, UNLISTEN: where; often the VIP itself */
};

/* Send one, with `fd` when it is not -1 (it stays open here). Returns 0 or a negative
 * errno. */
int control_send(int socket, const struct control_message *message, int fd);

/* Receive one. *ret_fd: -1 when none came. Returns 1; 0 the other end is gone; -EAGAIN;
 * -EBADMSG it is none; another negative errno. */
int control_receive(int socket, struct control_message *ret_message, int *ret_fd);

#endif
