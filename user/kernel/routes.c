// SPDX-License-Identifier: BSD-2-Clause
/* Blackhole routes of VIPs, so that the node itself never answers for one: in the main
 * table, under a protocol number of their own, one per address. */
#include "kernel/routes.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netlink.h"
#include "kernel/state.h"
#include "model/text.h"

#define READS_MAX 20

struct addrs {
	struct sp_addr *at;
	size_t len, size;
};

struct routes {
	const struct plan *plan;
	struct netlink *netlink;
	struct addrs wanted; /* ascending, each once */
	struct addrs ours;   /* in the main table; ascending once read */
	struct addrs added;
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
	return addrs->len &&
	       bsearch(addr, addrs->at, addrs->len, sizeof(*addr), compare_addrs);
}

static void warn_vip(struct routes *routes, const struct sp_addr *addr, const char *hint,
	const char *message)
{
	char text[ADDR_TEXT_MAX];

	diags_warning(routes->diags, PLACE_NONE, hint, "VIP %s %s",
		addr_format(addr, text), message);
}

/* --- What is wanted, what is there --- */

/* Services whose key XDP cannot see are the local stack's: it must reach them. */
static bool is_forwarded(const struct service *service)
{
	return service && (service->policy.key == SP_KEY_SOURCE_IP ||
				  service->policy.key == SP_KEY_SOURCE_IP_PORT);
}

/* A plan ascends by VIP: equal addresses are neighbours. */
static int wanted_collect(struct routes *routes)
{
	const struct plan *plan = routes->plan;
	struct addrs *wanted = &routes->wanted;
	int error = 0;

	for (size_t i = 0; i < plan->services_len && !error; i++) {
		const struct service *service = plan->services[i].wanted;

		if (!is_forwarded(service))
			continue;
		if (wanted->len &&
			!compare_addrs(&wanted->at[wanted->len - 1], &service->vip.addr))
			continue;
		error = addrs_add(wanted, &service->vip.addr);
	}
	return error;
}

static int keep_ours(void *context, const struct sp_addr *addr)
{
	struct routes *routes = context;

	return addrs_add(&routes->ours, addr);
}

/* Routes that change during the reading make it void. */
static int read_ours(struct routes *routes)
{
	const struct netlink_filter filter = {
		.table = RT_TABLE_MAIN,
		.type = RTN_BLACKHOLE,
		.protocol = ROUTES_PROTOCOL,
	};
	int error = -EINTR;

	for (int i = 0; i < READS_MAX && error == -EINTR; i++) {
		routes->ours.len = 0;
		error = netlink_dump(routes->netlink, &filter, keep_ours, routes);
	}
	if (!error && routes->ours.len)
		qsort(routes->ours.at, routes->ours.len, sizeof(*routes->ours.at),
			compare_addrs);
	return error;
}

static int warn_local(void *context, const struct sp_addr *addr)
{
	struct routes *routes = context;

	if (addrs_have(&routes->wanted, addr))
		warn_vip(routes, addr,
			"remove it ('ip address del'): a VIP needs a route to this node, "
			"not an address on it",
			"is an address of this node: without XDP its kernel would reset "
			"the "
			"connections");
	return 0;
}

static int check_local(struct routes *routes)
{
	const struct netlink_filter filter = {
		.table = RT_TABLE_LOCAL,
		.type = RTN_LOCAL,
	};
	int error = netlink_dump(routes->netlink, &filter, warn_local, routes);

	return error == -EINTR ? 0 : error;
}

int routes_open(const struct plan *plan, struct routes **ret_routes, struct diags *diags)
{
	struct routes *routes = calloc(1, sizeof(*routes));
	int error = routes ? 0 : -ENOMEM;

	if (!error) {
		routes->plan = plan;
		routes->diags = diags;
		error = netlink_open(&routes->netlink);
	}
	if (!error) {
		*ret_routes = routes;
		return 0;
	}
	routes_close(routes);
	return fail_system(diags, error, "cannot ask for the routes of this node");
}

/* --- Changes --- */

/* -EEXIST: there is one, ours or not. */
static int route_add(struct routes *routes, const struct sp_addr *addr)
{
	int error = -EEXIST;

	if (!netlink_has_route(routes->netlink, addr))
		error = netlink_add_blackhole(routes->netlink, addr, ROUTES_PROTOCOL);
	return error ? error : addrs_add(&routes->added, addr);
}

int routes_add_new(struct routes *routes)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < routes->plan->services_len; i++) {
		const struct plan_service *change = &routes->plan->services[i];
		int error;

		if (!is_forwarded(change->wanted) || is_forwarded(change->live))
			continue;
		error = route_add(routes, &change->wanted->vip.addr);
		if (error && error != -EEXIST)
			return fail_system(routes->diags, error,
				"cannot add the blackhole route of VIP %s",
				addr_format(&change->wanted->vip.addr, text));
	}
	return 0;
}

void routes_undo(struct routes *routes)
{
	for (size_t i = 0; i < routes->added.len; i++)
		netlink_remove_blackhole(
			routes->netlink, &routes->added.at[i], ROUTES_PROTOCOL);
	routes->added.len = 0;
}

/* Those that someone has flushed, and those that are in the way of ours. */
static void add_missing(struct routes *routes)
{
	for (size_t i = 0; i < routes->wanted.len; i++) {
		const struct sp_addr *addr = &routes->wanted.at[i];
		int error = addrs_have(&routes->ours, addr) ? 0 : route_add(routes, addr);

		if (error == -EEXIST)
			warn_vip(routes, addr,
				"remove that route, or apply with --no-routes",
				"has a route that is not ours: it is left alone");
		else if (error)
			warn_vip(routes, addr, "the next apply tries again",
				"has no blackhole route: it cannot be added");
	}
}

static void remove_gone(struct routes *routes)
{
	for (size_t i = 0; i < routes->ours.len; i++) {
		const struct sp_addr *addr = &routes->ours.at[i];
		int error = 0;

		if (!addrs_have(&routes->wanted, addr))
			error = netlink_remove_blackhole(
				routes->netlink, addr, ROUTES_PROTOCOL);
		if (error && error != -ESRCH)
			warn_vip(routes, addr, "the next apply tries again",
				"is gone, but its blackhole route cannot be removed");
	}
}

void routes_sync(struct routes *routes)
{
	int error = wanted_collect(routes);

	if (!error)
		error = read_ours(routes);
	if (!error) {
		add_missing(routes);
		remove_gone(routes);
		error = check_local(routes);
	}
	if (error)
		diags_warning(routes->diags, PLACE_NONE, "the next apply tries again",
			"the blackhole routes of VIPs could not be checked: %s",
			strerror(-error));
}

void routes_close(struct routes *routes)
{
	if (!routes)
		return;
	netlink_close(routes->netlink);
	free(routes->wanted.at);
	free(routes->ours.at);
	free(routes->added.at);
	free(routes);
}
