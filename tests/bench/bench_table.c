/* SPDX-License-Identifier: BSD-2-Clause */
/* How long tables take to build: CPU time, the median of alternating runs. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "table/table.h"

#define RUNS 15
#define PODS_MAX 1000

struct row {
	const char *sentence;
	enum sp_algorithm algorithm;
	uint32_t size; /* 0: follows the number of pods */
	size_t pods;
	size_t tables;
	double limit_ms; /* what it should take at most; 0: not said */
	double ms[RUNS];
};

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Other pods in each table, from 10.0.0.0 on. */
static void pods_make(struct pod *pods, size_t len, size_t table)
{
	for (size_t i = 0; i < len; i++) {
		uint32_t addr = 0x0a000000 + (uint32_t)(table * len + i);

		pods[i] = (struct pod){
			.at = {.addr = sp_addr_from_v4(htonl(addr)),
				.port = htons(8080),
				.protocol = IPPROTO_TCP},
			.weight = 1,
			.state = SP_POD_READY,
		};
	}
}

static double row_run(const struct row *row)
{
	static struct pod pods[PODS_MAX];
	struct service service = {
		.policy = {.algorithm = row->algorithm, .size = row->size},
		.pods = pods,
		.pods_len = row->pods,
	};
	double start = cpu_ms();

	for (size_t i = 0; i < row->tables; i++) {
		struct table table;

		pods_make(pods, row->pods, i);
		if (table_build(&service, &table))
			abort();
		table_done(&table);
	}
	return cpu_ms() - start;
}

static int compare_ms(const void *a, const void *b)
{
	const double *ms_a = a, *ms_b = b;

	return (*ms_a > *ms_b) - (*ms_a < *ms_b);
}

static void row_print(struct row *row)
{
	double median;

	qsort(row->ms, RUNS, sizeof(row->ms[0]), compare_ms);
	median = row->ms[RUNS / 2];
	printf("%-52s %8.2f ms", row->sentence, median);
	if (row->limit_ms > 0)
		printf("  (at most %g: %s)", row->limit_ms,
			median <= row->limit_ms ? "kept" : "MISSED");
	putchar('\n');
}

int main(void)
{
	struct row rows[] = {
		{.sentence = "maglev, 1000 pods over 65537 slots",
			.algorithm = SP_ALGORITHM_MAGLEV,
			.size = 65537,
			.pods = 1000,
			.tables = 1,
			.limit_ms = 2.5},
		{.sentence = "maglev, 10000 services of 10 pods over 1021 slots",
			.algorithm = SP_ALGORITHM_MAGLEV,
			.pods = 10,
			.tables = 10000,
			.limit_ms = 500},
		{.sentence = "ring, 10 pods, at least 1024 entries",
			.algorithm = SP_ALGORITHM_RING_HASH,
			.size = 1024,
			.pods = 10,
			.tables = 1},
		{.sentence = "ring, 1000 pods, at least 65536 entries",
			.algorithm = SP_ALGORITHM_RING_HASH,
			.size = 65536,
			.pods = 1000,
			.tables = 1},
	};
	const size_t rows_len = sizeof(rows) / sizeof(rows[0]);

	for (size_t run = 0; run < RUNS; run++) {
		for (size_t i = 0; i < rows_len; i++)
			rows[i].ms[run] = row_run(&rows[i]);
	}
	for (size_t i = 0; i < rows_len; i++)
		row_print(&rows[i]);
	return 0;
}
