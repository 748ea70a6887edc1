// SPDX-License-Identifier: BSD-2-Clause
/* The access log's process: the keeper's user, so that it may open the file anew, and no
 * capability. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "l7/keeping.h"

#define END_MS 3000 /* for what is left to be written */
#define LOOK_MS 10

static bool is_stdout(const struct keeper *keeper)
{
	return !strcmp(keeper->setup->log_path, "-");
}

int writer_open(struct keeper *keeper)
{
	const char *path = keeper->setup->log_path;

	keeper->log_fd = -1;
	if (!keeper->settings->log)
		return 0;
	if (is_stdout(keeper)) {
		keeper->log_fd = STDOUT_FILENO;
		return 0;
	}
	keeper->log_fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (keeper->log_fd >= 0)
		return 0;
	diags_error(keeper->diags, PLACE_NONE, "--access-log FILE, -, or off",
		"cannot open the access log %s: %s", path, strerror(errno));
	return -errno;
}

/* SIGTERM from `keeper_pid` in any case, even when that is killed. To be said when
 * capabilities are gone: that would take it back. */
static bool end_with(pid_t keeper_pid)
{
	return !prctl(PR_SET_PDEATHSIG, SIGTERM) && getppid() == keeper_pid;
}

static _Noreturn void writer_live(struct keeper *keeper, pid_t keeper_pid)
{
	const char *path = is_stdout(keeper) ? NULL : keeper->setup->log_path;

	for (uint32_t i = 0; i < keeper->settings->workers; i++)
		munmap(keeper->workers[i].stats, sizeof(struct l7_stats));
	if (confine_drop(NULL) || !end_with(keeper_pid))
		_exit(EXIT_FAILURE);
	_exit(log_write(keeper->rings, keeper->settings->workers, keeper->log_fd, path));
}

void writer_start(struct keeper *keeper)
{
	size_t len = keeper->settings->workers;
	pid_t pid = -ENOMEM, keeper_pid = getpid();
	int *keep;

	if (!keeper->settings->log ||
		!child_is_due(&keeper->writer, clock_ns(CLOCK_MONOTONIC)))
		return;
	keeper->writer.started_ns = clock_ns(CLOCK_MONOTONIC);
	keep = calloc(len + 1, sizeof(*keep));
	for (size_t i = 0; i < len && keep; i++)
		keep[i] = log_ring_wake_fd(keeper->rings[i]);
	if (keep) {
		keep[len] = keeper->log_fd;
		pid = child_start(&keeper->writer, keep, len + 1);
	}
	free(keep);
	if (!pid)
		writer_live(keeper, keeper_pid);
	if (pid > 0)
		return;
	child_died(&keeper->writer);
	keeper_say(
		keeper, "the access log's writer cannot be started: %s", strerror(-pid));
}

void writer_end(struct keeper *keeper)
{
	const struct timespec look = {.tv_nsec = LOOK_MS * 1000000};
	pid_t pid = keeper->writer.pid;
	int left = END_MS / LOOK_MS;

	if (!pid)
		return;
	kill(pid, SIGTERM);
	while (left-- && waitpid(pid, NULL, WNOHANG) != pid)
		nanosleep(&look, NULL);
	if (left < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	keeper->writer.pid = 0;
}
