// SPDX-License-Identifier: BSD-2-Clause
/* Every number, key, word and route is accounted for, or it is printed here. */
#include <bpf/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/ranges.h"
#include "world.h"

static int complaints;

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("audit: ");
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	complaints++;
}

static bool is_zero(const void *bytes, size_t len)
{
	const char *byte = bytes;

	for (size_t i = 0; i < len; i++)
		if (byte[i])
			return false;
	return true;
}

/* A key leads to the number whose entry has that endpoint; there are `len` of them. */
static void audit_keys(int map, const char *name, const struct sp_endpoint *endpoints,
	size_t stride, uint32_t max, uint32_t len)
{
	struct sp_endpoint key, next;
	uint32_t number, count = 0;
	bool first = true;

	while (!bpf_map_get_next_key(map, first ? NULL : &key, &next)) {
		first = false;
		key = next;
		count++;
		if (bpf_map_lookup_elem(map, &key, &number) || number >= max ||
			memcmp((const char *)endpoints + number * stride, &key,
				sizeof(key)) != 0)
			complain("%s has a key that leads nowhere", name);
	}
	if (count != len)
		complain("%s has %u keys, live are %u", name, count, len);
}

/* An address leads to a live service that has it. */
static void audit_address(const struct kernel *kernel, const struct sp_endpoint *key)
{
	const struct sp_service *service;
	struct sp_endpoint wanted;
	uint32_t number;

	if (bpf_map_lookup_elem(kernel->maps[MAP_VIPS], key, &number) ||
		number >= SP_SERVICES_MAX) {
		complain("an address leads nowhere");
		return;
	}
	service = &kernel->services[number];
	wanted = address_key(&service->vip.addr);
	if (!service_live(service, kernel->state->generation) ||
		memcmp(&wanted, key, sizeof(wanted)) != 0)
		complain("an address leads to service %u, which has it not", number);
}

/* Every live service's address is there; returns how many different ones. */
static uint32_t audit_addresses(const struct kernel *kernel)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < SP_SERVICES_MAX; i++) {
		struct sp_endpoint key = address_key(&kernel->services[i].vip.addr);
		uint32_t number;

		if (!service_live(&kernel->services[i], kernel->state->generation))
			continue;
		if (bpf_map_lookup_elem(kernel->maps[MAP_VIPS], &key, &number))
			complain("the address of service %u is not there", i);
		else
			len += number == i; /* each leads to one of those that have it */
	}
	return len;
}

/* VIPs and addresses, nothing else. */
static void audit_vips(const struct kernel *kernel, const struct live *live)
{
	int map = kernel->maps[MAP_VIPS];
	struct sp_endpoint key, next;
	uint32_t vips = 0, addresses = 0, number;
	bool first = true;

	while (!bpf_map_get_next_key(map, first ? NULL : &key, &next)) {
		first = false;
		key = next;
		if (!key.port) {
			addresses++;
			audit_address(kernel, &key);
			continue;
		}
		vips++;
		if (bpf_map_lookup_elem(map, &key, &number) ||
			number >= SP_SERVICES_MAX ||
			memcmp(&kernel->services[number].vip, &key, sizeof(key)) != 0)
			complain("sp_vips has a key that leads nowhere");
	}
	if (vips != live->services_len)
		complain("sp_vips has %u VIPs, live are %u", vips, live->services_len);
	if (addresses != audit_addresses(kernel))
		complain("sp_vips has %u addresses too many", addresses);
}

static void audit_services(const struct kernel *kernel, const struct live *live)
{
	uint32_t generation = kernel->state->generation;

	for (uint32_t i = 0; i < SP_SERVICES_MAX; i++) {
		const struct sp_service *service = &kernel->services[i];

		if (service_live(service, generation)
				? endpoint_is_zero(&service->vip)
				: !is_zero(service, sizeof(*service)))
			complain("service %u is neither live nor free", i);
		for (int v = 0; v < 2; v++)
			if (service->versions[v].generation > generation)
				complain("service %u has a version of the future", i);
	}
	audit_vips(kernel, live);
}

static bool is_same_endpoint(const struct sp_endpoint *a, const struct sp_endpoint *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* How many pods of live services have that endpoint. */
static uint32_t count_owners(const struct kernel *kernel, const struct sp_endpoint *at)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < SP_PODS_MAX; i++)
		len += pod_live(&kernel->pods[i], kernel->state->generation) &&
		       is_same_endpoint(&kernel->pods[i].at, at);
	return len;
}

static void audit_pod(const struct kernel *kernel, uint32_t number)
{
	uint32_t generation = kernel->state->generation;
	const struct sp_pod *pod = &kernel->pods[number];
	const struct sp_pod_version *version = pod_live(pod, generation);

	if (version ? endpoint_is_zero(&pod->at) : !is_zero(pod, sizeof(*pod)))
		complain("pod %u is neither live nor free", number);
	for (int v = 0; v < 2; v++)
		if (pod->versions[v].generation > generation)
			complain("pod %u has a version of the future", number);
	if (!version)
		return;
	if (version->service >= SP_SERVICES_MAX ||
		!service_live(&kernel->services[version->service], generation))
		complain("pod %u is live in a service that is not", number);
	if (!pod->born || pod->born > generation)
		complain("pod %u has no birth", number);
}

/* Looking for others that have the same endpoint is slow: not with many pods. */
#define SHARED_AUDIT_MAX 200

static void audit_pods(const struct kernel *kernel, const struct live *live)
{
	uint32_t generation = kernel->state->generation, firsts = 0;
	bool few = live->pods_len <= SHARED_AUDIT_MAX;

	for (uint32_t i = 0; i < SP_PODS_MAX; i++) {
		const struct sp_pod *pod = &kernel->pods[i];
		const struct sp_pod_version *version = pod_live(pod, generation);
		uint32_t owners;

		audit_pod(kernel, i);
		if (!version || !few)
			continue;
		owners = count_owners(kernel, &pod->at);
		if (version->shared != (owners > 1))
			complain("pod %u is behind %u VIPs, shared is %u", i, owners,
				version->shared);
		/* Each of them counts for its part. */
		firsts += 5040 / owners;
	}
	audit_keys(kernel->maps[MAP_BACKS], "sp_backs", &kernel->pods[0].at,
		sizeof(kernel->pods[0]), SP_PODS_MAX,
		few ? firsts / 5040 : live->pods_len);
}

/* Each key is of a live version, and each such version has one at least. */
static void audit_ranges(const struct kernel *kernel)
{
	struct range_keys all = {0}, stale = {0};
	uint32_t last = UINT32_MAX, lists = 0, filtered = 0;

	if (range_keys_read(kernel, &all) || range_keys_read_stale(kernel, &stale))
		abort();
	for (size_t i = 0; i < all.len; i++) {
		lists += all.at[i].list != last;
		last = all.at[i].list;
	}
	for (uint32_t i = 0; i < SP_SERVICES_MAX; i++) {
		const struct sp_service_version *version =
			service_live(&kernel->services[i], kernel->state->generation);

		filtered += version && version->filtered;
	}
	if (stale.len)
		complain("sp_ranges has %zu keys of no live version", stale.len);
	if (lists != filtered)
		complain("sp_ranges has %u lists, services have %u", lists, filtered);
	range_keys_done(&all);
	range_keys_done(&stale);
}

/* Gaps and runs must make up all words there can be: then no two runs overlap. */
static void audit_words(const struct kernel *kernel, const struct live *live)
{
	uint64_t words = live->words,
		 held = (uint64_t)kernel->words.held * SP_CHUNK_WORDS;

	for (size_t i = 0; i < live->gaps_len; i++)
		words += live->gaps[i].end - live->gaps[i].first;
	if (words != (uint64_t)SP_CHUNKS_MAX * SP_CHUNK_WORDS)
		complain("tables overlap: words in use and free are %llu",
			(unsigned long long)words);
	for (size_t i = 0; i < live->runs_len; i++)
		if (live->runs[i].end > held)
			complain("a table lies outside of the chunks");
}

int world_routes(const char *sort)
{
	char command[160];
	int routes = -1;
	FILE *pipe;

	/* "table all" is of both families. */
	snprintf(command, sizeof(command),
		"ip route show table all proto 191 | grep -c ^%s", sort);
	pipe = popen(command, "r");
	if (!pipe || fscanf(pipe, "%d", &routes) != 1)
		abort();
	pclose(pipe);
	return routes;
}

struct seen_vip {
	struct sp_addr addr;
	bool is_local;
};

static void audit_routes(const struct kernel *kernel)
{
	struct seen_vip seen[64] = {0};
	int addresses = 0, local = 0;

	for (uint32_t i = 0; i < SP_SERVICES_MAX && addresses < 64; i++) {
		const struct sp_service *service = &kernel->services[i];
		const struct sp_service_version *version =
			service_live(service, kernel->state->generation);
		int same = 0;

		if (!version)
			continue;
		while (same < addresses && memcmp(&seen[same].addr, &service->vip.addr,
						   sizeof(seen[0].addr)) != 0)
			same++;
		if (same == addresses)
			seen[addresses++].addr = service->vip.addr;
		seen[same].is_local |= sp_version_is_l7(version);
	}
	for (int i = 0; i < addresses; i++)
		local += seen[i].is_local;
	if (world_routes("local") != local ||
		world_routes("blackhole") != addresses - local)
		complain("%d blackhole and %d local routes, %d addresses of VIPs",
			world_routes("blackhole"), world_routes("local"), addresses);
}

static bool leads_to(int map, const struct sp_endpoint *key, uint32_t number)
{
	uint32_t found;

	return !bpf_map_lookup_elem(map, key, &found) && found == number;
}

/* A pod's number, or that of one that is gone and names another one. */
static bool way_leads_to_pod(const struct kernel *kernel, const struct sp_endpoint *at)
{
	uint32_t generation = kernel->state->generation, number;
	const struct sp_pod *pod;
	int last;

	if (bpf_map_lookup_elem(kernel->maps[MAP_BACKS], at, &number) ||
		number >= SP_PODS_MAX)
		return false;
	pod = &kernel->pods[number];
	last = sp_version_live(
		pod->versions[0].generation, pod->versions[1].generation, generation);
	if (last >= 0 && pod->versions[last].state == SP_POD_GONE)
		pod = pod->versions[last].place < SP_PODS_MAX
			      ? &kernel->pods[pod->versions[last].place]
			      : pod;
	return pod_live(pod, generation) && is_same_endpoint(&pod->at, at);
}

static void audit_ways(const struct kernel *kernel)
{
	uint32_t generation = kernel->state->generation;

	for (uint32_t i = 0; i < SP_SERVICES_MAX; i++)
		if (service_live(&kernel->services[i], generation) &&
			!leads_to(kernel->maps[MAP_VIPS], &kernel->services[i].vip, i))
			complain("no key leads to live service %u", i);
	for (uint32_t i = 0; i < SP_PODS_MAX; i++)
		if (pod_live(&kernel->pods[i], generation) &&
			!way_leads_to_pod(kernel, &kernel->pods[i].at))
			complain("no key leads to live pod %u", i);
}

/* Nothing pinned, nothing to be found. */
bool world_is_found(void)
{
	struct kernel *kernel = NULL;
	struct diags diags = {0};

	complaints = 0;
	if (!kernel_open(WORLD_PIN_DIR, KERNEL_READ, &kernel, &diags))
		audit_ways(kernel);
	diags_done(&diags);
	kernel_close(kernel);
	return !complaints;
}

bool world_is_clean(void)
{
	struct kernel *kernel = NULL;
	struct diags diags = {0};
	struct live live = {0};

	complaints = 0;
	if (kernel_open(WORLD_PIN_DIR, KERNEL_READ, &kernel, &diags) ||
		words_open(kernel, &diags) || live_read(kernel, &live)) {
		complain("the state cannot be read");
	} else {
		audit_services(kernel, &live);
		audit_pods(kernel, &live);
		audit_words(kernel, &live);
		audit_ranges(kernel);
		audit_routes(kernel);
	}
	diags_print(stdout, &diags);
	diags_done(&diags);
	live_done(&live);
	kernel_close(kernel);
	return !complaints;
}
