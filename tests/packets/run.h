/* SPDX-License-Identifier: BSD-2-Clause */
/* One frame through a program in the kernel. */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "network.h"
#include "reasons.h"

/* What came out of one run, and how the balancer's counters moved. */
struct run {
	uint32_t verdict;
	uint8_t bytes[FRAME_MAX];
	size_t len;
	long moved[SP_REASON_COUNT];
};

/* Run a program on `len` >= 14 bytes that come in at `dev`; aborts on errors. Sets all of
 * `ret_run` but `moved`. */
void run_program(int program_fd, const uint8_t *bytes, size_t len, enum network_dev dev,
	struct run *ret_run);

/* Whether the run ended with this verdict and these bytes; what differs is printed. */
bool run_has(const struct run *run, uint32_t verdict, const uint8_t *bytes, size_t len);

/* One counter of an array per CPU, over all of them; aborts on errors. */
long run_read_counter(int map_fd, uint32_t key);

/* Stay on one CPU: what a program remembers for each is then met by the next run. */
void run_stay_on_cpu(void);

/* The maps are the test's own: an error is a fault of the test. Aborts on one. */
void must(int error, const char *what);

#endif
