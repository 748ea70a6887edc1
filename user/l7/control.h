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

	/* On a socket pair of its own: a worker waits for the answer. */
	CONTROL_CHUNK, /* from worker: give me chunk `number` of the tables; and back,
			* with an fd, or without when there is none */

	/* On the control socket, from other programs of the keeper's user. */
	CONTROL_REPORT,	  /* and back, with an fd: l7/report.h */
	CONTROL_TAKEOVER, /* from a helper that starts; answered with LISTEN for every
			   * listening socket, then END */
	CONTROL_END,
	CONTROL_TAKEN, /* from that helper: it serves, drain */
};

struct control_message {
	uint32_t kind;
	uint32_t number;
	struct sp_endpoint vip;	    /* LISTEN, UNLISTEN: whose service */
	struct sp_endpoint address; /* LISTEN, UNLISTEN: where; often the VIP itself */
};

/* Where the keeper's control socket is, unless --control says another place. */
#define CONTROL_PATH "/run/samepod/l7.sock"

/* Connect to a keeper's control socket; blocking, but no call lasts for longer than a few
 * seconds. Returns an fd, or a negative errno: -ENOENT or -ECONNREFUSED when nobody is
 * there. */
int control_connect(const char *path);

/* Send one, with `fd` when it is not -1 (it stays open here). Returns 0 or a negative
 * errno. */
int control_send(int socket, const struct control_message *message, int fd);

/* Receive one. *ret_fd: -1 when none came. Returns 1; 0 the other end is gone; -EAGAIN;
 * -EBADMSG it is none; another negative errno. */
int control_receive(int socket, struct control_message *ret_message, int *ret_fd);

#endif
