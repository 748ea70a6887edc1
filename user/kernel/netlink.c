// SPDX-License-Identifier: BSD-2-Clause
/* Routes, addresses and neighbours, over rtnetlink. */
#include "kernel/netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE 32768
#define LOOPBACK_IFINDEX 1 /* in every network namespace */

struct netlink {
	struct mnl_socket *socket;
	unsigned sequence;
	char *buffer;
};

/* What the answers to one message are for. */
struct answer {
	const struct netlink_route *like;
	netlink_each each;
	void *context;
	int error;
	bool found;
};

int netlink_open(struct netlink **ret_netlink)
{
	struct netlink *netlink = calloc(1, sizeof(*netlink));
	int yes = 1, error = -ENOMEM;

	if (netlink)
		netlink->buffer = malloc(BUFFER_SIZE);
	if (!netlink || !netlink->buffer)
		goto out;
	netlink->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	error = !netlink->socket ||
				mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) ||
				mnl_socket_setsockopt(netlink->socket,
					NETLINK_GET_STRICT_CHK, &yes, sizeof(yes))
			? -errno
			: 0;
out:
	if (error)
		netlink_close(netlink);
	else
		*ret_netlink = netlink;
	return error;
}

void netlink_close(struct netlink *netlink)
{
	if (!netlink)
		return;
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	free(netlink->buffer);
	free(netlink);
}

/* --- Messages --- */

/* With room for a header of that message's own, set to 0. */
static struct nlmsghdr *message_begin(struct netlink *netlink, uint16_t type,
	uint16_t flags, size_t header_size, void *ret_header)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(netlink->buffer);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = ++netlink->sequence;
	*(void **)ret_header = mnl_nlmsg_put_extra_header(message, header_size);
	return message;
}

static struct nlmsghdr *route_begin(
	struct netlink *netlink, uint16_t type, uint16_t flags, struct rtmsg **ret_route)
{
	return message_begin(netlink, type, flags, sizeof(**ret_route), ret_route);
}

static void message_set_addr(
	struct nlmsghdr *message, struct rtmsg *route, const struct sp_addr *addr)
{
	bool is_v4 = sp_addr_is_v4(addr);

	route->rtm_family = is_v4 ? AF_INET : AF_INET6;
	route->rtm_dst_len = is_v4 ? 32 : 128;
	if (is_v4)
		mnl_attr_put(message, RTA_DST, sizeof(addr->word[3]), &addr->word[3]);
	else
		mnl_attr_put(message, RTA_DST, sizeof(*addr), addr);
}

/* Send, and hand every answer to `callback`, which may be NULL. */
static int message_send(struct netlink *netlink, const struct nlmsghdr *message,
	mnl_cb_t callback, struct answer *answer)
{
	unsigned port = mnl_socket_get_portid(netlink->socket);
	int status = MNL_CB_OK;

	if (mnl_socket_sendto(netlink->socket, message, message->nlmsg_len) < 0)
		return -errno;
	while (status > MNL_CB_STOP) {
		ssize_t len = mnl_socket_recvfrom(
			netlink->socket, netlink->buffer, BUFFER_SIZE);

		if (len < 0)
			return -errno;
		status = mnl_cb_run(netlink->buffer, (size_t)len, netlink->sequence, port,
			callback, answer);
	}
	if (status == MNL_CB_STOP)
		return 0;
	return answer && answer->error ? answer->error : -errno;
}

/* Attributes of a message, each by its number. */
struct attrs {
	const struct nlattr *at[16];
};

static int on_attr(const struct nlattr *attr, void *data)
{
	struct attrs *attrs = data;

	if (mnl_attr_get_type(attr) < sizeof(attrs->at) / sizeof(attrs->at[0]))
		attrs->at[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* An attribute with an address of that family; false: it is none. */
static bool attr_read_addr(
	const struct nlattr *attr, uint8_t family, struct sp_addr *ret_addr)
{
	size_t len = family == AF_INET ? 4 : sizeof(*ret_addr);

	if (!attr || mnl_attr_get_payload_len(attr) != len)
		return false;
	if (family == AF_INET)
		*ret_addr = sp_addr_from_v4(mnl_attr_get_u32(attr));
	else
		memcpy(ret_addr, mnl_attr_get_payload(attr), len);
	return true;
}

/* --- Reading --- */

/* False when it is of neither family. */
static bool read_route(const struct nlmsghdr *message, struct netlink_found *ret_found)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	struct attrs attrs = {0};
	const struct nlattr *device;
	bool is_v4 = route->rtm_family == AF_INET;

	if (!is_v4 && route->rtm_family != AF_INET6)
		return false;
	mnl_attr_parse(message, sizeof(*route), on_attr, &attrs);
	device = attrs.at[RTA_OIF];
	*ret_found = (struct netlink_found){
		.bits = (uint8_t)(route->rtm_dst_len + (is_v4 ? 96 : 0)),
		.protocol = route->rtm_protocol,
		.ifindex = device ? mnl_attr_get_u32(device) : 0,
	};
	if (is_v4)
		ret_found->dest = sp_addr_from_v4(0);
	return !attrs.at[RTA_DST] ||
	       attr_read_addr(attrs.at[RTA_DST], route->rtm_family, &ret_found->dest);
}

static int on_dumped(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	struct answer *answer = data;
	const struct netlink_route *like = answer->like;
	struct netlink_found found;

	if (route->rtm_table != like->table || route->rtm_type != like->type ||
		(like->protocol && route->rtm_protocol != like->protocol) ||
		!read_route(message, &found))
		return MNL_CB_OK;
	answer->error = answer->each(answer->context, &found);
	return answer->error ? MNL_CB_ERROR : MNL_CB_OK;
}

static int dump_family(struct netlink *netlink, uint8_t family, struct answer *answer)
{
	struct rtmsg *route;
	struct nlmsghdr *message = route_begin(netlink, RTM_GETROUTE, NLM_F_DUMP, &route);
	int error;

	route->rtm_family = family;
	route->rtm_table = answer->like->table;
	route->rtm_type = answer->like->type;
	route->rtm_protocol = answer->like->protocol;
	error = message_send(netlink, message, on_dumped, answer);
	/* A table or family that this kernel does not have is empty. */
	if (error == -ENOENT || error == -EOPNOTSUPP || error == -EAFNOSUPPORT)
		return 0;
	return error;
}

int netlink_dump(struct netlink *netlink, const struct netlink_route *like,
	netlink_each each, void *context)
{
	struct answer answer = {.like = like, .each = each, .context = context};
	int error = dump_family(netlink, AF_INET, &answer);

	return error ? error : dump_family(netlink, AF_INET6, &answer);
}

static int on_match(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	struct answer *answer = data;
	struct netlink_found found;

	if (read_route(message, &found) && found.bits == NETLINK_HOST_BITS &&
		route->rtm_type != RTN_LOCAL)
		answer->found = true;
	return MNL_CB_OK;
}

bool netlink_has_route(struct netlink *netlink, const struct sp_addr *addr)
{
	struct answer answer = {0};
	struct rtmsg *route;
	struct nlmsghdr *message = route_begin(netlink, RTM_GETROUTE, NLM_F_ACK, &route);

	route->rtm_flags = RTM_F_FIB_MATCH;
	message_set_addr(message, route, addr);
	/* "No route" is an error to the kernel, and a blackhole one too. */
	message_send(netlink, message, on_match, &answer);
	return answer.found;
}

/* --- Changes --- */

static int change(struct netlink *netlink, const struct sp_addr *addr,
	const struct netlink_route *like, uint16_t type, uint16_t flags)
{
	bool is_local = like->type == RTN_LOCAL;
	struct rtmsg *route;
	struct nlmsghdr *message = route_begin(netlink, type, NLM_F_ACK | flags, &route);

	route->rtm_table = like->table;
	route->rtm_protocol = like->protocol;
	route->rtm_scope = is_local ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
	route->rtm_type = like->type;
	message_set_addr(message, route, addr);
	if (is_local)
		mnl_attr_put_u32(message, RTA_OIF, LOOPBACK_IFINDEX);
	return message_send(netlink, message, NULL, NULL);
}

int netlink_add(struct netlink *netlink, const struct sp_addr *addr,
	const struct netlink_route *route)
{
	return change(netlink, addr, route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
}

int netlink_remove(struct netlink *netlink, const struct sp_addr *addr,
	const struct netlink_route *route)
{
	return change(netlink, addr, route, RTM_DELROUTE, 0);
}

/* --- Addresses and neighbours --- */

struct address_search {
	struct answer answer; /* first: what message_send() knows of it */
	uint32_t ifindex;
	struct sp_addr addr;
};

static int on_address(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *address = mnl_nlmsg_get_payload(message);
	const uint32_t passing = IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED;
	struct address_search *search = data;
	struct attrs attrs = {0};
	uint32_t flags = address->ifa_flags;
	bool is_v4 = address->ifa_family == AF_INET;

	mnl_attr_parse(message, sizeof(*address), on_attr, &attrs);
	if (attrs.at[IFA_FLAGS])
		flags = mnl_attr_get_u32(attrs.at[IFA_FLAGS]);
	/* The same bit says "secondary" of an IPv4 address, "temporary" of IPv6. */
	if (search->answer.found || address->ifa_index != search->ifindex ||
		address->ifa_scope != RT_SCOPE_UNIVERSE || flags & passing ||
		(!is_v4 && flags & IFA_F_TEMPORARY))
		return MNL_CB_OK;
	/* Of a point-to-point device IFA_ADDRESS is the other end's. */
	search->answer.found = attr_read_addr(
		attrs.at[IFA_LOCAL] ? attrs.at[IFA_LOCAL] : attrs.at[IFA_ADDRESS],
		address->ifa_family, &search->addr);
	return MNL_CB_OK;
}

int netlink_find_address(
	struct netlink *netlink, uint32_t ifindex, bool is_v4, struct sp_addr *ret_addr)
{
	struct address_search search = {.ifindex = ifindex};
	struct ifaddrmsg *address;
	struct nlmsghdr *message = message_begin(
		netlink, RTM_GETADDR, NLM_F_DUMP, sizeof(*address), &address);
	int error;

	address->ifa_family = is_v4 ? AF_INET : AF_INET6;
	address->ifa_index = ifindex;
	error = message_send(netlink, message, on_address, &search.answer);
	if (error && error != -EOPNOTSUPP && error != -EAFNOSUPPORT)
		return error;
	if (!search.answer.found)
		return -ENOENT;
	*ret_addr = search.addr;
	return 0;
}

struct neighbour_search {
	struct answer answer; /* first, as above */
	const struct sp_addr *addr;
	const uint8_t *mac;
};

static int on_neighbour(const struct nlmsghdr *message, void *data)
{
	const struct ndmsg *neighbour = mnl_nlmsg_get_payload(message);
	struct neighbour_search *search = data;
	struct attrs attrs = {0};
	const struct nlattr *mac;
	struct sp_addr addr;

	mnl_attr_parse(message, sizeof(*neighbour), on_attr, &attrs);
	mac = attrs.at[NDA_LLADDR];
	if (mac && mnl_attr_get_payload_len(mac) == 6 &&
		attr_read_addr(attrs.at[NDA_DST], neighbour->ndm_family, &addr) &&
		!memcmp(&addr, search->addr, sizeof(addr)) &&
		!memcmp(mnl_attr_get_payload(mac), search->mac, 6))
		search->answer.found = true;
	return MNL_CB_OK;
}

bool netlink_has_neighbour(
	struct netlink *netlink, const struct sp_addr *addr, const uint8_t mac[6])
{
	struct neighbour_search search = {.addr = addr, .mac = mac};
	struct ndmsg *neighbour;
	struct nlmsghdr *message = message_begin(
		netlink, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*neighbour), &neighbour);

	neighbour->ndm_family = sp_addr_is_v4(addr) ? AF_INET : AF_INET6;
	message_send(netlink, message, on_neighbour, &search.answer);
	return search.answer.found;
}
