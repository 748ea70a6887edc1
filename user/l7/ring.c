/* SPDX-License-Identifier: BSD-2-Clause */
/* The access log's ring, as a worker uses it. */
#include "l7/ring.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAPPED_LEN (sizeof(struct log_ring) + 2 * LOG_RING_LEN)

/* Map the head and the bytes, and the bytes once more behind them. */
static void *map_twice(int fd)
{
	char *at = mmap(NULL, MAPPED_LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t once = sizeof(struct log_ring) + LOG_RING_LEN;
	int access = PROT_READ | PROT_WRITE, how = MAP_SHARED | MAP_FIXED;

	if (at == MAP_FAILED)
		return NULL;
	if (mmap(at, once, access, how, fd, 0) == MAP_FAILED ||
		mmap(at + once, LOG_RING_LEN, access, how, fd, sizeof(struct log_ring)) ==
			MAP_FAILED) {
		munmap(at, MAPPED_LEN);
		return NULL;
	}
	return at;
}

struct log_ring *log_ring_new(void)
{
	int fd = memfd_create("samepod-log", MFD_CLOEXEC);
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct log_ring *ring = NULL;

	if (fd >= 0 && wake_fd >= 0 &&
		!ftruncate(fd, sizeof(struct log_ring) + LOG_RING_LEN))
		ring = map_twice(fd);
	if (fd >= 0)
		close(fd);
	if (ring)
		ring->wake_fd = wake_fd;
	else if (wake_fd >= 0)
		close(wake_fd);
	return ring;
}

void log_ring_free(struct log_ring *ring)
{
	if (!ring)
		return;
	close(ring->wake_fd);
	munmap(ring, MAPPED_LEN);
}

int log_ring_wake_fd(const struct log_ring *ring)
{
	return ring->wake_fd;
}

bool log_put(
	struct log_ring *ring, const struct record *record, enum record_format format)
{
	uint64_t put = atomic_load_explicit(&ring->put, memory_order_relaxed);
	uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_acquire);
	struct composer line = {
		.bytes = ring->bytes + put % LOG_RING_LEN, .size = LOG_LINE_MAX};

	if (put - taken > LOG_RING_LEN - LOG_LINE_MAX) {
		atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
		return false;
	}
	record_format(&line, record, format);
	atomic_store_explicit(&ring->put, put + line.len, memory_order_release);
	return true;
}

void log_flush(struct log_ring *ring)
{
	uint64_t one = 1;

	/* Pairs with the writer's, which says that it sleeps and then looks once more. */
	atomic_thread_fence(memory_order_seq_cst);
	if (!atomic_load_explicit(&ring->asleep, memory_order_relaxed) ||
		!atomic_exchange(&ring->asleep, 0))
		return;
	/* Its counter is full: then it is ready to be read, which is all that counts. */
	if (write(ring->wake_fd, &one, sizeof(one)) < 0)
		return;
}
