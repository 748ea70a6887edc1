// SPDX-License-Identifier: BSD-2-Clause
/* sp_vlans: which VLAN devices there are, and above which device each is. */
#include "kernel/hold.h"
#include "kernel/state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* As in <linux/ethtool.h>, which wants the system's <limits.h>. */
#define ETHTOOL_GFLAGS 0x25
#define ETH_FLAG_RXVLAN (1U << 8)

#define BUFFER_SIZE 32768
#define TRIES 10

struct vlan {
	struct sp_vlan_key key;
	struct sp_vlan value;
};

struct vlans {
	struct vlan *at;
	size_t len, size;
	int error;
};

/* What a device's message says, as far as it matters; NULL: it says nothing of it. */
struct link_attrs {
	const struct nlattr *below, *elsewhere, *mac, *kind, *id, *type;
};

static int vlans_add(
	struct vlans *vlans, const struct sp_vlan_key *key, const struct sp_vlan *value)
{
	struct vlan *at;

	if (vlans->len == SP_VLANS_MAX)
		return -ENOSPC;
	at = array_grow(vlans->at, vlans->len, &vlans->size, sizeof(*at));
	if (!at)
		return -ENOMEM;
	vlans->at = at;
	at[vlans->len++] = (struct vlan){*key, *value};
	return 0;
}

/* --- From the kernel --- */

static int on_vlan_attr(const struct nlattr *attr, void *data)
{
	struct link_attrs *attrs = data;

	if (mnl_attr_get_type(attr) == IFLA_VLAN_ID)
		attrs->id = attr;
	else if (mnl_attr_get_type(attr) == IFLA_VLAN_PROTOCOL)
		attrs->type = attr;
	return MNL_CB_OK;
}

static int on_kind_attr(const struct nlattr *attr, void *data)
{
	struct link_attrs *attrs = data;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		attrs->kind = attr;
	else if (mnl_attr_get_type(attr) == IFLA_INFO_DATA && attrs->kind &&
		 strcmp(mnl_attr_get_str(attrs->kind), "vlan") == 0)
		mnl_attr_parse_nested(attr, on_vlan_attr, data);
	return MNL_CB_OK;
}

static int on_link_attr(const struct nlattr *attr, void *data)
{
	struct link_attrs *attrs = data;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_LINK:
		attrs->below = attr;
		break;
	case IFLA_LINK_NETNSID: /* of the device below */
		attrs->elsewhere = attr;
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == sizeof(((struct sp_vlan *)0)->mac))
			attrs->mac = attr;
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, on_kind_attr, data);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* Both entries of a VLAN device: by tag, and by its own number. */
static int on_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	struct link_attrs attrs = {0};
	struct vlans *vlans = data;
	struct sp_vlan_key key = {0};
	struct sp_vlan value = {.ifindex = (uint32_t)link->ifi_index};

	mnl_attr_parse(message, sizeof(*link), on_link_attr, &attrs);
	if (!attrs.below || attrs.elsewhere || !attrs.mac || !attrs.id || !attrs.type)
		return MNL_CB_OK;
	key.ifindex = mnl_attr_get_u32(attrs.below);
	key.type = mnl_attr_get_u16(attrs.type);
	key.id = htons(mnl_attr_get_u16(attrs.id));
	value.type = key.type;
	value.id = key.id;
	memcpy(value.mac, mnl_attr_get_payload(attrs.mac), sizeof(value.mac));
	vlans->error = vlans_add(vlans, &key, &value);
	value.ifindex = key.ifindex;
	key = (struct sp_vlan_key){.ifindex = (uint32_t)link->ifi_index};
	if (!vlans->error)
		vlans->error = vlans_add(vlans, &key, &value);
	return vlans->error ? MNL_CB_ERROR : MNL_CB_OK;
}

static int vlans_receive(struct mnl_socket *socket, char *buffer, struct vlans *vlans)
{
	int status = MNL_CB_OK;

	while (status > MNL_CB_STOP) {
		ssize_t len = mnl_socket_recvfrom(socket, buffer, BUFFER_SIZE);

		if (len < 0)
			return -errno;
		status = mnl_cb_run(buffer, (size_t)len, 0, 0, on_link, vlans);
	}
	if (status == MNL_CB_STOP)
		return 0;
	return vlans->error ? vlans->error : -errno;
}

static int vlans_ask(struct vlans *vlans)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char *buffer = malloc(BUFFER_SIZE);
	struct nlmsghdr *message;
	int error = !socket ? -errno : !buffer ? -ENOMEM : 0;

	if (!error && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		error = -errno;
	if (!error) {
		message = mnl_nlmsg_put_header(buffer);
		message->nlmsg_type = RTM_GETLINK;
		message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
		error = mnl_socket_sendto(socket, message, message->nlmsg_len) < 0
				? -errno
				: vlans_receive(socket, buffer, vlans);
	}
	free(buffer);
	if (socket)
		mnl_socket_close(socket);
	return error;
}

int vlans_refresh(int map, struct diags *diags)
{
	struct vlans vlans = {0};
	int error = -EINTR; /* also what the kernel says when they change meanwhile */

	for (int i = 0; i < TRIES && error == -EINTR; i++) {
		vlans.len = 0;
		error = vlans_ask(&vlans);
	}
	if (!error)
		error = hold_exactly(map, vlans.at, vlans.len, sizeof(struct sp_vlan_key),
			sizeof(struct vlan));
	free(vlans.at);
	if (error)
		return fail_system(
			diags, error, "cannot read which VLAN devices there are");
	return 0;
}

/* --- Tags beside the frame --- */

/* What lies above a device. */
struct above {
	uint32_t ifindex;
	bool has_vlan;
};

static int see_vlan(void *context, const void *key, const void *value)
{
	const struct sp_vlan_key *at = key;
	struct above *above = context;

	(void)value;
	above->has_vlan |= at->ifindex == above->ifindex && at->type;
	return 0;
}

/* False, too, of a device that does not say. */
static bool device_takes_tags(const struct device *device)
{
	struct {
		uint32_t cmd, data;
	} flags = {.cmd = ETHTOOL_GFLAGS};
	struct ifreq request = {.ifr_data = (void *)&flags};
	int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (socket_fd < 0)
		return false;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device->name);
	if (ioctl(socket_fd, SIOCETHTOOL, &request))
		flags.data = 0;
	close(socket_fd);
	return flags.data & ETH_FLAG_RXVLAN;
}

void vlans_check(int map, const struct device *device, struct diags *diags)
{
	struct above above = {.ifindex = device->ifindex};
	char hint[64];

	if (batch_each(map, sizeof(struct sp_vlan_key), sizeof(struct sp_vlan), see_vlan,
		    &above) ||
		!above.has_vlan || !device_takes_tags(device))
		return;
	snprintf(hint, sizeof(hint), "ethtool -K %s rxvlan off", device->name);
	diags_warning(diags, PLACE_NONE, hint,
		"%s takes VLAN tags out of the frames: packets of the VLANs above it are "
		"taken for its own",
		device->name);
}
