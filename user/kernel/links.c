// SPDX-License-Identifier: BSD-2-Clause
/* XDP links: the program on a device, pinned so that it stays.
 *
 * A link is pinned as link_IFINDEX: that is unique, survives a rename, and a device's
 * name may hold a dot, which the BPF filesystem refuses. */
#include "kernel/links.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIN_PREFIX "link_"

static char *link_path(const struct kernel *kernel, uint32_t ifindex)
{
	char name[32];

	snprintf(name, sizeof(name), PIN_PREFIX "%u", ifindex);
	return maps_pin_path(kernel, name);
}

/* --- Pinned links --- */

/* Returns the fd of a pinned link with its info, or a negative errno. */
static int link_get(const char *path, struct bpf_link_info *ret_info)
{
	__u32 len = sizeof(*ret_info);
	int fd = bpf_obj_get(path);

	if (fd < 0)
		return -errno;
	if (!bpf_obj_get_info_by_fd(fd, ret_info, &len) &&
		ret_info->type == BPF_LINK_TYPE_XDP)
		return fd;
	close(fd);
	return -EMEDIUMTYPE;
}

/* Which program runs on the device, and how; 0: none. */
static uint32_t device_program(uint32_t ifindex, enum kernel_mode *ret_mode)
{
	struct bpf_xdp_query_opts query = {.sz = sizeof(query)};

	if (bpf_xdp_query((int)ifindex, 0, &query))
		return 0;
	*ret_mode =
		query.attach_mode == XDP_ATTACHED_SKB ? KERNEL_GENERIC : KERNEL_NATIVE;
	return query.prog_id;
}

/* Whether the link is on a device of this network namespace: interface numbers repeat
 * themselves in every namespace, programs do not. */
static bool link_is_here(const struct bpf_link_info *info, enum kernel_mode *ret_mode)
{
	return info->xdp.ifindex &&
	       device_program(info->xdp.ifindex, ret_mode) == info->prog_id;
}

/* By its name, which all versions of samepod share. */
static enum kernel_kind kind_of(uint32_t program_id)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program_id);

	if (fd < 0)
		return KERNEL_BALANCER;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		info.name[0] = '\0';
	close(fd);
	return strcmp(info.name, PROGRAM_DECAPSULATOR) != 0 ? KERNEL_BALANCER
							    : KERNEL_DECAPSULATOR;
}

static int link_remove(const char *path, int fd)
{
	int error = unlink(path) ? -errno : 0;

	/* Not left to the last close: another process may hold the link too. */
	if (!error)
		bpf_link_detach(fd);
	close(fd);
	return error;
}

static int link_create(const struct kernel *kernel, const struct device *device,
	enum kernel_mode mode, int program_fd, const char *path, struct diags *diags)
{
	struct bpf_link_create_opts options = {.sz = sizeof(options),
		.flags =
			mode == KERNEL_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE};
	int fd = bpf_link_create(program_fd, (int)device->ifindex, BPF_XDP, &options);
	int error = 0;

	if (fd < 0)
		return check_attach_failure(device, mode, -errno, program_fd, diags);
	if (bpf_obj_pin(fd, path))
		error = fail_system(diags, -errno, "cannot pin the link of %s in %s",
			device->name, kernel->pin_dir);
	close(fd);
	return error;
}

/* Whether the link may be replaced by one of this kind. */
static int link_check(const struct bpf_link_info *info, const char *dev,
	enum kernel_kind kind, const char *path, struct diags *diags)
{
	enum kernel_mode mode;

	if (!info->xdp.ifindex)
		return 0;
	if (!link_is_here(info, &mode)) {
		diags_error(diags, PLACE_NONE,
			"give this namespace a directory of its own: --pin-dir DIR",
			"%s is the link of a device in another network namespace", path);
		return -EBUSY;
	}
	if (kind_of(info->prog_id) == kind)
		return 0;
	diags_error(diags, PLACE_NONE,
		"a device runs one XDP program: take it off by 'samepod detach' first",
		"cannot attach to %s: samepod's %s runs there", dev,
		kind == KERNEL_BALANCER ? "decapsulating program (attach --decap)"
					: "balancer");
	return -EBUSY;
}

static int links_check(const struct kernel *kernel, const struct device *device,
	enum kernel_kind kind, struct diags *diags)
{
	struct bpf_link_info info = {0};
	char *path = link_path(kernel, device->ifindex);
	int fd = path ? link_get(path, &info) : -ENOMEM, error = 0;

	if (fd >= 0)
		error = link_check(&info, device->name, kind, path, diags);
	else if (fd != -ENOENT)
		error = fail_system(
			diags, fd, "cannot read the link of %s", device->name);
	if (fd >= 0)
		close(fd);
	free(path);
	return error;
}

int links_find_device(const struct kernel *kernel, const char *name,
	enum kernel_kind kind, struct device *ret_device, struct diags *diags)
{
	struct device device;
	int error = device_read(name, &device, diags);

	if (error)
		return error;
	if (!device.is_ethernet) {
		diags_error(diags, PLACE_NONE, "attach to the device below it",
			"cannot attach to %s: it carries no Ethernet frames", name);
		return -EINVAL;
	}
	error = links_check(kernel, &device, kind, diags);
	if (!error)
		*ret_device = device;
	return error;
}

int links_get_program(const struct kernel *kernel, const struct device *device,
	enum kernel_mode *ret_mode)
{
	struct bpf_link_info info = {0};
	char *path = link_path(kernel, device->ifindex);
	int fd = path ? link_get(path, &info) : -ENOMEM, program;

	free(path);
	if (fd < 0)
		return fd;
	close(fd);
	if (!link_is_here(&info, ret_mode))
		return -ENOENT;
	program = bpf_prog_get_fd_by_id(info.prog_id);
	return program < 0 ? -errno : program;
}

/* The program is replaced under the same link: no packet passes without one. Another
 * mode is another link, with a moment in between. */
static int link_renew(const struct kernel *kernel, const struct device *device,
	enum kernel_mode mode, int program_fd, const char *path, struct diags *diags)
{
	struct bpf_link_info info = {0};
	enum kernel_mode mode_now = mode;
	int fd = link_get(path, &info), error = 0;

	if (fd == -ENOENT)
		return link_create(kernel, device, mode, program_fd, path, diags);
	if (fd < 0)
		return fail_system(diags, fd, "cannot open %s", path);
	if (link_is_here(&info, &mode_now) && mode_now == mode) {
		if (bpf_link_update(fd, program_fd, NULL))
			error = fail_system(diags, -errno,
				"cannot replace the program on %s", device->name);
		close(fd);
		return error;
	}
	error = link_remove(path, fd);
	if (error)
		return fail_system(diags, error, "cannot remove %s", path);
	return link_create(kernel, device, mode, program_fd, path, diags);
}

int links_renew(const struct kernel *kernel, const struct device *device,
	enum kernel_mode mode, int program_fd, struct diags *diags)
{
	char *path = link_path(kernel, device->ifindex);
	int error;

	if (!path)
		return fail_system(diags, -ENOMEM, "cannot attach to %s", device->name);
	error = link_renew(kernel, device, mode, program_fd, path, diags);
	free(path);
	return error;
}

int kernel_detach(struct kernel *kernel, const char *dev, struct diags *diags)
{
	struct bpf_link_info info = {0};
	enum kernel_mode mode;
	uint32_t ifindex = if_nametoindex(dev);
	char *path;
	int fd, error = 0;

	if (!ifindex) {
		diags_error(diags, PLACE_NONE, "'ip -brief link' lists them",
			"there is no device %s", dev);
		return -ENOENT;
	}
	path = link_path(kernel, ifindex);
	if (!path)
		return fail_system(diags, -ENOMEM, "cannot detach from %s", dev);
	fd = link_get(path, &info);
	if (fd >= 0 && info.xdp.ifindex && !link_is_here(&info, &mode)) {
		close(fd);
		fd = -ENOENT;
	}
	if (fd == -ENOENT)
		diags_error(diags, PLACE_NONE,
			"'samepod show links' lists what is attached",
			"samepod is not attached to %s", dev);
	else if (fd < 0)
		fail_system(diags, fd, "cannot open %s", path);
	else
		error = link_remove(path, fd);
	if (error)
		fail_system(diags, error, "cannot remove %s", path);
	free(path);
	return fd < 0 ? fd : error;
}

/* --- The list --- */

/* One pinned link; false when it is none, or its device is gone or elsewhere. A link
 * whose device is gone does nothing any more: a writer removes its pin. */
static bool read_link(
	const struct kernel *kernel, const char *path, struct kernel_link *ret_link)
{
	struct bpf_link_info info = {0};
	int fd = link_get(path, &info);
	struct diags ignored = {0};
	struct device device;
	bool here;

	if (fd < 0)
		return false;
	*ret_link = (struct kernel_link){
		.ifindex = info.xdp.ifindex,
		.program_id = info.prog_id,
		.link_id = info.id,
		.kind = kind_of(info.prog_id),
	};
	here = link_is_here(&info, &ret_link->mode) &&
	       if_indextoname(info.xdp.ifindex, ret_link->dev);
	if (here && !device_read(ret_link->dev, &device, &ignored))
		memcpy(ret_link->mac, device.mac, sizeof(device.mac));
	diags_done(&ignored);
	if (!info.xdp.ifindex && kernel->access != KERNEL_READ &&
		kernel->access != KERNEL_LOOK)
		link_remove(path, fd);
	else
		close(fd);
	return here;
}

static int compare_links(const void *a, const void *b)
{
	const struct kernel_link *left = a, *right = b;

	return strcmp(left->dev, right->dev);
}

static int read_links(const struct kernel *kernel, DIR *dir, struct arena *arena,
	struct kernel_link **ret_links, size_t *ret_len)
{
	struct kernel_link *links = NULL;
	struct dirent *entry;
	size_t len = 0;

	while ((entry = readdir(dir))) {
		char *path;

		if (strncmp(entry->d_name, PIN_PREFIX, strlen(PIN_PREFIX)) != 0)
			continue;
		links = arena_grow(arena, links, len, sizeof(*links));
		path = maps_pin_path(kernel, entry->d_name);
		if (!links || !path) {
			free(path);
			return -ENOMEM;
		}
		len += read_link(kernel, path, &links[len]);
		free(path);
	}
	if (len)
		qsort(links, len, sizeof(*links), compare_links);
	*ret_links = links;
	*ret_len = len;
	return 0;
}

int kernel_read_links(struct kernel *kernel, struct arena *arena,
	struct kernel_link **ret_links, size_t *ret_len, struct diags *diags)
{
	DIR *dir = opendir(kernel->pin_dir);
	int error = dir ? read_links(kernel, dir, arena, ret_links, ret_len) : -errno;

	if (dir)
		closedir(dir);
	if (error)
		fail_system(diags, error, "cannot read the links in %s", kernel->pin_dir);
	return error;
}
