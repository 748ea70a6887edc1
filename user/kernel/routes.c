// SPDX-License-Identifier: BSD-2-Clause
/* Blackhole routes of VIPs, so that the node itself never answers for one: in the main
 * table, under a protocol number of their own, one per address. */
#include "kernel/state.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "model/text.h"

#define READS_MAX 20
#define BUFFER_SIZE 32768

struct addrs {
	struct sp_addr *at;
	size_t len, size;
};

struct routes {
	struct mnl_socket *socket;
	unsigned sequence;
	char *buffer;
	struct addrs wanted; /* ascending, each once */
	struct addrs ours;   /* in the main table; ascending once read */
	struct addrs added;
	int error;    /* of a callback */
	bool foreign; /* what match_host_route() found */
	struct diags *diags;
};

static int addrs_add(struct addrs *addrs, const struct sp_addr *addr)
{
	if (addrs->len == addrs->size) {
		size_t size = addrs->size ? 2 * addrs->size : 64;
		struct sp_addr *at = realloc(addrs->at, size * sizeof(*at));

		if (!at)
			return -ENOMEM;
		addrs->at = at;
		addrs->size = size;
	}
	addrs->at[addrs->len++] = *addr;
	return 0;
}

static int compare_addrs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sp_addr));
}

static bool addrs_have(const struct addrs *addrs, const struct sp_addr *addr)
{
	return addrs->len && bsearch(addr, addrs->at, addrs->len, sizeof(*addr),
				     compare_addrs);
}

/* Services whose key XDP cannot see are the local stack's: it must reach them. */
static bool is_forwarded(const struct service *service)
{
	return service->policy.key == SP_KEY_SOURCE_IP ||
	       service->policy.key == SP_KEY_SOURCE_IP_PORT;
}

/* A plan ascends by VIP: equal addresses are neighbours. */
static int wanted_collect(struct routes *routes, const struct plan *plan)
{
	struct addrs *wanted = &routes->wanted;
	int error = 0;

	for (size_t i = 0; i < plan->services_len && !error; i++) {
		const struct service *service = plan->services[i].wanted;

		if (!service || !is_forwarded(service))
			continue;
		if (wanted->len && !compare_addrs(&wanted->at[wanted->len - 1],
					   &service->vip.addr))
			continue;
		error = addrs_add(wanted, &service->vip.addr);
	}
	return error;
}

/* --- Netlink --- */

static struct nlmsghdr *message_begin(struct routes *routes, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(routes->buffer);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = ++routes->sequence;
	return message;
}

static struct rtmsg *message_add_rtmsg(struct nlmsghdr *message, uint8_t family)
{
	struct rtmsg *route = mnl_nlmsg_put_extra_header(message, sizeof(*route));

	route->rtm_family = family;
	return route;
}

static void message_add_addr(struct nlmsghdr *message, const struct sp_addr *addr)
{
	if (sp_addr_is_v4(addr))
		mnl_attr_put(message, RTA_DST, sizeof(addr->word[3]), &addr->word[3]);
	else
		mnl_attr_put(message, RTA_DST, sizeof(*addr), addr);
}

/* Send, and hand every answer to `callback`, which may be NULL. */
static int message_send(struct routes *routes, const struct nlmsghdr *message,
	mnl_cb_t callback)
{
	unsigned port = mnl_socket_get_portid(routes->socket);
	int status = MNL_CB_OK;

	if (mnl_socket_sendto(routes->socket, message, message->nlmsg_len) < 0)
		return -errno;
	while (status > MNL_CB_STOP) {
		ssize_t len = mnl_socket_recvfrom(
			routes->socket, routes->buffer, BUFFER_SIZE);

		if (len < 0)
			return -errno;
		status = mnl_cb_run(routes->buffer, (size_t)len, routes->sequence, port,
			callback, routes);
	}
	if (routes->error)
		return routes->error;
	return status < 0 ? -errno : 0;
}

static int attr_is_dst(const struct nlattr *attr, void *data)
{
	const struct nlattr **dst = data;

	if (mnl_attr_get_type(attr) == RTA_DST)
		*dst = attr;
	return MNL_CB_OK;
}

/* The address of a route to one host; false for any other route. */
static bool host_route_addr(const struct nlmsghdr *message, struct sp_addr *ret_addr)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	const struct nlattr *dst = NULL;
	size_t len = route->rtm_family == AF_INET ? 4 : 16;

	mnl_attr_parse(message, sizeof(*route), attr_is_dst, &dst);
	if (!dst || mnl_attr_get_payload_len(dst) != len || route->rtm_dst_len != 8 * len)
		return false;
	if (len == 4)
		*ret_addr = sp_addr_from_v4(mnl_attr_get_u32(dst));
	else
		memcpy(ret_addr, mnl_attr_get_payload(dst), len);
	return true;
}

/* --- What is there --- */

static int keep_ours(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	struct routes *routes = data;
	struct sp_addr addr;

	if (route->rtm_protocol == ROUTES_PROTOCOL && route->rtm_table == RT_TABLE_MAIN &&
		route->rtm_type == RTN_BLACKHOLE && host_route_addr(message, &addr))
		routes->error = addrs_add(&routes->ours, &addr);
	return routes->error ? MNL_CB_ERROR : MNL_CB_OK;
}

/* The kernel filters (NETLINK_GET_STRICT_CHK): a full BGP table stays where it is. */
static int dump(struct routes *routes, uint8_t family, uint8_t table, uint8_t type,
	uint8_t protocol, mnl_cb_t callback)
{
	struct nlmsghdr *message = message_begin(routes, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *route = message_add_rtmsg(message, family);

	route->rtm_table = table;
	route->rtm_type = type;
	route->rtm_protocol = protocol;
	return message_send(routes, message, callback);
}

static void warn_vip(struct routes *routes, const struct sp_addr *addr, const char *hint,
	const char *message)
{
	char text[ADDR_TEXT_MAX];

	diags_warning(routes->diags, PLACE_NONE, hint, "VIP %s %s", addr_format(addr, text),
		message);
}

static int warn_local(const struct nlmsghdr *message, void *data)
{
	struct routes *routes = data;
	struct sp_addr addr;

	if (host_route_addr(message, &addr) && addrs_have(&routes->wanted, &addr))
		warn_vip(routes, &addr,
			"remove it ('ip address del'): a VIP needs a route to this node, not "
			"an address on it",
			"is an address of this node: without XDP the kernel would reset its "
			"connections");
	return MNL_CB_OK;
}

/* Tables and families that this kernel does not have are empty. */
static int dump_if_there(struct routes *routes, uint8_t family, uint8_t table, uint8_t type,
	uint8_t protocol, mnl_cb_t callback)
{
	int error = dump(routes, family, table, type, protocol, callback);

	if (error == -ENOENT || error == -EOPNOTSUPP || error == -EAFNOSUPPORT)
		return 0;
	return error;
}

/* Routes that change during the reading make it void (EINTR). */
static int read_ours(struct routes *routes)
{
	int error = -EINTR;

	for (int i = 0; i < READS_MAX && error == -EINTR; i++) {
		routes->ours.len = 0;
		error = dump_if_there(routes, AF_INET, RT_TABLE_MAIN, RTN_BLACKHOLE,
			ROUTES_PROTOCOL, keep_ours);
		if (!error)
			error = dump_if_there(routes, AF_INET6, RT_TABLE_MAIN,
				RTN_BLACKHOLE, ROUTES_PROTOCOL, keep_ours);
	}
	if (!error && routes->ours.len)
		qsort(routes->ours.at, routes->ours.len, sizeof(*routes->ours.at),
			compare_addrs);
	return error;
}

static int read_local(struct routes *routes)
{
	int error = dump_if_there(
		routes, AF_INET, RT_TABLE_LOCAL, RTN_LOCAL, RTPROT_UNSPEC, warn_local);

	if (!error)
		error = dump_if_there(routes, AF_INET6, RT_TABLE_LOCAL, RTN_LOCAL,
			RTPROT_UNSPEC, warn_local);
	return error == -EINTR ? 0 : error;
}

static int socket_open(struct routes *routes)
{
	int yes = 1;

	routes->buffer = malloc(BUFFER_SIZE);
	if (!routes->buffer)
		return -ENOMEM;
	routes->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!routes->socket || mnl_socket_bind(routes->socket, 0, MNL_SOCKET_AUTOPID) ||
		mnl_socket_setsockopt(
			routes->socket, NETLINK_GET_STRICT_CHK, &yes, sizeof(yes)))
		return -errno;
	return 0;
}

int routes_open(const struct plan *plan, struct routes **ret_routes, struct diags *diags)
{
	struct routes *routes = calloc(1, sizeof(*routes));
	int error = routes ? 0 : -ENOMEM;

	if (!error) {
		routes->diags = diags;
		error = wanted_collect(routes, plan);
	}
	if (!error)
		error = socket_open(routes);
	if (!error)
		error = read_ours(routes);
	if (!error && routes->wanted.len)
		error = read_local(routes);
	if (!error) {
		*ret_routes = routes;
		return 0;
	}
	routes_close(routes);
	return fail_system(diags, error, "cannot read the routes of this node");
}

/* --- Changes --- */

static struct rtmsg *message_add_route(struct nlmsghdr *message, const struct sp_addr *addr)
{
	bool is_v4 = sp_addr_is_v4(addr);
	struct rtmsg *route = message_add_rtmsg(message, is_v4 ? AF_INET : AF_INET6);

	route->rtm_dst_len = is_v4 ? 32 : 128;
	route->rtm_table = RT_TABLE_MAIN;
	message_add_addr(message, addr);
	return route;
}

static int match_host_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(message);
	struct routes *routes = data;
	struct sp_addr addr;

	if (host_route_addr(message, &addr) && route->rtm_type != RTN_LOCAL)
		routes->foreign = true;
	return MNL_CB_OK;
}

/* Is there a route to this very address, whatever its metric? Ours is not. */
static bool has_foreign_route(struct routes *routes, const struct sp_addr *addr)
{
	struct nlmsghdr *message = message_begin(routes, RTM_GETROUTE, NLM_F_ACK);
	struct rtmsg *route = message_add_route(message, addr);

	route->rtm_table = RT_TABLE_UNSPEC;
	route->rtm_flags = RTM_F_FIB_MATCH;
	routes->foreign = false;
	message_send(routes, message, match_host_route);
	return routes->foreign;
}

static int route_change(struct routes *routes, const struct sp_addr *addr, uint16_t type,
	uint16_t flags)
{
	struct nlmsghdr *message = message_begin(routes, type, NLM_F_ACK | flags);
	struct rtmsg *route = message_add_route(message, addr);

	route->rtm_protocol = ROUTES_PROTOCOL;
	route->rtm_scope = RT_SCOPE_UNIVERSE;
	route->rtm_type = RTN_BLACKHOLE;
	return message_send(routes, message, NULL);
}

static int route_add(struct routes *routes, const struct sp_addr *addr)
{
	int error = -EEXIST;

	if (!has_foreign_route(routes, addr))
		error = route_change(
			routes, addr, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	if (error == -EEXIST) {
		warn_vip(routes, addr, "remove it, or apply with --no-routes",
			"has a route already that is not ours: it is left alone");
		return 0;
	}
	return error ? error : addrs_add(&routes->added, addr);
}

int routes_add(struct routes *routes, struct diags *diags)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < routes->wanted.len; i++) {
		const struct sp_addr *addr = &routes->wanted.at[i];
		int error = addrs_have(&routes->ours, addr) ? 0 : route_add(routes, addr);

		if (error)
			return fail_system(diags, error,
				"cannot add the blackhole route of VIP %s",
				addr_format(addr, text));
	}
	return 0;
}

void routes_undo(struct routes *routes)
{
	for (size_t i = 0; i < routes->added.len; i++)
		route_change(routes, &routes->added.at[i], RTM_DELROUTE, 0);
	routes->added.len = 0;
}

void routes_remove(struct routes *routes)
{
	for (size_t i = 0; i < routes->ours.len; i++) {
		const struct sp_addr *addr = &routes->ours.at[i];
		int error = addrs_have(&routes->wanted, addr) ?
				    0 :
				    route_change(routes, addr, RTM_DELROUTE, 0);

		if (error && error != -ESRCH)
			warn_vip(routes, addr, "the next apply tries again",
				"is gone, but its blackhole route cannot be removed");
	}
}

void routes_close(struct routes *routes)
{
	if (!routes)
		return;
	if (routes->socket)
		mnl_socket_close(routes->socket);
	free(routes->buffer);
	free(routes->wanted.at);
	free(routes->ours.at);
	free(routes->added.at);
	free(routes);
}
