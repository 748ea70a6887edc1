/* SPDX-License-Identifier: BSD-2-Clause */
/* l7/confine.h: what a worker may no longer do, tried in processes of their own. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "l7/confine.h"

/* How a child ends that confines itself so and then tries: its status as of waitpid(). */
static int end_of(int (*confine)(void), int (*attempt)(void))
{
	int status = -1;
	pid_t child = fork();

	if (!child)
		_exit(confine() ? 99 : attempt());
	EXPECT_EQ(waitpid(child, &status, 0), child);
	return status;
}

static int calls(void)
{
	return confine_calls();
}

/* 0 when the call fails with EPERM. */
static int is_refused(long result)
{
	return result == -1 && errno == EPERM ? 0 : 1;
}

static int try_exec(void)
{
	return execl("/bin/true", "true", NULL);
}

static int try_open(void)
{
	return is_refused(open("/etc/passwd", O_RDONLY));
}

static int try_unix_socket(void)
{
	return is_refused(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int try_listen(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? 1 : is_refused(listen(fd, 1));
}

static int try_code(void)
{
	void *code = mmap(
		NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return code == MAP_FAILED && errno == EPERM ? 0 : 1;
}

static int shared_fd;

static int try_shared(void)
{
	return mmap(NULL, 4096, PROT_READ, MAP_SHARED, shared_fd, 0) == MAP_FAILED;
}

static int try_shared_write(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);

	return memory == MAP_FAILED && errno == EPERM ? 0 : 1;
}

static int try_kill_parent(void)
{
	return is_refused(kill(getppid(), 0));
}

static int try_fork(void)
{
	return is_refused(fork());
}

static int serve(void)
{
	int fds[2], events = epoll_create1(0), fd = socket(AF_INET6, SOCK_STREAM, 0);
	struct epoll_event event = {.events = EPOLLIN};
	char *memory = malloc(1 << 20);
	char byte;

	if (!memory || fd < 0 || events < 0 || pipe2(fds, O_NONBLOCK))
		return 1;
	free(memory);
	return epoll_ctl(events, EPOLL_CTL_ADD, fds[0], &event) ||
	       write(fds[1], "x", 1) != 1 || epoll_wait(events, &event, 1, 1000) != 1 ||
	       read(fds[0], &byte, 1) != 1 || close(fd);
}

static void what_a_loop_does_works(void)
{
	EXPECT_EQ(end_of(calls, serve), 0);
	EXPECT_EQ(end_of(calls, try_shared), 0);
}

static void other_calls_are_refused(void)
{
	EXPECT_EQ(end_of(calls, try_open), 0);
	EXPECT_EQ(end_of(calls, try_unix_socket), 0);
	EXPECT_EQ(end_of(calls, try_listen), 0);
	EXPECT_EQ(end_of(calls, try_code), 0);
	EXPECT_EQ(end_of(calls, try_shared_write), 0);
	EXPECT_EQ(end_of(calls, try_kill_parent), 0);
	EXPECT_EQ(end_of(calls, try_fork), 0);
}

static void a_program_cannot_be_started(void)
{
	int status = end_of(calls, try_exec);

	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static const struct confine_user *user_given;

static int drop(void)
{
	return confine_drop(user_given);
}

/* The line of /proc/self/status that begins with `name`, or "". */
static const char *status_line(const char *name)
{
	static char line[256];
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name))) {
			fclose(file);
			return line + strlen(name) + 1;
		}
	return "";
}

static int has_nothing(void)
{
	static const char *const sets[] = {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"};

	for (int i = 0; i < 4; i++)
		if (strtoull(status_line(sets[i]), NULL, 16))
			return 1;
	return strcmp(status_line("NoNewPrivs:"), "1\n") ? 2 : 0;
}

static int is_nobody(void)
{
	if (geteuid() != user_given->uid || getgid() != user_given->gid ||
		getgroups(0, NULL))
		return 1;
	return !setuid(0) ? 2 : has_nothing();
}

static void nothing_is_left_of_privileges(void)
{
	EXPECT_EQ(end_of(drop, has_nothing), 0);
}

static void root_becomes_nobody(void)
{
	struct confine_user user;
	struct diags diags = {0};

	EXPECT_EQ(confine_find_user(NULL, &user, &diags), 0);
	EXPECT_EQ(user.change, !geteuid());
	user_given = &user;
	if (user.change)
		EXPECT_EQ(end_of(drop, is_nobody), 0);
	user_given = NULL;
	EXPECT_EQ(confine_find_user("no such user", &user, &diags), -EINVAL);
	EXPECT_EQ(diags.errors_len, 1);
	diags_done(&diags);
}

static int keeper(void)
{
	return confine_keeper(false);
}

/* A keeper may give its workers another user, but no more. */
static int is_keeper(void)
{
	unsigned long long effective = strtoull(status_line("CapEff:"), NULL, 16);

	if (effective & ~0x5e2ULL)
		return 1;
	return geteuid() ? 0 : is_refused(sethostname("x", 1));
}

static void a_keeper_keeps_what_it_needs(void)
{
	EXPECT_EQ(end_of(keeper, is_keeper), 0);
}

static const struct test tests[] = {
	{"what an event loop does works", what_a_loop_does_works},
	{"other calls are refused", other_calls_are_refused},
	{"a program cannot be started", a_program_cannot_be_started},
	{"nothing is left of privileges", nothing_is_left_of_privileges},
	{"where the keeper is root, workers are nobody", root_becomes_nobody},
	{"a keeper keeps what it needs", a_keeper_keeps_what_it_needs},
};

int main(void)
{
	shared_fd = memfd_create("shared", 0);
	return shared_fd < 0 || ftruncate(shared_fd, 4096) ? 1 : TESTS_RUN(tests);
}
