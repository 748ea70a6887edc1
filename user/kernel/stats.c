// SPDX-License-Identifier: BSD-2-Clause
/* Counters over all CPUs, and how full the maps are. */
#include "kernel/state.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int read_counters(struct kernel *kernel, struct kernel_stats *stats)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *counts;
	int error = 0;

	if (cpus < 0)
		return cpus;
	counts = calloc((size_t)cpus, sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	for (__u32 reason = 0; reason < SP_REASON_COUNT && !error; reason++) {
		if (bpf_map_lookup_elem(kernel->maps[MAP_COUNTERS], &reason, counts))
			error = -errno;
		for (int i = 0; i < cpus && !error; i++)
			stats->packets[reason] += counts[i];
	}
	free(counts);
	return error;
}

/* As the kernel accounts it; 0 when it does not say. */
static uint64_t map_memory(int fd)
{
	char path[64], line[128];
	uint64_t bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "memlock: %" SCNu64, &bytes) == 1)
			break;
	fclose(file);
	return bytes;
}

static void read_sizes(
	const struct kernel *kernel, const struct live *live, struct kernel_stats *stats)
{
	const struct words *words = &kernel->words;

	stats->services = live->services_len;
	stats->services_max = SP_SERVICES_MAX;
	stats->pods = live->pods_len;
	stats->pods_max = SP_PODS_MAX;
	stats->words = live->words;
	stats->words_held = (uint64_t)words->held * SP_CHUNK_WORDS;
	stats->words_max = (uint64_t)SP_CHUNKS_MAX * SP_CHUNK_WORDS;
	stats->generation = kernel->state->generation;
	for (int i = 0; i < MAP_COUNT; i++)
		stats->memory_bytes += map_memory(kernel->maps[i]);
	for (uint32_t i = 0; i < words->held; i++) {
		int fd = words_get_chunk(kernel, i);

		if (fd < 0)
			continue;
		stats->memory_bytes += map_memory(fd);
		close(fd);
	}
}

int kernel_read_stats(
	struct kernel *kernel, struct kernel_stats *ret_stats, struct diags *diags)
{
	struct kernel_stats stats = {0};
	struct live live = {0};
	int error = words_open(kernel, diags);

	if (error)
		return error;
	error = read_counters(kernel, &stats);
	if (!error)
		error = live_read(kernel, &live);
	if (!error) {
		read_sizes(kernel, &live, &stats);
		*ret_stats = stats;
	} else {
		fail_system(diags, error, "cannot read the statistics");
	}
	live_done(&live);
	return error;
}
