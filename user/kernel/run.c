// SPDX-License-Identifier: BSD-2-Clause
/* One frame through the program that is loaded, as if it had come in. */
#include "kernel/netlink.h"
#include "kernel/state.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

/* The program handles a frame, or leaves it as it came and to the stack. */
static enum kernel_verdict verdict_of(__u32 action, bool changed)
{
	switch (action) {
	case XDP_TX:
	case XDP_REDIRECT:
		return KERNEL_FORWARDED;
	case XDP_PASS:
		return changed ? KERNEL_FORWARDED : KERNEL_TO_STACK;
	default:
		return KERNEL_DROPPED;
	}
}

/* Opened once, since a caller may run thousands of frames.
 * Returns an fd or a negative errno. */
static int program_get(struct kernel *kernel, uint32_t id)
{
	int fd;

	if (kernel->program_fd >= 0 && kernel->program_id == id)
		return kernel->program_fd;
	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0)
		return -errno;
	if (kernel->program_fd >= 0)
		close(kernel->program_fd);
	kernel->program_fd = fd;
	kernel->program_id = id;
	return fd;
}

/* A driver that runs generic XDP only has no receive queue to run natively in (EINVAL):
 * the run then starts at the loopback device, with the same program and maps. */
static int run(int fd, struct bpf_test_run_opts *options)
{
	__u32 size = options->data_size_out;
	int error = bpf_prog_test_run_opts(fd, options);

	if (error != -EINVAL)
		return error;
	options->ctx_in = NULL;
	options->ctx_size_in = 0;
	options->data_size_out = size;
	return bpf_prog_test_run_opts(fd, options);
}

int kernel_run(struct kernel *kernel, const struct kernel_link *link, const void *frame,
	size_t frame_len, void *ret_frame, size_t frame_size, size_t *ret_len,
	enum kernel_verdict *ret_verdict, struct diags *diags)
{
	struct xdp_md context = {
		.ingress_ifindex = link->ifindex,
		.data_end = (__u32)frame_len,
	};
	struct bpf_test_run_opts options = {
		.sz = sizeof(options),
		.data_in = frame,
		.data_size_in = (__u32)frame_len,
		.data_out = ret_frame,
		.data_size_out = (__u32)frame_size,
		.ctx_in = &context,
		.ctx_size_in = sizeof(context),
		.repeat = 1,
	};
	int fd = program_get(kernel, link->program_id);
	int error = fd < 0 ? fd : run(fd, &options);
	bool changed;

	if (error)
		return fail_system(
			diags, error, "cannot run the program of %s", link->dev);
	changed = options.data_size_out != frame_len ||
		  memcmp(frame, ret_frame, frame_len) != 0;
	*ret_len = options.data_size_out;
	*ret_verdict = verdict_of(options.retval, changed);
	return 0;
}

bool kernel_is_neighbour(const struct sp_addr *addr, const uint8_t mac[6])
{
	struct netlink *netlink = NULL;
	bool found = !netlink_open(&netlink) && netlink_has_neighbour(netlink, addr, mac);

	netlink_close(netlink);
	return found;
}
