/* SPDX-License-Identifier: BSD-2-Clause */
/* The access log's writer: a process that takes lines out of rings and writes them. */
#include "l7/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "l7/ring.h"

/* While lines come, the writer looks for them now and then, and workers need not wake
 * it: a call for each of thousands of lines, on both sides. */
#define NAP_MS 20
#define TELL_MS 1000
#define END_MS 1000 /* a reader that is stuck is not waited for at the end */

struct writer {
	struct log_ring *const *rings;
	size_t rings_len;
	int fd;
	const char *path;
	int signals;
	size_t step;	    /* bytes of one write() that does not block */
	bool waits;	    /* fd is something that may have no room */
	bool ends;	    /* SIGTERM came */
	bool line_open;	    /* the last byte written ends no line */
	uint64_t lost;	    /* lines that could not be written, not told yet */
	int error;	    /* of the last write() that failed */
	struct pollfd *fds; /* the signals, then each ring's wake_fd */
};

static uint64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / NS_PER_MS;
}

/* A pipe with room takes PIPE_BUF bytes at once; a file always takes all. */
static void output_set(struct writer *writer, int fd)
{
	struct stat stat;

	writer->fd = fd;
	writer->waits = fstat(fd, &stat) || !S_ISREG(stat.st_mode);
	writer->step = writer->waits ? PIPE_BUF : LOG_RING_LEN;
}

static void output_reopen(struct writer *writer)
{
	int fd;

	if (!writer->path)
		return;
	fd = open(writer->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0) {
		fprintf(stderr,
			"samepod: error: cannot open %s: %s; the access log stays where "
			"it is\n",
			writer->path, strerror(errno));
		return;
	}
	close(writer->fd);
	output_set(writer, fd);
}

static void signals_take(struct writer *writer)
{
	struct signalfd_siginfo signal;

	while (read(writer->signals, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo == SIGTERM)
			writer->ends = true;
		else if (signal.ssi_signo == SIGUSR1)
			output_reopen(writer);
	}
}

/* Wait until the output takes something. False: the end has come, and it does not. */
static bool output_wait(struct writer *writer)
{
	uint64_t end_ms = now_ms() + END_MS;

	for (;;) {
		struct pollfd fds[] = {{.fd = writer->fd, .events = POLLOUT},
			{.fd = writer->signals, .events = POLLIN}};
		uint64_t now = now_ms();

		if (writer->ends && now >= end_ms)
			return false;
		if (poll(fds, 2, writer->ends ? (int)(end_ms - now) : -1) < 0)
			return errno != EINTR;
		if (!writer->ends && fds[1].revents) {
			signals_take(writer);
			end_ms = now_ms() + END_MS;
		}
		if (fds[0].revents)
			return true;
	}
}

/* Write some of the bytes. Returns how many; a negative errno. */
static ssize_t write_some(struct writer *writer, const char *bytes, size_t len)
{
	ssize_t written;

	do {
		if (writer->waits && !output_wait(writer))
			return -ETIMEDOUT;
		written =
			write(writer->fd, bytes, len < writer->step ? len : writer->step);
	} while (written < 0 && (errno == EAGAIN || errno == EINTR));
	if (written < 0)
		return -errno;
	if (written)
		writer->line_open = bytes[written - 1] != '\n';
	return written;
}

static void lines_lose(struct writer *writer, const char *bytes, size_t len, int error)
{
	for (size_t i = 0; i < len; i++)
		writer->lost += bytes[i] == '\n';
	writer->error = error;
}

/* Write all of the bytes, or count the lines that are lost. A line that was broken off,
 * by an error or by a broken worker, is ended first: others' lines begin on their own. */
static void write_lines(struct writer *writer, const char *bytes, size_t len)
{
	ssize_t written = writer->line_open ? write_some(writer, "\n", 1) : 0;

	while (written >= 0 && len) {
		written = write_some(writer, bytes, len);
		if (written > 0) {
			bytes += written;
			len -= (size_t)written;
		}
	}
	if (written < 0)
		lines_lose(writer, bytes, len, (int)-written);
}

/* Take what a ring has. A worker's memory is not believed: no count of its can lead
 * beyond the ring. Returns whether there was something. */
static bool ring_take(struct writer *writer, struct log_ring *ring)
{
	uint64_t put = atomic_load_explicit(&ring->put, memory_order_acquire);
	uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);

	if (put == taken)
		return false;
	if (put - taken <= LOG_RING_LEN)
		write_lines(writer, ring->bytes + taken % LOG_RING_LEN, put - taken);
	atomic_store_explicit(&ring->taken, put, memory_order_release);
	return true;
}

static bool rings_take(struct writer *writer)
{
	bool any = false;

	for (size_t i = 0; i < writer->rings_len; i++)
		any |= ring_take(writer, writer->rings[i]);
	return any;
}

/* Lines that the rings had no room for since this was told. */
static uint64_t rings_lost(struct writer *writer)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < writer->rings_len; i++) {
		struct log_ring *ring = writer->rings[i];
		uint64_t lost = atomic_load(&ring->lost);

		sum += lost - atomic_exchange(&ring->told, lost);
	}
	return sum;
}

static void lost_tell(struct writer *writer)
{
	uint64_t lost = rings_lost(writer);

	if (lost)
		fprintf(stderr,
			"samepod: warning: access log: %" PRIu64
			" lines lost, its reader is too slow\n",
			lost);
	if (writer->lost)
		fprintf(stderr,
			"samepod: error: access log: %" PRIu64 " lines lost: %s\n",
			writer->lost, strerror(writer->error));
	writer->lost = 0;
}

static void asleep_set(struct writer *writer, uint32_t asleep)
{
	for (size_t i = 0; i < writer->rings_len; i++)
		atomic_store(&writer->rings[i]->asleep, asleep);
}

static bool rings_have_some(struct writer *writer)
{
	for (size_t i = 0; i < writer->rings_len; i++)
		if (atomic_load(&writer->rings[i]->put) != writer->rings[i]->taken)
			return true;
	return false;
}

static bool has_to_tell(const struct writer *writer)
{
	for (size_t i = 0; i < writer->rings_len; i++)
		if (atomic_load(&writer->rings[i]->lost) != writer->rings[i]->told)
			return true;
	return writer->lost > 0;
}

/* Until a worker or a signal wakes us. */
static void writer_sleep(struct writer *writer)
{
	uint64_t count;

	asleep_set(writer, 1);
	if (!rings_have_some(writer))
		poll(writer->fds, writer->rings_len + 1,
			has_to_tell(writer) ? TELL_MS : -1);
	asleep_set(writer, 0);
	/* They do not block; what they count is of no interest. */
	for (size_t i = 1; i <= writer->rings_len; i++)
		while (read(writer->fds[i].fd, &count, sizeof(count)) > 0)
			;
}

static void writer_run(struct writer *writer)
{
	uint64_t told_ms = 0;

	while (!writer->ends) {
		bool any = rings_take(writer);

		if (now_ms() - told_ms >= TELL_MS) {
			lost_tell(writer);
			told_ms = now_ms();
		}
		if (any)
			poll(writer->fds, 1, NAP_MS);
		else
			writer_sleep(writer);
		signals_take(writer);
	}
	rings_take(writer);
	lost_tell(writer);
}

/* The signals are read between writes. SIGINT and SIGHUP go to all that a terminal runs:
 * the keeper knows what they mean. */
static int signals_open(void)
{
	sigset_t taken, blocked;

	sigemptyset(&taken);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGUSR1);
	blocked = taken;
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGHUP);
	sigaddset(&blocked, SIGQUIT);
	sigaddset(&blocked, SIGPIPE);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	return signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
}

int log_write(struct log_ring *const *rings, size_t rings_len, int fd, const char *path)
{
	struct writer writer = {.rings = rings, .rings_len = rings_len, .path = path};

	writer.signals = signals_open();
	writer.fds = calloc(rings_len + 1, sizeof(*writer.fds));
	if (writer.signals < 0 || !writer.fds) {
		free(writer.fds);
		return EXIT_FAILURE;
	}
	output_set(&writer, fd);
	writer.fds[0] = (struct pollfd){.fd = writer.signals, .events = POLLIN};
	for (size_t i = 0; i < rings_len; i++)
		writer.fds[i + 1] =
			(struct pollfd){.fd = rings[i]->wake_fd, .events = POLLIN};
	writer_run(&writer);
	free(writer.fds);
	close(writer.signals);
	return EXIT_SUCCESS;
}
