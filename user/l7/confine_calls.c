// SPDX-License-Identifier: BSD-2-Clause
/* The system calls of a worker: those that an event loop makes. */
#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "l7/confine.h"

static const int allowed[] = {
	/* connections */
	SCMP_SYS(accept4),
	SCMP_SYS(connect),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(close),
	/* bytes */
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(splice),
	SCMP_SYS(pipe2),
	SCMP_SYS(fcntl),
	SCMP_SYS(lseek),
	/* events and time */
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(restart_syscall),
	/* memory; none that could be executed */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	/* the process itself */
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(prlimit64),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(tgkill),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What only someone who has taken the process over would call. */
static const int deadly[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(bpf),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(mount),
};

static int allow_if(scmp_filter_ctx filter, int call, unsigned conditions_len,
	const struct scmp_arg_cmp *conditions)
{
	return seccomp_rule_add_array(
		filter, SCMP_ACT_ALLOW, call, conditions_len, conditions);
}

/* No code; and what others have, too, as the chunks of the tables, to be read only. */
static int allow_memory(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp own[] = {
		no_code, SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_TYPE, MAP_PRIVATE)};
	const struct scmp_arg_cmp read = SCMP_A2(SCMP_CMP_EQ, PROT_READ);
	int error = allow_if(filter, SCMP_SYS(mmap), 2, own);

	if (!error)
		error = allow_if(filter, SCMP_SYS(mmap), 1, &read);
	return error ? error : allow_if(filter, SCMP_SYS(mprotect), 1, &no_code);
}

static int allow_sockets(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp v4 = SCMP_A0(SCMP_CMP_EQ, AF_INET);
	const struct scmp_arg_cmp v6 = SCMP_A0(SCMP_CMP_EQ, AF_INET6);
	int error = allow_if(filter, SCMP_SYS(socket), 1, &v4);

	return error ? error : allow_if(filter, SCMP_SYS(socket), 1, &v6);
}

static int rules_add(
	scmp_filter_ctx filter, uint32_t action, const int *calls, size_t len)
{
	int error = 0;

	for (size_t i = 0; i < len && !error; i++)
		error = seccomp_rule_add(filter, action, calls[i], 0);
	return error;
}

int confine_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error;

	if (!filter)
		return -ENOMEM;
	error = rules_add(
		filter, SCMP_ACT_ALLOW, allowed, sizeof(allowed) / sizeof(allowed[0]));
	if (!error)
		error = allow_memory(filter);
	if (!error)
		error = allow_sockets(filter);
	if (!error)
		error = rules_add(filter, SCMP_ACT_KILL_PROCESS, deadly,
			sizeof(deadly) / sizeof(deadly[0]));
	if (!error)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}
