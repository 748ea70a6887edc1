// SPDX-License-Identifier: BSD-2-Clause
/* Why an attach fails, and under which settings packets would go astray. */
#include "kernel/state.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- The device --- */

static int device_ask(int socket_fd, unsigned long what, struct ifreq *request)
{
	return ioctl(socket_fd, what, request) ? -errno : 0;
}

static int device_fill(int socket_fd, struct device *device, struct ifreq *request)
{
	int error = device_ask(socket_fd, SIOCGIFFLAGS, request);

	if (!error) {
		device->up = request->ifr_flags & IFF_UP;
		error = device_ask(socket_fd, SIOCGIFMTU, request);
	}
	if (!error) {
		device->mtu = (uint32_t)request->ifr_mtu;
		error = device_ask(socket_fd, SIOCGIFHWADDR, request);
	}
	if (!error)
		memcpy(device->mac, request->ifr_hwaddr.sa_data, sizeof(device->mac));
	return error;
}

int device_read(const char *name, struct device *ret_device, struct diags *diags)
{
	struct device device = {.ifindex = if_nametoindex(name)};
	struct ifreq request = {0};
	int socket_fd, error;

	if (!device.ifindex) {
		diags_error(diags, PLACE_NONE, "'ip -brief link' lists them",
			"there is no device %s", name);
		return -ENODEV;
	}
	snprintf(device.name, sizeof(device.name), "%s", name);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket_fd < 0)
		return fail_system(diags, -errno, "cannot read about %s", name);
	error = device_fill(socket_fd, &device, &request);
	close(socket_fd);
	if (error)
		return fail_system(diags, error, "cannot read about %s", name);
	device.is_ethernet = request.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
			     request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK;
	*ret_device = device;
	return 0;
}

/* --- Failures --- */

/* The driver's own words reach netlink only, not the caller of a link: ask it the same
 * again there. Should it say yes this time, that is undone at once. */
static void ask_driver(const struct device *device, enum kernel_mode mode, int program_fd)
{
	__u32 flags = XDP_FLAGS_UPDATE_IF_NOEXIST;
	struct bpf_xdp_attach_opts options = {
		.sz = sizeof(options), .old_prog_fd = program_fd};

	flags |= mode == KERNEL_GENERIC ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	fail_forget_kernel_message();
	if (bpf_xdp_attach((int)device->ifindex, program_fd, flags, NULL))
		return;
	flags = (flags & ~XDP_FLAGS_UPDATE_IF_NOEXIST) | XDP_FLAGS_REPLACE;
	bpf_xdp_detach((int)device->ifindex, flags, &options);
	fail_forget_kernel_message();
}

static uint32_t other_program(const struct device *device)
{
	struct bpf_xdp_query_opts query = {.sz = sizeof(query)};

	return bpf_xdp_query((int)device->ifindex, 0, &query) ? 0 : query.prog_id;
}

static int fail_attach(const struct device *device, int error, const char *hint,
	const char *why, struct diags *diags)
{
	const char *driver = fail_kernel_message();

	diags_error(diags, PLACE_NONE, hint, "cannot attach to %s: %s%s%s%s",
		device->name, why, *driver ? " (the kernel says: " : "", driver,
		*driver ? ")" : "");
	return error;
}

static int fail_busy(const struct device *device, int error, struct diags *diags)
{
	uint32_t id = other_program(device);
	char why[80];

	snprintf(why, sizeof(why), "another XDP program is attached (id %u)", id);
	fail_forget_kernel_message();
	return fail_attach(device, error,
		"'bpftool net' shows whose it is; 'samepod detach' removes only ours",
		why, diags);
}

/* A frame that does not fit a page is refused with the one errno or the other; what the
 * kernel itself says to a driver without XDP is "... does not support ...". */
static bool is_about_mtu(const struct device *device, enum kernel_mode mode)
{
	const char *message = fail_kernel_message();

	if (mode == KERNEL_GENERIC || strstr(message, "does not support"))
		return false;
	return device->mtu > ETH_DATA_LEN || strstr(message, "MTU");
}

static int fail_mtu(const struct device *device, int error, struct diags *diags)
{
	char why[80];

	snprintf(why, sizeof(why), "its MTU of %u, or that of its peer, is too large",
		device->mtu);
	return fail_attach(device, error,
		"set a smaller one ('ip link set DEV mtu 1500', on both ends of a veth "
		"pair), "
		"or attach with --mode generic",
		why, diags);
}

int check_attach_failure(const struct device *device, enum kernel_mode mode, int error,
	int program_fd, struct diags *diags)
{
	if (error == -EPERM)
		return fail_system(diags, error, "cannot attach to %s", device->name);
	if (error == -EBUSY || error == -EEXIST)
		return fail_busy(device, error, diags);
	ask_driver(device, mode, program_fd);
	if (is_about_mtu(device, mode))
		return fail_mtu(device, error, diags);
	if (error == -EOPNOTSUPP && mode == KERNEL_NATIVE)
		return fail_attach(device, error,
			"attach with --mode generic: slower, but for any device",
			"its driver does not support native XDP", diags);
	return fail_attach(device, error,
		mode == KERNEL_NATIVE ? "--mode generic needs nothing of the driver"
				      : NULL,
		strerror(-error), diags);
}

/* The line of the verifier's log that says what it did not like: the last one before its
 * statistics. */
static void last_line(const char *log, char *line, size_t size)
{
	line[0] = '\0';
	while (*log) {
		size_t len = strcspn(log, "\n");

		if (len && strncmp(log, "processed ", 10) != 0)
			snprintf(line, size, "%.*s", (int)len, log);
		log += len + (log[len] == '\n');
	}
}

int check_load_failure(int error, const char *log, struct diags *diags)
{
	char line[256];

	last_line(log, line, sizeof(line));
	if (error == -EPERM)
		return fail_system(diags, error, "cannot load the program");
	if (access("/sys/kernel/btf/vmlinux", F_OK))
		diags_error(diags, PLACE_NONE,
			"samepod needs Linux 6.1 or later, with CONFIG_DEBUG_INFO_BTF=y",
			"cannot load the program: this kernel has no BTF (%s)",
			*line ? line : strerror(-error));
	else
		diags_error(diags, PLACE_NONE, "samepod needs Linux 6.1 or later",
			"cannot load the program: %s%s%s", strerror(-error),
			*line ? "; the verifier says: " : "", line);
	return error;
}

/* --- Settings --- */

/* -1: there is no such setting here. */
static int setting_read(const char *family, const char *dev, const char *name)
{
	char path[128];
	FILE *file;
	int value = -1;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, dev, name);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

static void check_forwarding(const struct device *device, const char *family,
	const char *what, struct diags *diags)
{
	char hint[96];

	if (setting_read(family, device->name, "forwarding") != 0)
		return;
	snprintf(hint, sizeof(hint), "sysctl -w net/%s/conf/%s/forwarding=1", family,
		device->name);
	diags_warning(diags, PLACE_NONE, hint,
		"%s forwarding is off on %s: its packets stay with the stack", what,
		device->name);
}

/* The kernel takes the stricter of the two. */
static void check_rp_filter(const struct device *device, struct diags *diags)
{
	int all = setting_read("ipv4", "all", "rp_filter");
	int own = setting_read("ipv4", device->name, "rp_filter");
	char hint[160];

	if (all <= 0 && own <= 0)
		return;
	snprintf(hint, sizeof(hint), "sysctl -w %s%snet/ipv4/conf/%s/rp_filter=0",
		all > 0 ? "net/ipv4/conf/all/rp_filter=0" : "", all > 0 ? " " : "",
		device->name);
	diags_warning(diags, PLACE_NONE, hint,
		"reverse path filter is on (rp_filter=%d) on %s: an answer whose client "
		"has no "
		"neighbour entry yet is lost, as its source is a VIP",
		all > own ? all : own, device->name);
}

static void check_up(const struct device *device, struct diags *diags)
{
	char hint[64];

	snprintf(hint, sizeof(hint), "ip link set %s up", device->name);
	if (!device->up)
		diags_warning(diags, PLACE_NONE, hint, "%s is down", device->name);
}

void check_settings(const struct device *device, struct diags *diags)
{
	check_up(device, diags);
	check_forwarding(device, "ipv4", "IPv4", diags);
	check_forwarding(device, "ipv6", "IPv6", diags);
	check_rp_filter(device, diags);
}

/* A loose filter (2) lets a client's packet in by any device. */
void check_settings_of_pod(const struct device *device, struct diags *diags)
{
	int all = setting_read("ipv4", "all", "rp_filter");
	int own = setting_read("ipv4", device->name, "rp_filter");
	char hint[96];

	check_up(device, diags);
	if ((all > own ? all : own) != 1)
		return;
	snprintf(hint, sizeof(hint), "sysctl -w net/ipv4/conf/%s/rp_filter=2",
		device->name);
	diags_warning(diags, PLACE_NONE, hint,
		"reverse path filter is strict (rp_filter=1) on %s: packets of clients "
		"that are answered by another device are lost",
		device->name);
}
