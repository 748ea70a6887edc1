/* SPDX-License-Identifier: BSD-2-Clause */
/* The program in the kernel: load, fill, run. */
#include "loaded.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "samepod.skel.h"

static struct samepod_bpf *loaded;
static struct sp_state state = {
	.layout = SP_LAYOUT,
	.window = {.len_s = SP_WINDOW_S},
	.tcp_idle_s = SP_TCP_IDLE_S,
	.udp_idle_s = SP_UDP_IDLE_S,
};
static int chunk_fds[4];

#define CHUNKS (sizeof(chunk_fds) / sizeof(chunk_fds[0]))

static void loaded_add_chunks(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);

	for (__u32 i = 0; i < CHUNKS; i++) {
		chunk_fds[i] = bpf_map_create(
			BPF_MAP_TYPE_ARRAY, "sp_chunk", 4, 8, SP_CHUNK_WORDS, &options);
		must(chunk_fds[i] < 0, "sp_chunk");
		must(bpf_map_update_elem(bpf_map__fd(loaded->maps.sp_tables), &i,
			     &chunk_fds[i], BPF_ANY),
			"sp_tables");
	}
}

static void loaded_open_object(void)
{
	if (!loaded)
		loaded = samepod_bpf__open();
	must(!loaded, "samepod_bpf__open");
}

void loaded_set_size(const char *map, uint32_t entries)
{
	loaded_open_object();
	must(bpf_map__set_max_entries(
		     bpf_object__find_map_by_name(loaded->obj, map), entries),
		map);
}

static bool is_without_sources;

void loaded_leave_sources_out(void)
{
	is_without_sources = true;
}

static void loaded_set_sources(void)
{
	struct sp_endpoint v4 = endpoint(LOADED_SOURCE_V4, 0, 0);
	struct sp_endpoint v6 = endpoint(LOADED_SOURCE_V6, 0, 0);

	if (is_without_sources)
		return;
	memcpy((void *)&loaded->rodata->sp_source_v4, &v4.addr.word[3], 4);
	memcpy((void *)loaded->rodata->sp_source_v6, &v6.addr, sizeof(v6.addr));
}

int loaded_open(const uint8_t mac[6])
{
	run_stay_on_cpu();
	loaded_open_object();
	memcpy((void *)loaded->rodata->sp_mac, mac, 6);
	loaded_set_sources();
	if (samepod_bpf__load(loaded)) {
		fprintf(stderr, "the program does not load\n");
		return -1;
	}
	loaded_add_chunks();
	loaded_set_generation(1);
	return 0;
}

void loaded_close(void)
{
	for (size_t i = 0; i < CHUNKS; i++)
		close(chunk_fds[i]);
	samepod_bpf__destroy(loaded);
}

int loaded_program_fd(void)
{
	return bpf_program__fd(loaded->progs.samepod);
}

int loaded_map_fd(const char *map)
{
	int fd = bpf_object__find_map_fd_by_name(loaded->obj, map);

	must(fd < 0, map);
	return fd;
}

uint32_t loaded_count(const char *map)
{
	int fd = loaded_map_fd(map);
	char keys[2][64];
	uint32_t count = 0;

	while (!bpf_map_get_next_key(
		fd, count ? keys[count & 1] : NULL, keys[(count + 1) & 1]))
		count++;
	return count;
}

void loaded_clear(const char *map)
{
	int fd = loaded_map_fd(map);
	char key[64];

	while (!bpf_map_get_next_key(fd, NULL, key))
		must(bpf_map_delete_elem(fd, key), map);
}

void loaded_share_maps(struct bpf_object *other)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, other)
	{
		struct bpf_map *ours =
			bpf_object__find_map_by_name(loaded->obj, bpf_map__name(map));

		if (ours && !bpf_map__is_internal(map))
			must(bpf_map__reuse_fd(map, bpf_map__fd(ours)), "shared map");
	}
}

static void loaded_read_counters(long counters[SP_REASON_COUNT])
{
	for (__u32 reason = 0; reason < SP_REASON_COUNT; reason++)
		counters[reason] =
			run_read_counter(bpf_map__fd(loaded->maps.sp_counters), reason);
}

long loaded_read_event(enum sp_event event)
{
	return run_read_counter(bpf_map__fd(loaded->maps.sp_events), event);
}

struct sp_traffic loaded_read_traffic(uint32_t pod)
{
	int cpus = libbpf_num_possible_cpus();
	struct sp_traffic *values = calloc((size_t)cpus, sizeof(*values)), sum = {0};

	must(!values, "traffic");
	must(bpf_map_lookup_elem(bpf_map__fd(loaded->maps.sp_traffic), &pod, values),
		"sp_traffic");
	for (int cpu = 0; cpu < cpus; cpu++) {
		sum.packets += values[cpu].packets;
		sum.bytes += values[cpu].bytes;
		sum.flows += values[cpu].flows;
	}
	free(values);
	return sum;
}

void loaded_send(const uint8_t *bytes, size_t len, enum network_dev dev)
{
	struct run run;

	run_program(loaded_program_fd(), bytes, len, dev, &run);
}

void loaded_run(
	const uint8_t *bytes, size_t len, enum network_dev dev, struct run *ret_run)
{
	long before[SP_REASON_COUNT];

	loaded_read_counters(before);
	run_program(loaded_program_fd(), bytes, len, dev, ret_run);
	loaded_read_counters(ret_run->moved);
	for (int i = 0; i < SP_REASON_COUNT; i++)
		ret_run->moved[i] -= before[i];
}

static bool run_has_moved(const struct run *run, enum sp_reason reason)
{
#define RUN_NAME(name, text, action, meaning) text,
	static const char *const names[] = {SP_REASONS(RUN_NAME)};
#undef RUN_NAME
	bool right = true;

	for (int i = 0; i < SP_REASON_COUNT; i++) {
		long want = i == (int)reason;

		if (run->moved[i] != want) {
			printf("  counter %s moved by %ld, expected %ld\n", names[i],
				run->moved[i], want);
			right = false;
		}
	}
	return right;
}

bool run_is(const struct run *run, uint32_t verdict, const uint8_t *bytes, size_t len,
	enum sp_reason reason)
{
	bool right = run_has_moved(run, reason);

	return run_has(run, verdict, bytes, len) && right;
}

static void loaded_write_state(void)
{
	__u32 only = 0;

	must(bpf_map_update_elem(bpf_map__fd(loaded->maps.sp_state), &only, &state, 0),
		"sp_state");
}

void loaded_set_generation(uint32_t generation)
{
	state.generation = generation;
	loaded_write_state();
}

void loaded_set_times(uint32_t window_s, uint32_t tcp_idle_s, uint32_t udp_idle_s)
{
	state.window.len_s = window_s;
	state.tcp_idle_s = tcp_idle_s;
	state.udp_idle_s = udp_idle_s;
	loaded_write_state();
}

void loaded_set_over(uint32_t over_s)
{
	state.window.over_s = over_s;
	loaded_write_state();
}

void loaded_set_words(uint32_t first, const __u64 *words, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		__u32 at = (first + i) % SP_CHUNK_WORDS;

		must((first + i) / SP_CHUNK_WORDS >= CHUNKS, "word beyond the chunks");
		must(bpf_map_update_elem(
			     chunk_fds[(first + i) / SP_CHUNK_WORDS], &at, words + i, 0),
			"sp_chunk");
	}
}

void loaded_set_service(uint32_t number, const struct sp_service *service)
{
	must(bpf_map_update_elem(
		     bpf_map__fd(loaded->maps.sp_services), &number, service, 0),
		"sp_services");
}

void loaded_set_pod(uint32_t number, const struct sp_pod *pod)
{
	must(bpf_map_update_elem(bpf_map__fd(loaded->maps.sp_pods), &number, pod, 0),
		"sp_pods");
}

void loaded_set_vip(const struct sp_endpoint *vip, uint32_t number)
{
	must(bpf_map_update_elem(bpf_map__fd(loaded->maps.sp_vips), vip, &number, 0),
		"sp_vips");
}

void loaded_set_back(const struct sp_endpoint *pod, uint32_t number)
{
	must(bpf_map_update_elem(bpf_map__fd(loaded->maps.sp_backs), pod, &number, 0),
		"sp_backs");
}

void loaded_set_range(uint32_t list, const char *address, uint32_t bits)
{
	const struct sp_range_key key = {.prefix_len = 32 + bits,
		.list = htonl(list),
		.source = endpoint(address, 1, IPPROTO_TCP).addr};
	const __u32 one = 1;

	must(bpf_map_update_elem(bpf_map__fd(loaded->maps.sp_ranges), &key, &one, 0),
		"sp_ranges");
}

void loaded_set_vlan(enum network_dev below, uint16_t type, uint16_t id,
	enum network_dev above, const uint8_t mac[6])
{
	struct sp_vlan_key key = {
		.ifindex = network_ifindex(below), .type = htons(type), .id = htons(id)};
	struct sp_vlan value = {
		.ifindex = network_ifindex(above), .type = key.type, .id = key.id};
	int fd = bpf_map__fd(loaded->maps.sp_vlans);

	memcpy(value.mac, mac, sizeof(value.mac));
	must(bpf_map_update_elem(fd, &key, &value, BPF_ANY), "sp_vlans");
	value.ifindex = key.ifindex;
	key = (struct sp_vlan_key){.ifindex = network_ifindex(above)};
	must(bpf_map_update_elem(fd, &key, &value, BPF_ANY), "sp_vlans");
	/* Next hops of before are forgotten. */
	loaded_set_generation(state.generation + 1);
}

void loaded_forget_vip(const struct sp_endpoint *vip)
{
	must(bpf_map_delete_elem(bpf_map__fd(loaded->maps.sp_vips), vip), "sp_vips");
}
