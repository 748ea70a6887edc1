/* SPDX-License-Identifier: BSD-2-Clause */
/* What the keeper's files share. */
#ifndef L7_KEEPING_H
#define L7_KEEPING_H

#include <poll.h>
#include <signal.h>

#include "base/clock.h"
#include "l7/channel.h"
#include "l7/confine.h"
#include "l7/keeper.h"
#include "l7/log.h"
#include "l7/metrics.h"

#define KEEPER_CALLERS_MAX 16

/* A process that is started again when it dies, later each time it does so at once. */
struct child {
	pid_t pid; /* 0: it does not run */
	uint64_t started_ns, start_at_ns;
	uint32_t pause_ms; /* before the next start */
};

struct worker_child {
	struct child child;
	struct channel channel; /* while it runs */
	int reach;		/* CONTROL_CHUNK; -1: its end is gone */
	bool ready;
	struct l7_stats *stats;
	struct log_ring *log; /* NULL: no access log */
};

/* A program at the control socket. */
struct caller {
	struct channel channel;
	bool used, ends; /* ends: once all is sent */
};

struct keeper {
	const struct keeper_setup *setup;
	const struct l7_settings *settings;
	struct diags *diags;
	struct confine_user user;
	struct origin origin;
	uint32_t generation; /* of the tables when `bindings` were made */
	struct bindings bindings;
	struct handed_list handed;
	struct worker_child *workers; /* settings->workers */
	const struct l7_stats **stats;
	struct log_ring **rings;
	struct child writer;
	int log_fd; /* -1: none */
	struct metrics *metrics;
	int signals;
	int control; /* listens; -1: not (yet, or any more) */
	struct caller callers[KEEPER_CALLERS_MAX];
	int predecessor; /* a helper whose sockets we took; -1: none */
	uint32_t restarts;
	bool started; /* all workers have been ready once */
	bool draining;
	bool replaced; /* the control socket's path is another helper's */
	uint64_t drain_end_ns;
};

/* CLOCK_MONOTONIC */

/* Print what diags has. */
void keeper_tell(struct keeper *keeper);
void keeper_say(struct keeper *keeper, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void keeper_drain(struct keeper *keeper);
struct report_source keeper_report_source(const struct keeper *keeper);

/* child.c: processes. */

/* Fork. Returns 0 in the child, with signals as by default and no descriptor open but
 * 0 to 2 and `keep`, which may be sorted; the pid, or a negative errno. */
pid_t child_start(struct child *child, int *keep, size_t keep_len);
/* It has died: when to start it again. */
void child_died(struct child *child);
bool child_is_due(const struct child *child, uint64_t now_ns);

/* workers.c */

int workers_alloc(struct keeper *keeper);
void workers_free(struct keeper *keeper);
/* Start those that are due. */
void workers_start(struct keeper *keeper);
/* Returns whether `pid` was one. */
bool workers_reap(struct keeper *keeper, pid_t pid, int status);
/* Tell all that run. */
void workers_send(struct keeper *keeper, const struct control_message *message, int fd);
void workers_announce(struct keeper *keeper, const struct binding *binding);
void workers_kill(struct keeper *keeper, int signal);
/* Kill and wait. */
void workers_end(struct keeper *keeper);
uint32_t workers_running(const struct keeper *keeper);
bool workers_are_ready(const struct keeper *keeper);
/* Something came from worker `number`, or its channel takes more. */
void worker_hear(struct keeper *keeper, uint32_t number);
void worker_answer(struct keeper *keeper, uint32_t number); /* on `reach` */

/* writer.c: the access log's process. */

int writer_open(struct keeper *keeper);
void writer_start(struct keeper *keeper); /* if it is due */
void writer_end(struct keeper *keeper);	  /* waits until all is written */

/* desk.c: the control socket, where other programs come. */

int desk_open(struct keeper *keeper);
void desk_close(struct keeper *keeper);
void desk_accept(struct keeper *keeper);
void caller_hear(struct keeper *keeper, struct caller *caller);

/* heritage.c: listening sockets of others. */

/* Those of systemd (LISTEN_FDS), then those of a helper that serves already. Returns 0 or
 * a negative errno with an error in diags. */
int heritage_take(struct keeper *keeper);
/* We serve: the helper before us may end. */
void heritage_settle(struct keeper *keeper);

/* follow.c: bindings follow the tables. */

/* must: a binding that cannot be opened is a failure; else it is told, and tried again
 * when the next apply comes. */
int follow_sync(struct keeper *keeper, bool must);

#endif
