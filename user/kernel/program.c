// SPDX-License-Identifier: BSD-2-Clause
/* Load a program for a device, and attach the balancer. */
#include "kernel/links.h"
#include "kernel/netlink.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <samepod.skel.h>
#include <stdlib.h>
#include <string.h>

#define LOG_SIZE (64 * 1024)

void *program_data(const struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	size_t size;

	return map ? (void *)bpf_map__initial_value(map, &size) : NULL;
}

int program_load(struct bpf_object *object, const char *name, void *mac,
	const struct device *device, struct diags *diags)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);
	char *log = calloc(1, LOG_SIZE);
	int error = log && program ? 0 : -ENOMEM;

	if (!error) {
		/* Read-only data is set before the load: the program then compares, and
		 * looks nothing up. */
		memcpy(mac, device->mac, sizeof(device->mac));
		bpf_program__set_log_buf(program, log, LOG_SIZE);
		error = bpf_object__load(object);
	}
	if (error)
		check_load_failure(error, log ? log : "", diags);
	free(log);
	return error ? error : bpf_program__fd(program);
}

/* Where tunnels begin: the device's own address of each family, if it has one. */
static int balancer_set_sources(
	const struct samepod_bpf__rodata *data, const struct device *device)
{
	struct netlink *netlink = NULL;
	struct sp_addr v4, v6;
	int error = netlink_open(&netlink);

	if (!error)
		error = netlink_find_address(netlink, device->ifindex, true, &v4);
	if (!error)
		memcpy((void *)&data->sp_source_v4, &v4.word[3],
			sizeof(data->sp_source_v4));
	if (!error || error == -ENOENT)
		error = netlink_find_address(netlink, device->ifindex, false, &v6);
	if (!error)
		memcpy((void *)data->sp_source_v6, &v6, sizeof(data->sp_source_v6));
	netlink_close(netlink);
	return error == -ENOENT ? 0 : error;
}

/* Returns as program_load(). */
static int balancer_load(const struct kernel *kernel, const struct device *device,
	struct bpf_object *object, struct diags *diags)
{
	const struct samepod_bpf__rodata *data = program_data(object);
	int error = data ? balancer_set_sources(data, device) : -ENOENT;

	for (int i = 0; i < MAP_COUNT && !error; i++)
		error = bpf_map__reuse_fd(
			bpf_object__find_map_by_name(object, map_names[i]),
			kernel->maps[i]);
	if (error)
		return fail_system(diags, error, "cannot load the program");
	return program_load(
		object, PROGRAM_BALANCER, (void *)data->sp_mac, device, diags);
}

int kernel_attach(struct kernel *kernel, const char *dev, enum kernel_mode mode,
	struct diags *diags)
{
	struct bpf_object *object = NULL;
	struct device device;
	int program,
		error = links_find_device(kernel, dev, KERNEL_BALANCER, &device, diags);

	if (!error)
		error = vlans_refresh(kernel->maps[MAP_VLANS], diags);
	if (error)
		return error;
	object = maps_open_object(diags);
	program = object ? balancer_load(kernel, &device, object, diags) : -ENOMEM;
	error = program < 0 ? program
			    : links_renew(kernel, &device, mode, program, diags);
	if (!error)
		check_settings(&device, diags);
	bpf_object__close(object);
	return error;
}
