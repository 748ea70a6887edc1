/* SPDX-License-Identifier: BSD-2-Clause */
/* An apply in a process of its own, killed at a moment that can be met again. */
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

static void child_run(const char *text, bool traced)
{
	if (traced) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
	}
	_exit(world_apply(text) ? 1 : 0);
}

/* The calls that change something outside of the process; between two of them only memory
 * changes, the maps' included. */
static bool is_change(const struct __ptrace_syscall_info *call)
{
	switch (call->entry.nr) {
	case SYS_bpf:
		return call->entry.args[0] == BPF_MAP_UPDATE_ELEM ||
		       call->entry.args[0] == BPF_MAP_UPDATE_BATCH ||
		       call->entry.args[0] == BPF_MAP_DELETE_ELEM ||
		       call->entry.args[0] == BPF_OBJ_PIN;
	case SYS_mkdir:
	case SYS_unlink:
	case SYS_sendto:
	case SYS_membarrier:
		return true;
	default:
		return false;
	}
}

static bool is_delete(const struct __ptrace_syscall_info *call)
{
	return call->entry.nr == SYS_bpf && call->entry.args[0] == BPF_MAP_DELETE_ELEM;
}

/* Let the child run to its `stop`-th call of that kind, which is not made yet. Returns
 * whether it got there; else it has ended, with `*status`. */
static bool run_to_call(pid_t child,
	bool (*is_meant)(const struct __ptrace_syscall_info *), long stop, int *status)
{
	struct __ptrace_syscall_info call;

	waitpid(child, status, 0);
	ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD);
	while (!WIFEXITED(*status) && !WIFSIGNALED(*status)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(call), &call) >= 0 &&
			call.op == PTRACE_SYSCALL_INFO_ENTRY && is_meant(&call) &&
			!--stop)
			return true;
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
		waitpid(child, status, 0);
	}
	return false;
}

static bool end_by_kill(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return WIFSIGNALED(status);
}

static pid_t child_fork(const char *text, bool traced)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child)
		child_run(text, traced);
	return child;
}

bool world_apply_killed_behind_delete(const char *text, long steps)
{
	pid_t child = child_fork(text, true);
	int status;

	if (!run_to_call(child, is_delete, 1, &status))
		return false;
	ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	waitpid(child, &status, 0);
	while (steps-- && !WIFEXITED(status)) {
		ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
		waitpid(child, &status, 0);
	}
	return !WIFEXITED(status) && end_by_kill(child);
}

bool world_apply_killed(const char *text, long moment)
{
	pid_t child = child_fork(text, moment > 0);
	int status;

	if (moment > 0)
		return run_to_call(child, is_change, moment, &status) &&
		       end_by_kill(child);
	usleep((useconds_t)-moment);
	return end_by_kill(child);
}
