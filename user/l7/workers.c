// SPDX-License-Identifier: BSD-2-Clause
/* The keeper's workers: started, told, and started again. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "l7/keeping.h"
#include "l7/worker.h"

/* What a worker's process has of its own; the setup comes first, for replace(). */
struct serving {
	struct worker_setup setup;
	struct snapshot snapshot;
	struct reach reach;
};

/* --- In the worker's process --- */

static int replace(struct worker_setup *setup, int fd)
{
	struct serving *serving = (struct serving *)setup;
	struct snapshot next;
	int error = snapshot_open(fd, &next);

	if (error)
		return error;
	snapshot_done(&serving->snapshot);
	serving->snapshot = next;
	setup->tables = next.tables;
	return 0;
}

/* The access log may go to stdout, which a worker must not write to. */
static void stdio_detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

static void others_forget(const struct keeper *keeper, uint32_t number)
{
	for (uint32_t i = 0; i < keeper->settings->workers; i++)
		if (i != number)
			munmap(keeper->workers[i].stats, sizeof(struct l7_stats));
}

static _Noreturn void worker_live(
	struct keeper *keeper, uint32_t number, int control, int reach)
{
	struct serving serving = {
		.snapshot = keeper->origin.snapshot,
		.reach = keeper->origin.reach,
		.setup = {.settings = keeper->settings,
			.tables = keeper->origin.tables,
			.control = control,
			.stats = keeper->workers[number].stats,
			.log = keeper->workers[number].log,
			.number = number},
	};
	int error;

	/* It was closed at the start: the number may be a client's by now. */
	serving.snapshot.fd = -1;
	if (origin_is_live(&keeper->origin)) {
		serving.reach.socket = reach;
		serving.setup.tables.reach = reach_words;
		serving.setup.tables.context = &serving.reach;
	} else {
		serving.setup.replace_tables = replace;
	}
	stdio_detach();
	others_forget(keeper, number);
	error = confine_drop(&keeper->user);
	if (!error)
		error = confine_calls();
	if (!error)
		error = worker_run(&serving.setup);
	if (error && error != -EPIPE)
		dprintf(STDERR_FILENO, "samepod: error: worker %u: %s\n", number,
			strerror(-error));
	_exit(error ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* --- In the keeper --- */

int workers_alloc(struct keeper *keeper)
{
	uint32_t len = keeper->settings->workers;

	keeper->workers = calloc(len, sizeof(*keeper->workers));
	keeper->stats = calloc(len, sizeof(*keeper->stats));
	keeper->rings = calloc(len, sizeof(*keeper->rings));
	if (!keeper->workers || !keeper->stats || !keeper->rings)
		return -ENOMEM;
	for (uint32_t i = 0; i < len; i++) {
		struct worker_child *worker = &keeper->workers[i];

		worker->reach = worker->channel.fd = -1;
		worker->stats = mmap(NULL, sizeof(*worker->stats), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (worker->stats == MAP_FAILED) {
			worker->stats = NULL;
			return -ENOMEM;
		}
		keeper->stats[i] = worker->stats;
		if (keeper->settings->log && !(worker->log = log_ring_new()))
			return -ENOMEM;
		keeper->rings[i] = worker->log;
	}
	return 0;
}

void workers_free(struct keeper *keeper)
{
	for (uint32_t i = 0; keeper->workers && i < keeper->settings->workers; i++) {
		if (keeper->workers[i].stats)
			munmap(keeper->workers[i].stats, sizeof(struct l7_stats));
		log_ring_free(keeper->workers[i].log);
	}
	free(keeper->workers);
	free(keeper->stats);
	free(keeper->rings);
}

/* Of several sockets for an address each worker has its own; one that cannot have others
 * beside it is everyone's. */
static void announce(
	struct keeper *keeper, uint32_t number, const struct binding *binding)
{
	const struct control_message message = {
		.kind = CONTROL_LISTEN, .vip = binding->vip, .address = binding->address};

	for (size_t i = 0; i < binding->fds_len; i++)
		if (binding->shared || i % keeper->settings->workers == number)
			channel_send(&keeper->workers[number].channel, &message,
				binding->fds[i]);
}

void workers_announce(struct keeper *keeper, const struct binding *binding)
{
	for (uint32_t i = 0; i < keeper->settings->workers; i++)
		if (keeper->workers[i].child.pid)
			announce(keeper, i, binding);
}

static int worker_fork(
	struct keeper *keeper, uint32_t number, const int *control, const int *reach)
{
	struct worker_child *worker = &keeper->workers[number];
	int keep[3] = {control[1], reach[1], -1};
	size_t keep_len = 2;
	pid_t pid;

	if (worker->log)
		keep[keep_len++] = log_ring_wake_fd(worker->log);
	pid = child_start(&worker->child, keep, keep_len);
	if (!pid)
		worker_live(keeper, number, control[1], reach[1]);
	close(control[1]);
	close(reach[1]);
	if (pid > 0) {
		worker->channel = (struct channel){.fd = control[0]};
		worker->reach = reach[0];
		worker->ready = false;
		return 0;
	}
	close(control[0]);
	close(reach[0]);
	return (int)pid;
}

static int worker_start(struct keeper *keeper, uint32_t number)
{
	int control[2], reach[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control))
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, reach)) {
		error = -errno;
		close(control[0]);
		close(control[1]);
		return error;
	}
	fcntl(control[0], F_SETFL, O_NONBLOCK);
	fcntl(reach[0], F_SETFL, O_NONBLOCK);
	error = worker_fork(keeper, number, control, reach);
	for (size_t i = 0; i < keeper->bindings.len && !error; i++)
		announce(keeper, number, &keeper->bindings.at[i]);
	return error;
}

void workers_start(struct keeper *keeper)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	for (uint32_t i = 0; i < keeper->settings->workers; i++) {
		struct child *child = &keeper->workers[i].child;
		int error;

		if (!child_is_due(child, now))
			continue;
		child->started_ns = now;
		error = worker_start(keeper, i);
		if (!error)
			continue;
		child_died(child);
		keeper_say(
			keeper, "worker %u cannot be started: %s", i, strerror(-error));
	}
}

static void reach_close(struct worker_child *worker)
{
	if (worker->reach >= 0)
		close(worker->reach);
	worker->reach = -1;
}

/* Its connections are gone with it; all that it has counted stays. */
static void worker_ended(struct worker_child *worker)
{
	channel_done(&worker->channel);
	reach_close(worker);
	worker->stats->connections_open = 0;
	worker->stats->pod_connections_open = 0;
	worker->ready = false;
	child_died(&worker->child);
}

bool workers_reap(struct keeper *keeper, pid_t pid, int status)
{
	uint32_t number = 0;

	while (number < keeper->settings->workers &&
		keeper->workers[number].child.pid != pid)
		number++;
	if (number == keeper->settings->workers)
		return false;
	worker_ended(&keeper->workers[number]);
	if (WIFSIGNALED(status))
		keeper_say(keeper, "worker %u was ended by signal %d (%s)", number,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (!keeper->draining)
		keeper_say(keeper, "worker %u ended with status %d", number,
			WEXITSTATUS(status));
	if (!keeper->draining)
		keeper->restarts++;
	return true;
}

void workers_send(struct keeper *keeper, const struct control_message *message, int fd)
{
	for (uint32_t i = 0; i < keeper->settings->workers; i++)
		if (keeper->workers[i].child.pid)
			channel_send(&keeper->workers[i].channel, message, fd);
}

void workers_kill(struct keeper *keeper, int signal)
{
	for (uint32_t i = 0; i < keeper->settings->workers; i++)
		if (keeper->workers[i].child.pid)
			kill(keeper->workers[i].child.pid, signal);
}

void workers_end(struct keeper *keeper)
{
	for (uint32_t i = 0; keeper->workers && i < keeper->settings->workers; i++) {
		struct worker_child *worker = &keeper->workers[i];

		if (!worker->child.pid)
			continue;
		kill(worker->child.pid, SIGKILL);
		waitpid(worker->child.pid, NULL, 0);
		worker_ended(worker);
	}
}

uint32_t workers_running(const struct keeper *keeper)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < keeper->settings->workers; i++)
		len += keeper->workers[i].child.pid != 0;
	return len;
}

bool workers_are_ready(const struct keeper *keeper)
{
	for (uint32_t i = 0; i < keeper->settings->workers; i++)
		if (!keeper->workers[i].ready)
			return false;
	return true;
}

/* A worker whose end is gone dies soon, if it has not yet: it is told nothing more. */
void worker_hear(struct keeper *keeper, uint32_t number)
{
	struct worker_child *worker = &keeper->workers[number];
	struct control_message message;
	int fd = -1;

	channel_flush(&worker->channel);
	while (control_receive(worker->channel.fd, &message, &fd) == 1) {
		if (message.kind == CONTROL_READY)
			worker->ready = true;
		if (fd >= 0)
			close(fd);
	}
}

void worker_answer(struct keeper *keeper, uint32_t number)
{
	struct worker_child *worker = &keeper->workers[number];
	struct control_message message;
	int fd = -1, chunk = -1;
	int got = control_receive(worker->reach, &message, &fd);

	if (fd >= 0)
		close(fd);
	if (got == 1 && message.kind == CONTROL_CHUNK && origin_is_live(&keeper->origin))
		chunk = kernel_get_chunk(keeper->origin.kernel, message.number);
	if (got == 1 && control_send(worker->reach, &message, chunk))
		got = 0;
	if (chunk >= 0)
		close(chunk);
	if (got != 1 && got != -EAGAIN)
		reach_close(worker);
}
