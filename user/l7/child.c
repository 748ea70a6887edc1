// SPDX-License-Identifier: BSD-2-Clause
/* Processes of the keeper: how they begin, and when they begin again. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "l7/keeping.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 5000
/* Who has lived for so long is started again at once. */
#define LIVED_NS (10000 * NS_PER_MS)

/* The keeper is told by a terminal's signals; it tells its children. */
static void signals_default(void)
{
	static const int ignored[] = {SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close all above 2 but those, which it sorts. */
static void close_others(int *keep, size_t keep_len)
{
	unsigned next = STDERR_FILENO + 1;

	qsort(keep, keep_len, sizeof(*keep), compare_fds);
	for (size_t i = 0; i < keep_len; i++) {
		if (keep[i] < (int)next)
			continue;
		if (keep[i] > (int)next)
			close_range(next, (unsigned)keep[i] - 1, 0);
		next = (unsigned)keep[i] + 1;
	}
	close_range(next, ~0U, 0);
}

pid_t child_start(struct child *child, int *keep, size_t keep_len)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		signals_default();
		close_others(keep, keep_len);
		return 0;
	}
	child->pid = pid;
	child->started_ns = clock_ns(CLOCK_MONOTONIC);
	return pid;
}

void child_died(struct child *child)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (now - child->started_ns >= LIVED_NS)
		child->pause_ms = 0;
	child->pid = 0;
	child->start_at_ns = now + child->pause_ms * NS_PER_MS;
	child->pause_ms = child->pause_ms ? 2 * child->pause_ms : PAUSE_FIRST_MS;
	if (child->pause_ms > PAUSE_MAX_MS)
		child->pause_ms = PAUSE_MAX_MS;
}

bool child_is_due(const struct child *child, uint64_t now_ns)
{
	return !child->pid && child->start_at_ns <= now_ns;
}
