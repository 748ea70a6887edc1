// SPDX-License-Identifier: BSD-2-Clause
/* The keeper's loop: signals, workers, callers, and the tables as they change. */
#include "l7/keeper.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "l7/keeping.h"

#define TICK_MS 100	   /* looks for an apply, and for who is to be started again */
#define DRAIN_LATE_MS 2000 /* for workers to end after their deadline */

/* --- Words --- */

void keeper_tell(struct keeper *keeper)
{
	keeper->setup->tell(keeper->setup->context, keeper->diags);
}

void keeper_say(struct keeper *keeper, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	diags_warning(keeper->diags, PLACE_NONE, NULL, "%s", text);
	keeper_tell(keeper);
}

struct report_source keeper_report_source(const struct keeper *keeper)
{
	return (struct report_source){
		.tables = &keeper->origin.tables,
		.all = !origin_is_live(&keeper->origin),
		.stats = keeper->stats,
		.stats_len = keeper->settings->workers,
		.workers = workers_running(keeper),
		.restarts = keeper->restarts,
	};
}

/* --- Start and end --- */

/* Sockets for each service and worker, and their connections: as many as may be had. */
static void limits_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int signals_open(struct keeper *keeper)
{
	static const int taken[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&set, taken[i]);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	keeper->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return keeper->signals < 0 ? -errno : 0;
}

static int origin_open(struct keeper *keeper)
{
	const struct keeper_setup *setup = keeper->setup;

	if (setup->read)
		return origin_open_manifests(
			setup->read, setup->context, &keeper->origin, keeper->diags);
	return origin_open_kernel(setup->pin_dir, &keeper->origin, keeper->diags);
}

static int metrics_start(struct keeper *keeper)
{
	const struct sp_endpoint *at = keeper->setup->metrics;
	int error = at ? metrics_open(at, &keeper->metrics) : 0;

	if (error)
		diags_error(keeper->diags, PLACE_NONE, "--metrics ADDR:PORT",
			"cannot serve metrics: %s", strerror(-error));
	return error;
}

static int processes_prepare(struct keeper *keeper)
{
	int error = workers_alloc(keeper);

	if (error)
		diags_error(keeper->diags, PLACE_NONE, "--workers N",
			"cannot prepare the workers: %s", strerror(-error));
	return error;
}

static int privileges_drop(struct keeper *keeper)
{
	int error = confine_keeper(origin_is_live(&keeper->origin));

	if (error)
		diags_error(keeper->diags, PLACE_NONE, NULL,
			"cannot give up capabilities: %s", strerror(-error));
	return error;
}

/* Nobody of those before us notices anything until this has succeeded. */
static int keeper_prepare(struct keeper *keeper)
{
	bool must = keeper->setup->read || keeper->setup->listens_len;
	int error = confine_find_user(keeper->setup->user, &keeper->user, keeper->diags);

	if (!error)
		error = origin_open(keeper);
	if (!error)
		error = writer_open(keeper);
	if (!error)
		error = metrics_start(keeper);
	if (!error)
		error = heritage_take(keeper);
	if (!error)
		error = processes_prepare(keeper);
	if (!error)
		error = follow_sync(keeper, must);
	return error ? error : privileges_drop(keeper);
}

/* Once all workers are ready. */
static void keeper_started(struct keeper *keeper)
{
	const char *path = keeper->setup->control_path;
	int error;

	keeper->started = true;
	heritage_settle(keeper);
	error = path ? desk_open(keeper) : 0;
	if (error && keeper->setup->control_is_told)
		diags_error(keeper->diags, PLACE_NONE, NULL,
			"cannot make the control socket %s: %s", path, strerror(-error));
	else if (error)
		diags_warning(keeper->diags, PLACE_NONE,
			"--control PATH names one that can be made",
			"no 'samepod show l7' and no takeover: cannot make the control "
			"socket %s: %s",
			path, strerror(-error));
	keeper_tell(keeper);
}

void keeper_drain(struct keeper *keeper)
{
	const struct control_message drain = {.kind = CONTROL_DRAIN};

	if (keeper->draining)
		return;
	keeper->draining = true;
	keeper->drain_end_ns = clock_ns(CLOCK_MONOTONIC) +
			       (keeper->settings->drain_ms + DRAIN_LATE_MS) * NS_PER_MS;
	workers_send(keeper, &drain, -1);
	desk_close(keeper);
	metrics_close(keeper->metrics);
	keeper->metrics = NULL;
	bindings_done(&keeper->bindings);
}

static void keeper_done(struct keeper *keeper)
{
	workers_end(keeper);
	writer_end(keeper);
	desk_close(keeper);
	metrics_close(keeper->metrics);
	bindings_done(&keeper->bindings);
	handed_done(&keeper->handed);
	workers_free(keeper);
	origin_close(&keeper->origin);
	if (keeper->log_fd > STDERR_FILENO)
		close(keeper->log_fd);
	if (keeper->predecessor >= 0)
		close(keeper->predecessor);
	if (keeper->signals >= 0)
		close(keeper->signals);
}

/* --- Events --- */

static void reload(struct keeper *keeper)
{
	const struct control_message tables = {.kind = CONTROL_TABLES};

	if (!origin_reload(&keeper->origin, keeper->diags)) {
		if (!origin_is_live(&keeper->origin))
			workers_send(keeper, &tables, keeper->origin.snapshot.fd);
		follow_sync(keeper, false);
	}
	keeper_tell(keeper);
}

static void reap(struct keeper *keeper)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (workers_reap(keeper, pid, status) || pid != keeper->writer.pid)
			continue;
		child_died(&keeper->writer);
		keeper_say(keeper, "the access log's writer ended");
	}
}

static void signal_take(struct keeper *keeper, int signal)
{
	switch (signal) {
	case SIGTERM:
	case SIGINT:
		if (keeper->draining)
			workers_kill(keeper, SIGKILL);
		keeper_drain(keeper);
		break;
	case SIGHUP:
		if (!keeper->draining)
			reload(keeper);
		break;
	case SIGUSR1:
		if (keeper->writer.pid)
			kill(keeper->writer.pid, SIGUSR1);
		break;
	case SIGCHLD:
		reap(keeper);
		break;
	}
}

static void signals_take(struct keeper *keeper)
{
	struct signalfd_siginfo info;

	while (read(keeper->signals, &info, sizeof(info)) == sizeof(info))
		signal_take(keeper, (int)info.ssi_signo);
}

static void tick(struct keeper *keeper)
{
	if (keeper->draining) {
		if (clock_ns(CLOCK_MONOTONIC) > keeper->drain_end_ns)
			workers_kill(keeper, SIGKILL);
		return;
	}
	workers_start(keeper);
	writer_start(keeper);
	if (!keeper->started && workers_are_ready(keeper))
		keeper_started(keeper);
	if (origin_is_live(&keeper->origin) &&
		keeper->generation != origin_generation(&keeper->origin)) {
		origin_reload(&keeper->origin, keeper->diags);
		follow_sync(keeper, false);
		keeper_tell(keeper);
	}
}

/* --- The loop --- */

/* What is polled: in this order, and fds that are -1 are passed over. */
static size_t polled_fill(const struct keeper *keeper, struct pollfd *polled)
{
	size_t len = 0;

	polled[len++].fd = keeper->signals;
	polled[len++].fd = keeper->control;
	polled[len++].fd = keeper->metrics ? metrics_fd(keeper->metrics) : -1;
	for (int i = 0; i < KEEPER_CALLERS_MAX; i++, len++) {
		const struct caller *caller = &keeper->callers[i];

		polled[len].fd = caller->used ? caller->channel.fd : -1;
		polled[len].events =
			channel_is_waiting(&caller->channel) ? POLLIN | POLLOUT : POLLIN;
	}
	for (uint32_t i = 0; i < keeper->settings->workers; i++, len += 2) {
		const struct worker_child *worker = &keeper->workers[i];

		polled[len].fd = worker->child.pid ? worker->channel.fd : -1;
		polled[len].events =
			channel_is_waiting(&worker->channel) ? POLLIN | POLLOUT : POLLIN;
		polled[len + 1].fd = worker->reach;
		polled[len + 1].events = POLLIN;
	}
	for (int i = 0; i < 3; i++)
		polled[i].events = POLLIN;
	return len;
}

static void polled_take(struct keeper *keeper, const struct pollfd *polled)
{
	const struct report_source source = keeper_report_source(keeper);
	const struct pollfd *callers = polled + 3;
	const struct pollfd *workers = callers + KEEPER_CALLERS_MAX;

	for (uint32_t i = 0; i < keeper->settings->workers; i++) {
		if (workers[2 * i].revents)
			worker_hear(keeper, i);
		if (workers[2 * i + 1].revents)
			worker_answer(keeper, i);
	}
	if (polled[2].revents)
		metrics_turn(keeper->metrics, &source);
	for (int i = 0; i < KEEPER_CALLERS_MAX; i++)
		if (callers[i].revents && keeper->callers[i].used)
			caller_hear(keeper, &keeper->callers[i]);
	if (polled[1].revents && keeper->control >= 0)
		desk_accept(keeper);
	if (polled[0].revents)
		signals_take(keeper);
}

static int loop(struct keeper *keeper)
{
	size_t size = 3 + KEEPER_CALLERS_MAX + 2 * keeper->settings->workers;
	struct pollfd *polled = calloc(size, sizeof(*polled));

	if (!polled)
		return -ENOMEM;
	while (!keeper->draining || workers_running(keeper)) {
		size_t len;

		tick(keeper);
		len = polled_fill(keeper, polled);
		if (poll(polled, len, TICK_MS) > 0)
			polled_take(keeper, polled);
	}
	free(polled);
	return 0;
}

int keeper_run(const struct keeper_setup *setup, struct diags *diags)
{
	struct keeper keeper = {
		.setup = setup,
		.settings = setup->settings,
		.diags = diags,
		.log_fd = -1,
		.signals = -1,
		.control = -1,
		.predecessor = -1,
	};
	int error;

	limits_raise();
	error = signals_open(&keeper);
	if (error)
		diags_error(diags, PLACE_NONE, NULL, "cannot take signals: %s",
			strerror(-error));
	else
		error = keeper_prepare(&keeper);
	keeper_tell(&keeper);
	if (!error)
		error = loop(&keeper);
	keeper_done(&keeper);
	return error;
}
