// SPDX-License-Identifier: BSD-2-Clause
/* What is in use, derived from the arrays alone, so that a writer killed at any moment
 * leaves nothing that the next one does not find. */
#include "kernel/ranges.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "slot.h"

#define WORDS_MAX ((uint64_t)SP_CHUNKS_MAX * SP_CHUNK_WORDS)

struct numbers {
	uint32_t *at;
	size_t len, size;
};

/* Entries that are no longer live, until readers have left. */
struct gone {
	struct numbers services, pods;
};

bool endpoint_is_zero(const struct sp_endpoint *endpoint)
{
	static const struct sp_endpoint zero;

	return !memcmp(endpoint, &zero, sizeof(zero));
}

static void bit_set(uint64_t *bits, uint32_t bit)
{
	bits[bit / 64] |= 1ULL << bit % 64;
}

static int numbers_add(struct numbers *numbers, uint32_t number)
{
	uint32_t *at = array_grow(numbers->at, numbers->len, &numbers->size, sizeof(*at));

	if (!at)
		return -ENOMEM;
	numbers->at = at;
	at[numbers->len++] = number;
	return 0;
}

static int live_add_run(struct live *live, const struct sp_service_version *version)
{
	uint64_t len = words_of_version(version);
	struct run *runs;

	if (!len)
		return 0;
	runs = array_grow(live->runs, live->runs_len, &live->runs_size, sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	live->runs = runs;
	live->runs[live->runs_len++] = (struct run){version->first, version->first + len};
	live->words += len;
	return 0;
}

static int compare_runs(const void *a, const void *b)
{
	const struct run *left = a, *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

/* Turn the runs in use into the gaps between them. */
static int live_find_gaps(struct live *live)
{
	uint64_t free_from = 0;

	live->gaps = malloc((live->runs_len + 1) * sizeof(*live->gaps));
	if (!live->gaps)
		return -ENOMEM;
	if (live->runs_len)
		qsort(live->runs, live->runs_len, sizeof(*live->runs), compare_runs);
	for (size_t i = 0; i < live->runs_len; i++) {
		if (live->runs[i].first > free_from)
			live->gaps[live->gaps_len++] =
				(struct run){free_from, live->runs[i].first};
		if (live->runs[i].end > free_from)
			free_from = live->runs[i].end;
	}
	live->gaps[live->gaps_len++] = (struct run){free_from, WORDS_MAX};
	return 0;
}

/* A version that was written for a generation that was never published would count as
 * soon as that number is used again. */
static void wipe_future(uint32_t *generation, uint32_t live)
{
	if (*generation > live)
		*generation = 0;
}

static int scan_services(struct kernel *kernel, struct live *live, struct gone *gone)
{
	uint32_t generation =
		__atomic_load_n(&kernel->state->generation, __ATOMIC_ACQUIRE);
	int error = 0;

	for (uint32_t i = 0; i < SP_SERVICES_MAX && !error; i++) {
		struct sp_service *service = &kernel->services[i];
		const struct sp_service_version *version;

		if (endpoint_is_zero(&service->vip))
			continue;
		for (int v = 0; v < 2 && gone; v++)
			wipe_future(&service->versions[v].generation, generation);
		version = service_live(service, generation);
		if (version) {
			bit_set(live->services, i);
			live->services_len++;
			error = live_add_run(live, version);
		} else if (gone) {
			error = numbers_add(&gone->services, i);
		}
	}
	return error;
}

static int scan_pods(struct kernel *kernel, struct live *live, struct gone *gone)
{
	uint32_t generation =
		__atomic_load_n(&kernel->state->generation, __ATOMIC_ACQUIRE);
	int error = 0;

	for (uint32_t i = 0; i < SP_PODS_MAX && !error; i++) {
		struct sp_pod *pod = &kernel->pods[i];

		if (endpoint_is_zero(&pod->at))
			continue;
		for (int v = 0; v < 2 && gone; v++)
			wipe_future(&pod->versions[v].generation, generation);
		if (pod_live(pod, generation)) {
			bit_set(live->pods, i);
			live->pods_len++;
		} else if (gone) {
			error = numbers_add(&gone->pods, i);
		}
	}
	return error;
}

/* What is neither free nor live goes to `gone`; NULL: only look. */
static int live_scan(struct kernel *kernel, struct live *live, struct gone *gone)
{
	int error = scan_services(kernel, live, gone);

	if (!error)
		error = scan_pods(kernel, live, gone);
	return error ? error : live_find_gaps(live);
}

int live_read(struct kernel *kernel, struct live *ret_live)
{
	return live_scan(kernel, ret_live, NULL);
}

/* Remove a key, unless it leads to another number by now: a writer killed while it
 * cleared an entry may have left half an endpoint. */
static int key_remove(int map, const struct sp_endpoint *key, uint32_t number)
{
	uint32_t found;

	if (bpf_map_lookup_elem(map, key, &found))
		return errno == ENOENT ? 0 : -errno;
	if (found != number)
		return 0;
	return bpf_map_delete_elem(map, key) ? -errno : 0;
}

/* The number that has the endpoint of a pod that is gone; SP_POD_NONE: none. */
static uint32_t pod_successor(const struct kernel *kernel, const struct sp_pod *gone)
{
	uint32_t generation = kernel->state->generation;
	int last = sp_version_live(
		gone->versions[0].generation, gone->versions[1].generation, generation);
	uint32_t number = last < 0 ? SP_POD_NONE : gone->versions[last].place;

	if (number >= SP_PODS_MAX || !pod_live(&kernel->pods[number], generation) ||
		model_compare_endpoints(&kernel->pods[number].at, &gone->at))
		return SP_POD_NONE;
	return number;
}

/* The way back leads to the successor from now on, or nowhere. */
static int back_remove(struct kernel *kernel, uint32_t number)
{
	const struct sp_pod *gone = &kernel->pods[number];
	uint32_t successor = pod_successor(kernel, gone), found;
	int map = kernel->maps[MAP_BACKS];

	if (successor == SP_POD_NONE)
		return key_remove(map, &gone->at, number);
	if (bpf_map_lookup_elem(map, &gone->at, &found))
		return -errno;
	if (found != number)
		return 0;
	return bpf_map_update_elem(map, &gone->at, &successor, BPF_EXIST) ? -errno : 0;
}

static int gone_remove_keys(
	struct kernel *kernel, const struct live *live, const struct gone *gone)
{
	int error = 0;

	for (size_t i = 0; i < gone->services.len && !error; i++) {
		uint32_t number = gone->services.at[i];

		error = key_remove(
			kernel->maps[MAP_VIPS], &kernel->services[number].vip, number);
	}
	if (!error)
		error = addresses_remove(
			kernel, live, gone->services.at, gone->services.len);
	for (size_t i = 0; i < gone->pods.len && !error; i++)
		error = back_remove(kernel, gone->pods.at[i]);
	return error;
}

/* The endpoint goes last: while it is there, the number is not free. */
static void service_clear(struct sp_service *service)
{
	size_t before = offsetof(struct sp_service, vip);
	size_t behind = before + sizeof(service->vip);

	memset(service, 0, before);
	memset((char *)service + behind, 0, sizeof(*service) - behind);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memset(&service->vip, 0, sizeof(service->vip));
}

static void pod_clear(struct sp_pod *pod)
{
	memset(&pod->born, 0, sizeof(*pod) - offsetof(struct sp_pod, born));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memset(&pod->at, 0, sizeof(pod->at));
}

static int gone_clear(struct kernel *kernel, const struct gone *gone, struct diags *diags)
{
	int error = 0;

	for (size_t i = 0; i < gone->services.len; i++)
		service_clear(&kernel->services[gone->services.at[i]]);
	for (size_t i = 0; i < gone->pods.len && !error; i++) {
		error = traffic_clear(kernel, gone->pods.at[i]);
		if (!error)
			pod_clear(&kernel->pods[gone->pods.at[i]]);
	}
	return error ? fail_system(diags, error, "cannot clear the traffic") : 0;
}

int live_sweep(struct kernel *kernel, struct live *ret_live, struct diags *diags)
{
	struct gone gone = {0};
	struct range_keys ranges = {0};
	int error = live_scan(kernel, ret_live, &gone);

	if (!error)
		error = range_keys_read_stale(kernel, &ranges);
	if (!error)
		error = gone_remove_keys(kernel, ret_live, &gone);
	if (error)
		fail_system(diags, error, "cannot clean up the maps");
	else if (gone.services.len || gone.pods.len || ranges.len)
		error = live_wait_readers(kernel, diags);
	/* Before numbers are free, and not before: a packet under way would be refused.
	 */
	if (!error && range_keys_remove(kernel, &ranges))
		error = fail_system(diags, -errno, "cannot clean up sp_ranges");
	if (!error)
		error = gone_clear(kernel, &gone, diags);
	range_keys_done(&ranges);
	free(gone.services.at);
	free(gone.pods.at);
	return error;
}

void live_done(struct live *live)
{
	free(live->runs);
	free(live->gaps);
	*live = (struct live){0};
}

static long take_number(uint64_t *bits, uint32_t *hint, uint32_t max)
{
	for (uint32_t i = *hint; i < max / 64; i++) {
		int bit;

		*hint = i;
		if (bits[i] == UINT64_MAX)
			continue;
		bit = __builtin_ctzll(~bits[i]);
		bits[i] |= 1ULL << bit;
		return (long)i * 64 + bit;
	}
	return -ENOSPC;
}

long live_take_service(struct live *live)
{
	return take_number(live->services, &live->service_hint, SP_SERVICES_MAX);
}

long live_take_pod(struct live *live)
{
	return take_number(live->pods, &live->pod_hint, SP_PODS_MAX);
}

/* The first gap that is long enough. */
int64_t live_take_words(struct live *live, uint32_t len)
{
	while (live->gap_hint < live->gaps_len &&
		live->gaps[live->gap_hint].first == live->gaps[live->gap_hint].end)
		live->gap_hint++;
	for (size_t i = live->gap_hint; i < live->gaps_len; i++) {
		struct run *gap = &live->gaps[i];

		if (gap->end - gap->first < len)
			continue;
		gap->first += len;
		return (int64_t)(gap->first - len);
	}
	return -ENOSPC;
}

/* A change of sp_tables waits as well: put its first chunk in again. Without a chunk
 * there is no slot that a packet could have in its hands. */
static int wait_by_chunk(struct kernel *kernel)
{
	const __u32 first = 0;
	int fd = kernel->words.held ? words_get_chunk(kernel, first) : -ENOENT;
	int error;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	error = bpf_map_update_elem(kernel->maps[MAP_TABLES], &first, &fd, BPF_ANY);
	close(fd);
	return error;
}

/* XDP programs run inside RCU read sections, which this waits for. Kernels with full
 * dynamic ticks refuse the call, and a container's filter may. */
int live_wait_readers(struct kernel *kernel, struct diags *diags)
{
	int error = 0;

	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		error = wait_by_chunk(kernel);
	return error ? fail_system(diags, error, "cannot wait for packets under way") : 0;
}
