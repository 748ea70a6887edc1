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

int counts_read(int map, uint32_t len, uint64_t *ret_sums)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *counts;
	int error = 0;

	if (cpus < 0)
		return cpus;
	counts = calloc((size_t)cpus, sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	for (__u32 key = 0; key < len && !error; key++) {
		if (bpf_map_lookup_elem(map, &key, counts))
			error = -errno;
		for (int i = 0; i < cpus && !error; i++)
			ret_sums[key] += counts[i];
	}
	free(counts);
	return error;
}

/* --- Entries of maps that do not count themselves --- */

static int count_element(void *context, const void *key, const void *value)
{
	uint64_t *used = context;

	(void)key;
	(void)value;
	(*used)++;
	return 0;
}

static int read_use(const struct kernel *kernel, enum kernel_memory memory,
	const uint64_t *events, struct kernel_use *ret_use)
{
	struct bpf_map_info info = {0};
	int map = kernel->maps[memory_maps[memory]];
	int made_by = kernel_memory_words[memory].made_by;
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &len))
		return -errno;
	ret_use->max = info.max_entries;
	ret_use->made = made_by < 0 ? 0 : events[made_by];
	return batch_each(
		map, info.key_size, info.value_size, count_element, &ret_use->used);
}

static int read_counters(struct kernel *kernel, struct kernel_stats *stats)
{
	int error =
		counts_read(kernel->maps[MAP_COUNTERS], SP_REASON_COUNT, stats->packets);

	if (!error)
		error = counts_read(
			kernel->maps[MAP_EVENTS], SP_EVENT_COUNT, stats->events);
	for (int i = 0; i < KERNEL_MEMORIES && !error; i++)
		error = read_use(kernel, i, stats->events, &stats->memories[i]);
	return error;
}

/* --- Sizes --- */

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
	stats->window_s = kernel->state->window.len_s;
	stats->tcp_idle_s = kernel->state->tcp_idle_s;
	stats->udp_idle_s = kernel->state->udp_idle_s;
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
