// SPDX-License-Identifier: BSD-2-Clause
/* sp_locals: the addresses of this node, from the kernel's local routes. */
#include "kernel/locals.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/hold.h"
#include "kernel/netlink.h"
#include "kernel/state.h"

#define TRIES 10
#define V4_LOOPBACK 127 /* the first byte */

struct local {
	struct sp_prefix key;
	__u32 value; /* enum sp_local */
};

struct locals {
	struct local *at;
	size_t len, size, vips;
	int socket_fd;
};

static bool device_has_no_arp(const struct locals *locals, uint32_t ifindex)
{
	struct ifreq request = {0};
	short flags;

	if (!if_indextoname(ifindex, request.ifr_name) ||
		ioctl(locals->socket_fd, SIOCGIFFLAGS, &request))
		return false;
	flags = request.ifr_flags;
	if (flags & IFF_LOOPBACK)
		return true;
	return flags & IFF_NOARP && !ioctl(locals->socket_fd, SIOCGIFHWADDR, &request) &&
	       request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
}

static bool is_loopback(const struct netlink_found *found)
{
	static const uint8_t v6[16] = {[15] = 1};
	const uint8_t *bytes = (const uint8_t *)&found->dest;

	if (sp_addr_is_v4(&found->dest))
		return bytes[12] == V4_LOOPBACK;
	return memcmp(bytes, v6, sizeof(v6)) == 0;
}

static int keep_local(void *context, const struct netlink_found *found)
{
	struct locals *locals = context;
	struct local *at;
	bool is_vip;

	if (is_loopback(found))
		return 0;
	at = array_grow(locals->at, locals->len, &locals->size, sizeof(*at));
	if (!at)
		return -ENOMEM;
	locals->at = at;
	is_vip = device_has_no_arp(locals, found->ifindex);
	locals->vips += is_vip;
	at[locals->len++] = (struct local){
		.key = {.len = found->bits, .addr = found->dest},
		.value = is_vip ? SP_LOCAL_VIP : SP_LOCAL_NODE,
	};
	return 0;
}

/* Routes that change during the reading make it void. */
static int locals_read(struct netlink *netlink, struct locals *locals)
{
	const struct netlink_route like = {
		.table = RT_TABLE_LOCAL,
		.type = RTN_LOCAL,
	};
	int error = -EINTR;

	for (int i = 0; i < TRIES && error == -EINTR; i++) {
		locals->len = locals->vips = 0;
		error = netlink_dump(netlink, &like, keep_local, locals);
	}
	return error;
}

int locals_refresh(int map, size_t *ret_vips)
{
	struct locals locals = {
		.socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
	struct netlink *netlink = NULL;
	int error = locals.socket_fd < 0 ? -errno : netlink_open(&netlink);

	if (!error)
		error = locals_read(netlink, &locals);
	if (!error)
		error = hold_exactly(map, locals.at, locals.len, sizeof(struct sp_prefix),
			sizeof(struct local));
	if (!error)
		*ret_vips = locals.vips;
	netlink_close(netlink);
	if (locals.socket_fd >= 0)
		close(locals.socket_fd);
	free(locals.at);
	return error;
}
