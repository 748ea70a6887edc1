/* SPDX-License-Identifier: BSD-2-Clause */
/* The access log's ring and its writer, in processes of their own. */
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "l7/ring.h"

#define RINGS 2
#define LINES 20000 /* more than a ring holds */
#define TEXT_LEN (32U << 20)

static struct log_ring *rings[RINGS];
static char text[TEXT_LEN];
static char folder[] = "/tmp/samepod-log.XXXXXX";

/* The writer of the test that runs: what it writes and what it says. */
static pid_t writer;
static int told_fd;

static void rings_begin(void)
{
	for (int i = 0; i < RINGS; i++)
		rings[i] = log_ring_new();
	EXPECT(rings[0] && rings[1]);
}

static void rings_end(void)
{
	for (int i = 0; i < RINGS; i++)
		log_ring_free(rings[i]);
}

/* Signals wait until it takes them, as they do below the keeper. */
static void writer_begin(int fd, const char *path)
{
	sigset_t all, old;
	int told[2];

	EXPECT(!pipe(told));
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	writer = fork();
	if (!writer) {
		dup2(told[1], STDERR_FILENO);
		close(told[0]);
		_exit(log_write(rings, RINGS, fd, path));
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(told[1]);
	told_fd = told[0];
}

/* Up to `len` bytes, until the end or for as long as they come. */
static size_t read_all(int fd, char *bytes, size_t len)
{
	size_t sum = 0;
	ssize_t got;

	while (sum < len && (got = read(fd, bytes + sum, len - sum)) > 0)
		sum += (size_t)got;
	return sum;
}

static void expect_end(const char *told)
{
	char bytes[4096] = "";
	int status = -1;

	kill(writer, SIGTERM);
	EXPECT_EQ(waitpid(writer, &status, 0), writer);
	EXPECT_EQ(status, 0);
	bytes[read_all(told_fd, bytes, sizeof(bytes) - 1)] = 0;
	if (told)
		EXPECT(strstr(bytes, told));
	else
		EXPECT_STR(bytes, "");
	close(told_fd);
}

/* The line of worker `who`, number `number`, of a length of its own. */
static bool put_numbered(struct log_ring *ring, char who, unsigned number)
{
	char id[32];
	struct record record = {.status = 200, .service = "shop"};

	record.method = (struct text){"GET", 3};
	record.path = (struct text){"/the/same/text/for/all/of/them", number % 31};
	record.request_id =
		(struct text){id, (size_t)snprintf(id, sizeof(id), "%c%u", who, number)};
	return log_put(ring, &record, RECORD_TEXT);
}

/* Check that `who`'s lines are there, whole and in order; returns how many. */
static unsigned count_lines(char *bytes, char who)
{
	char *rest = NULL;
	unsigned count = 0, last = 0;

	for (char *line = strtok_r(bytes, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest)) {
		char *id = strchr(line, who);
		unsigned number = id ? (unsigned)atoi(id + 1) : 0;

		EXPECT(!strncmp(line, "[1970-", 6));
		EXPECT(!strcmp(line + strlen(line) - 2, " 0"));
		if (!id)
			continue;
		EXPECT(!count || number > last);
		last = number;
		count++;
	}
	return count;
}

/* A worker that puts LINES lines, and waits when there is no room. */
static pid_t worker_begin(int number)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (unsigned i = 1; i <= LINES; i++) {
		while (!put_numbered(rings[number], number ? 'B' : 'A', i))
			usleep(1000);
		if (i % 7 == 0)
			log_flush(rings[number]);
	}
	log_flush(rings[number]);
	_exit(0);
}

static int file_new(const char *name, char *path)
{
	sprintf(path, "%s/%s", folder, name);
	return open(path, O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static size_t file_read(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t len = fd < 0 ? 0 : read_all(fd, text, TEXT_LEN - 1);

	text[len] = 0;
	close(fd);
	return len;
}

static void wait_for_lines(const char *path, const char *last)
{
	for (int i = 0; i < 6000; i++) {
		file_read(path);
		if (strstr(text, last))
			return;
		usleep(10000);
	}
	EXPECT(!"the line came within a minute");
}

static void test_two_workers(void)
{
	char path[128], *copy;
	int fd = file_new("two", path);
	pid_t workers[RINGS];

	rings_begin();
	writer_begin(fd, NULL);
	for (int i = 0; i < RINGS; i++)
		workers[i] = worker_begin(i);
	for (int i = 0; i < RINGS; i++)
		waitpid(workers[i], NULL, 0);
	expect_end("");
	copy = text + file_read(path) + 1;
	memcpy(copy, text, (size_t)(copy - text));
	EXPECT_EQ(count_lines(text, 'A'), LINES);
	EXPECT_EQ(count_lines(copy, 'B'), LINES);
	rings_end();
	close(fd);
}

static void test_wake(void)
{
	int out[2];
	char bytes[256];

	rings_begin();
	EXPECT(!pipe(out));
	writer_begin(out[1], NULL);
	for (unsigned i = 1; i <= 3; i++) {
		struct pollfd ready = {.fd = out[0], .events = POLLIN};

		for (int wait = 0; wait < 6000 && !rings[1]->asleep; wait++)
			usleep(10000);
		EXPECT(rings[1]->asleep);
		put_numbered(rings[1], 'A', i);
		log_flush(rings[1]);
		EXPECT_EQ(poll(&ready, 1, 60000), 1);
		EXPECT(read(out[0], bytes, sizeof(bytes)) > 0);
	}
	expect_end(NULL);
	rings_end();
}

static void test_full(void)
{
	char path[128], told[64];
	int fd = file_new("full", path);
	unsigned put = 0, lost = 0;

	rings_begin();
	for (unsigned i = 1; i <= LINES; i++) {
		if (put_numbered(rings[0], 'A', i))
			put++;
		else
			lost++;
	}
	EXPECT(put > 1000 && lost > 1000);
	EXPECT_EQ(rings[0]->lost, lost);
	writer_begin(fd, NULL);
	snprintf(told, sizeof(told), "access log: %u lines lost", lost);
	expect_end(told);
	file_read(path);
	EXPECT_EQ(count_lines(text, 'A'), put);
	EXPECT(put_numbered(rings[0], 'A', 1));
	rings_end();
	close(fd);
}

static void test_successor(void)
{
	char path[128];
	int fd = file_new("successor", path);

	rings_begin();
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 1; i <= 100; i++)
			EXPECT(put_numbered(rings[0], 'A', round * 100 + i));
		writer_begin(fd, NULL);
		expect_end(NULL);
	}
	file_read(path);
	EXPECT_EQ(count_lines(text, 'A'), 300);
	rings_end();
	close(fd);
}

static void test_reopen(void)
{
	char path[128], old[160];
	int fd = file_new("access.log", path);

	sprintf(old, "%s.1", path);
	rings_begin();
	writer_begin(fd, path);
	put_numbered(rings[0], 'A', 1);
	log_flush(rings[0]);
	wait_for_lines(path, "\"A1\"");
	EXPECT(!rename(path, old));
	kill(writer, SIGUSR1);
	for (int i = 0; i < 6000 && access(path, F_OK); i++)
		usleep(10000);
	put_numbered(rings[0], 'A', 2);
	log_flush(rings[0]);
	wait_for_lines(path, "\"A2\"");
	EXPECT(!strstr(text, "\"A1\""));
	expect_end(NULL);
	rings_end();
	close(fd);
}

static void test_reopen_fails(void)
{
	char path[128];
	int fd = file_new("stays", path);

	rings_begin();
	writer_begin(fd, "/no/such/folder/access.log");
	kill(writer, SIGUSR1);
	put_numbered(rings[0], 'A', 1);
	log_flush(rings[0]);
	wait_for_lines(path, "\"A1\"");
	usleep(50000);
	expect_end("cannot open /no/such/folder/access.log: No such file");
	rings_end();
	close(fd);
}

static void test_stuck_reader(void)
{
	int out[2];

	rings_begin();
	EXPECT(!pipe(out));
	writer_begin(out[1], NULL);
	for (unsigned i = 1; i <= LINES; i++) {
		put_numbered(rings[0], 'A', i);
		log_flush(rings[0]);
	}
	EXPECT(rings[0]->lost > 0);
	expect_end("Connection timed out");
	close(out[1]);
	text[read_all(out[0], text, TEXT_LEN - 1)] = 0;
	EXPECT(strlen(text) > 4096);
	rings_end();
	close(out[0]);
}

static void test_errors(void)
{
	int full = open("/dev/full", O_WRONLY);

	rings_begin();
	put_numbered(rings[0], 'A', 1);
	put_numbered(rings[0], 'A', 2);
	writer_begin(full, NULL);
	expect_end("access log: 2 lines lost: No space left on device");
	rings_end();
	close(full);
}

static void test_broken_worker(void)
{
	char path[128];
	int fd = file_new("broken", path);

	rings_begin();
	writer_begin(fd, NULL);
	for (uint64_t i = 0, put = 1; i < 100; i++, put = put * 3 + i % 2) {
		rings[0]->put = put;
		rings[0]->lost = put;
		log_flush(rings[0]);
		usleep(100);
	}
	rings[0]->put = rings[0]->taken + 5;
	usleep(50000);
	put_numbered(rings[1], 'A', 1);
	expect_end("");
	EXPECT(memmem(text, file_read(path), "\n[1970-", 7));
	rings_end();
	close(fd);
}

int main(void)
{
	static const struct test tests[] = {
		{"lines of two workers come out whole and in order", test_two_workers},
		{"a writer that sleeps is woken", test_wake},
		{"a full ring loses lines, counts them and tells", test_full},
		{"a writer's successor goes on where it ended", test_successor},
		{"SIGUSR1 opens the file anew", test_reopen},
		{"where that fails, the file of before is kept", test_reopen_fails},
		{"a reader that takes nothing holds nobody up", test_stuck_reader},
		{"lines that cannot be written are counted and told", test_errors},
		{"a broken worker's ring does no harm to others' lines",
			test_broken_worker},
	};
	int code;

	if (!mkdtemp(folder))
		return 1;
	signal(SIGPIPE, SIG_IGN);
	code = TESTS_RUN(tests);
	sprintf(text, "rm -r %s", folder);
	return system(text) ? 1 : code;
}
