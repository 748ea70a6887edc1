// SPDX-License-Identifier: BSD-2-Clause
/* The pinned maps: made once, found again by every later run, refused when they differ.
 */
#include "kernel/state.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <samepod.skel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/pins.h"

/* sp_state comes into being last: a set without it was never finished. */
const char *const map_names[MAP_COUNT] = {
	[MAP_STATE] = "sp_state",
	[MAP_VIPS] = "sp_vips",
	[MAP_SERVICES] = "sp_services",
	[MAP_BACKS] = "sp_backs",
	[MAP_PODS] = "sp_pods",
	[MAP_TABLES] = "sp_tables",
	[MAP_COUNTERS] = "sp_counters",
	[MAP_FLOWS] = "sp_flows",
	[MAP_SYNS] = "sp_syns",
	[MAP_SESSIONS] = "sp_sessions",
	[MAP_WAYS] = "sp_ways",
	[MAP_FRAGMENTS] = "sp_fragments",
	[MAP_RANGES] = "sp_ranges",
	[MAP_TRAFFIC] = "sp_traffic",
	[MAP_EVENTS] = "sp_events",
	[MAP_VLANS] = "sp_vlans",
};

const enum kernel_map memory_maps[KERNEL_MEMORIES] = {
	[KERNEL_FLOWS] = MAP_FLOWS,
	[KERNEL_SYNS] = MAP_SYNS,
	[KERNEL_SESSIONS] = MAP_SESSIONS,
	[KERNEL_WAYS] = MAP_WAYS,
	[KERNEL_FRAGMENTS] = MAP_FRAGMENTS,
	[KERNEL_RANGES] = MAP_RANGES,
};

const struct kernel_memory_word kernel_memory_words[KERNEL_MEMORIES] = {
	[KERNEL_FLOWS] = {"flows", KERNEL_REFUSES, SP_EVENT_FLOW_PINNED},
	[KERNEL_SYNS] = {"syns", KERNEL_PUSHES_OUT, SP_EVENT_SYN_REMEMBERED},
	[KERNEL_SESSIONS] = {"sessions", KERNEL_PUSHES_OUT, SP_EVENT_SESSION_MADE},
	[KERNEL_WAYS] = {"ways", KERNEL_PUSHES_OUT, SP_EVENT_WAY_REMEMBERED},
	[KERNEL_FRAGMENTS] = {"fragments", KERNEL_PUSHES_OUT,
		SP_EVENT_FRAGMENT_REMEMBERED},
	[KERNEL_RANGES] = {"ranges", KERNEL_REFUSES, -1},
};

char *maps_pin_path(const struct kernel *kernel, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", kernel->pin_dir, name) < 0 ? NULL : path;
}

#define WAY_OUT_LEN 512

/* `way_out`: of WAY_OUT_LEN. */
static struct pins pins_of(const struct kernel *kernel, char *way_out)
{
	snprintf(way_out, WAY_OUT_LEN,
		"'samepod detach --all', then 'rm -r %s', then attach and apply anew",
		kernel->pin_dir);
	return (struct pins){.dir = kernel->pin_dir, .way_out = way_out};
}

static int maps_pin_all(const struct kernel *kernel, const struct bpf_object *object)
{
	const struct pins pins = {.dir = kernel->pin_dir};
	const struct sp_state state = {
		.layout = SP_LAYOUT,
		.window = {.len_s = SP_WINDOW_S},
		.tcp_idle_s = SP_TCP_IDLE_S,
		.udp_idle_s = SP_UDP_IDLE_S,
	};
	const __u32 zero = 0;
	int error = 0;

	for (int i = MAP_COUNT - 1; i >= 0 && !error; i--) {
		int fd = bpf_object__find_map_fd_by_name(object, map_names[i]);

		if (i == MAP_STATE)
			error = bpf_map_update_elem(fd, &zero, &state, BPF_ANY);
		if (!error)
			error = pins_put(&pins, map_names[i], fd);
	}
	return error;
}

static void object_set_sizes(
	const struct bpf_object *object, const struct kernel_sizes *sizes)
{
	for (int i = 0; i < KERNEL_MEMORIES; i++)
		if (sizes->entries[i])
			bpf_map__set_max_entries(bpf_object__find_map_by_name(object,
							 map_names[memory_maps[i]]),
				sizes->entries[i]);
}

static int maps_create(const struct kernel *kernel, struct bpf_object *object,
	const struct kernel_sizes *sizes, struct diags *diags)
{
	struct bpf_program *program = NULL;
	int error;

	object_set_sizes(object, sizes);

	while ((program = bpf_object__next_program(object, program)))
		bpf_program__set_autoload(program, false);
	error = bpf_object__load(object);
	if (error)
		return fail_system(diags, error, "cannot make the maps");
	error = maps_pin_all(kernel, object);
	if (error)
		return fail_system(
			diags, error, "cannot pin the maps in %s", kernel->pin_dir);
	return 0;
}

/* Those may have any number of entries. */
static bool map_is_memory(enum kernel_map map)
{
	for (int i = 0; i < KERNEL_MEMORIES; i++)
		if (memory_maps[i] == map)
			return true;
	return false;
}

static int maps_verify(
	const struct kernel *kernel, const struct bpf_object *object, struct diags *diags)
{
	char way_out[WAY_OUT_LEN];
	const struct pins pins = pins_of(kernel, way_out);
	struct sp_state state;
	const __u32 zero = 0;
	int error = 0;

	for (int i = MAP_STATE; i < MAP_COUNT && !error; i++) {
		error = pins_verify(&pins, kernel->maps[i],
			bpf_object__find_map_by_name(object, map_names[i]),
			map_is_memory(i), diags);
		if (error || i != MAP_STATE)
			continue;
		if (bpf_map_lookup_elem(kernel->maps[MAP_STATE], &zero, &state))
			return fail_system(diags, -errno, "cannot read sp_state");
		if (state.layout != SP_LAYOUT)
			return pins_refuse(&pins, diags,
				"it has number %u, this samepod knows %u", state.layout,
				SP_LAYOUT);
	}
	return error;
}

static int maps_verify_sizes(const struct kernel *kernel,
	const struct kernel_sizes *sizes, struct diags *diags)
{
	for (int i = 0; i < KERNEL_MEMORIES; i++) {
		struct bpf_map_info info = {0};
		__u32 len = sizeof(info);
		char hint[512];

		if (!sizes->entries[i])
			continue;
		if (bpf_obj_get_info_by_fd(kernel->maps[memory_maps[i]], &info, &len))
			return fail_system(diags, -errno, "cannot read about %s",
				map_names[memory_maps[i]]);
		if (info.max_entries == sizes->entries[i])
			continue;
		snprintf(hint, sizeof(hint),
			"sizes are set when the state is made: 'samepod detach --all', "
			"then 'rm -r %s', then attach and apply anew",
			kernel->pin_dir);
		diags_error(diags, PLACE_NONE, hint, "the state in %s has %s=%u, not %u",
			kernel->pin_dir, kernel_memory_words[i].name, info.max_entries,
			sizes->entries[i]);
		return -EEXIST;
	}
	return 0;
}

/* Get all pinned maps. Returns -ENOENT without an error in diags when sp_state is not
 * there: nothing is pinned, or nothing that counts. */
static int maps_get_all(struct kernel *kernel, struct diags *diags)
{
	char way_out[WAY_OUT_LEN];
	const struct pins pins = pins_of(kernel, way_out);

	for (int i = 0; i < MAP_COUNT; i++) {
		kernel->maps[i] = pins_get(&pins, map_names[i]);
		if (kernel->maps[i] == -ENOENT && i == MAP_STATE)
			return -ENOENT;
		if (kernel->maps[i] == -ENOENT)
			return pins_refuse(&pins, diags, "it has no %s", map_names[i]);
		if (kernel->maps[i] < 0)
			return fail_system(diags, kernel->maps[i], "cannot open %s/%s",
				kernel->pin_dir, map_names[i]);
	}
	return 0;
}

static size_t mapped_len(size_t entry_len, size_t entries)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (entry_len * entries + page - 1) / page * page;
}

static int map_array(const struct kernel *kernel, enum kernel_map map, size_t len,
	void **ret_array, struct diags *diags)
{
	int protection =
		kernel->access == KERNEL_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	void *array = mmap(NULL, len, protection, MAP_SHARED, kernel->maps[map], 0);

	if (array == MAP_FAILED)
		return fail_system(diags, -errno, "cannot map %s", map_names[map]);
	*ret_array = array;
	return 0;
}

static int maps_map(struct kernel *kernel, struct diags *diags)
{
	void *state = NULL, *services = NULL, *pods = NULL;
	int error = map_array(
		kernel, MAP_STATE, mapped_len(sizeof(*kernel->state), 1), &state, diags);

	if (error)
		return error;
	kernel->state = state;
	error = map_array(kernel, MAP_SERVICES,
		mapped_len(sizeof(*kernel->services), SP_SERVICES_MAX), &services, diags);
	if (error)
		return error;
	kernel->services = services;
	error = map_array(kernel, MAP_PODS,
		mapped_len(sizeof(*kernel->pods), SP_PODS_MAX), &pods, diags);
	if (!error)
		kernel->pods = pods;
	return error;
}

struct bpf_object *maps_open_object(struct diags *diags)
{
	struct bpf_object_open_opts options = {
		.sz = sizeof(options),
		.object_name = "samepod",
	};
	size_t size;
	const void *bytes = samepod_bpf__elf_bytes(&size);
	struct bpf_object *object = bpf_object__open_mem(bytes, size, &options);

	if (!object)
		fail_system(diags, -errno, "cannot read the built-in BPF object");
	return object;
}

int maps_open(
	struct kernel *kernel, const struct kernel_sizes *sizes, struct diags *diags)
{
	struct bpf_object *object;
	int error = maps_get_all(kernel, diags);

	if (error && (error != -ENOENT || kernel->access == KERNEL_READ))
		return error;
	object = maps_open_object(diags);
	if (!object)
		return -ENOMEM;
	if (error) {
		error = maps_create(kernel, object, sizes, diags);
		if (!error)
			error = maps_get_all(kernel, diags);
	}
	if (!error)
		error = maps_verify(kernel, object, diags);
	if (!error)
		error = maps_verify_sizes(kernel, sizes, diags);
	if (!error)
		error = maps_map(kernel, diags);
	bpf_object__close(object);
	return error;
}

void maps_close(struct kernel *kernel)
{
	words_close(kernel);
	if (kernel->state)
		munmap(kernel->state, mapped_len(sizeof(*kernel->state), 1));
	if (kernel->services)
		munmap(kernel->services,
			mapped_len(sizeof(*kernel->services), SP_SERVICES_MAX));
	if (kernel->pods)
		munmap(kernel->pods, mapped_len(sizeof(*kernel->pods), SP_PODS_MAX));
	for (int i = 0; i < MAP_COUNT; i++)
		if (kernel->maps[i] >= 0)
			close(kernel->maps[i]);
}
