// SPDX-License-Identifier: BSD-2-Clause
/* Load a program for a device, and attach the balancer. */
#include "kernel/links.h"
#include "kernel/netlink.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <samepod.skel.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Written when the verifier refuses only; before 6.4 a log that does not fit hides why it
 * does (ENOSPC). */
#define LOG_SIZE (32 * 1024 * 1024)

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

/* A device and what is to run there, and what did. */
struct attachment {
	struct device device;
	struct bpf_object *object;
	int program, program_before; /* negative: none */
	enum kernel_mode mode_before;
};

static int attachment_load(const struct kernel *kernel, const char *dev,
	struct attachment *attachment, struct diags *diags)
{
	int error = links_find_device(
		kernel, dev, KERNEL_BALANCER, &attachment->device, diags);

	if (error)
		return error;
	attachment->program_before =
		links_get_program(kernel, &attachment->device, &attachment->mode_before);
	attachment->object = maps_open_object(diags);
	if (!attachment->object)
		return -ENOMEM;
	attachment->program =
		balancer_load(kernel, &attachment->device, attachment->object, diags);
	return attachment->program < 0 ? attachment->program : 0;
}

static void attachment_done(struct attachment *attachment)
{
	bpf_object__close(attachment->object);
	if (attachment->program_before >= 0)
		close(attachment->program_before);
}

/* As it was. The device that the others must make room for may have lost its link, too:
 * another mode is another link. */
static void attachment_undo(struct kernel *kernel, const struct attachment *attachment,
	bool has_failed, struct diags *diags)
{
	if (attachment->program_before >= 0)
		links_renew(kernel, &attachment->device, attachment->mode_before,
			attachment->program_before, diags);
	else if (!has_failed)
		kernel_detach(kernel, attachment->device.name, diags);
}

static int attach_all(struct kernel *kernel, const struct attachment *all, size_t len,
	enum kernel_mode mode, struct diags *diags)
{
	size_t done = 0;
	int error = 0;

	while (done < len && !error) {
		error = links_renew(
			kernel, &all[done].device, mode, all[done].program, diags);
		done++;
	}
	for (size_t i = done; error && i--;)
		attachment_undo(kernel, &all[i], i == done - 1, diags);
	for (size_t i = 0; i < len && !error; i++) {
		check_settings(&all[i].device, diags);
		vlans_check(kernel->maps[MAP_VLANS], &all[i].device, diags);
	}
	return error;
}

int kernel_attach(struct kernel *kernel, const char *const *devs, size_t len,
	enum kernel_mode mode, struct diags *diags)
{
	struct attachment *all = calloc(len + 1, sizeof(*all));
	size_t loaded = 0;
	int error;

	if (!all)
		return fail_system(diags, -ENOMEM, "cannot attach");
	error = vlans_refresh(kernel->maps[MAP_VLANS], diags);
	while (loaded < len && !error) {
		all[loaded].program_before = -ENOENT;
		error = attachment_load(kernel, devs[loaded], &all[loaded], diags);
		loaded++;
	}
	if (!error)
		error = attach_all(kernel, all, len, mode, diags);
	while (loaded--)
		attachment_done(&all[loaded]);
	free(all);
	return error;
}
