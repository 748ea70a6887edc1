// SPDX-License-Identifier: BSD-2-Clause
/* Routes of VIPs under a protocol number of their own, one per address: blackholes in the
 * main table, so that the node itself never answers for a forwarded one, and local routes
 * for those of the HTTP helper, which the node must answer for. */
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

/* Routes of one sort. */
struct sort {
	const struct netlink_route *like;
	const char *name;
	struct addrs wanted; /* ascending, each once */
	struct addrs ours;   /* that are there; ascending once read */
	struct addrs added;
};

enum sort_number { BLACKHOLE, LOCAL, SORTS };

struct routes {
	const struct plan *plan;
	struct netlink *netlink;
	struct sort sorts[SORTS];
	struct diags *diags;
};

static const struct netlink_route likes[SORTS] = {
	[BLACKHOLE] = {RT_TABLE_MAIN, RTN_BLACKHOLE, ROUTES_PROTOCOL},
	[LOCAL] = {RT_TABLE_LOCAL, RTN_LOCAL, ROUTES_PROTOCOL},
};

static const char *const names[SORTS] = {"blackhole", "local"};

static int addrs_add(struct addrs *addrs, const struct sp_addr *addr)
{
	struct sp_addr *at = array_grow(addrs->at, addrs->len, &addrs->size, sizeof(*at));

	if (!at)
		return -ENOMEM;
	addrs->at = at;
	at[addrs->len++] = *addr;
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

static enum sort_number sort_of(const struct service *service)
{
	return service->policy.forward == SP_FORWARD_L7 ? LOCAL : BLACKHOLE;
}

static int wanted_add(struct addrs *wanted, const struct sp_addr *addr)
{
	if (wanted->len && !compare_addrs(&wanted->at[wanted->len - 1], addr))
		return 0;
	return addrs_add(wanted, addr);
}

static void warn_shared(struct routes *routes, const struct sp_addr *addr)
{
	warn_vip(routes, addr, "give services of the helper addresses of their own",
		"is shared by services that XDP forwards and services of the helper: "
		"without XDP this node's kernel would reset the connections of the "
		"former");
}

/* A plan ascends by VIP: equal addresses are neighbours. An address that some service
 * needs to be local is local. */
static int wanted_collect(struct routes *routes)
{
	const struct plan *plan = routes->plan;
	struct addrs *local = &routes->sorts[LOCAL].wanted;
	struct addrs *blackhole = &routes->sorts[BLACKHOLE].wanted;
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < plan->services_len && !error; i++) {
		const struct service *service = plan->services[i].wanted;

		if (service)
			error = wanted_add(&routes->sorts[sort_of(service)].wanted,
				&service->vip.addr);
	}
	for (size_t i = 0; i < blackhole->len; i++) {
		if (addrs_have(local, &blackhole->at[i]))
			warn_shared(routes, &blackhole->at[i]);
		else
			blackhole->at[kept++] = blackhole->at[i];
	}
	blackhole->len = kept;
	return error;
}

static int keep_ours(void *context, const struct netlink_found *found)
{
	struct sort *sort = context;

	return found->bits == NETLINK_HOST_BITS ? addrs_add(&sort->ours, &found->dest)
						: 0;
}

/* Routes that change during the reading make it void. */
static int read_ours(struct routes *routes, struct sort *sort)
{
	int error = -EINTR;

	for (int i = 0; i < READS_MAX && error == -EINTR; i++) {
		sort->ours.len = 0;
		error = netlink_dump(routes->netlink, sort->like, keep_ours, sort);
	}
	if (!error && sort->ours.len)
		qsort(sort->ours.at, sort->ours.len, sizeof(*sort->ours.at),
			compare_addrs);
	return error;
}

static int warn_local(void *context, const struct netlink_found *found)
{
	struct routes *routes = context;

	if (found->protocol != ROUTES_PROTOCOL && found->bits == NETLINK_HOST_BITS &&
		addrs_have(&routes->sorts[BLACKHOLE].wanted, &found->dest))
		warn_vip(routes, &found->dest,
			"remove it ('ip address del'): a VIP needs a route to this node, "
			"not an address on it",
			"is an address of this node: without XDP its kernel would reset "
			"the "
			"connections");
	return 0;
}

static int check_local(struct routes *routes)
{
	const struct netlink_route any = {
		.table = RT_TABLE_LOCAL,
		.type = RTN_LOCAL,
	};
	int error = netlink_dump(routes->netlink, &any, warn_local, routes);

	return error == -EINTR ? 0 : error;
}

int routes_open(const struct plan *plan, struct routes **ret_routes, struct diags *diags)
{
	struct routes *routes = calloc(1, sizeof(*routes));
	int error = routes ? 0 : -ENOMEM;

	if (!error) {
		routes->plan = plan;
		routes->diags = diags;
		for (int i = 0; i < SORTS; i++) {
			routes->sorts[i].like = &likes[i];
			routes->sorts[i].name = names[i];
		}
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
static int route_add(struct routes *routes, struct sort *sort, const struct sp_addr *addr)
{
	int error = -EEXIST;

	if (sort->like->type == RTN_LOCAL || !netlink_has_route(routes->netlink, addr))
		error = netlink_add(routes->netlink, addr, sort->like);
	return error ? error : addrs_add(&sort->added, addr);
}

static bool is_of_sort(const struct service *service, enum sort_number sort)
{
	return service && sort_of(service) == sort;
}

static int add_failed(struct routes *routes, int error, const struct sort *sort,
	const struct sp_addr *addr)
{
	char text[ADDR_TEXT_MAX];

	addr_format(addr, text);
	if (error != -ENETDOWN)
		return fail_system(routes->diags, error,
			"cannot add the %s route of VIP %s", sort->name, text);
	diags_error(routes->diags, PLACE_NONE, "ip link set lo up",
		"cannot add the %s route of VIP %s: the loopback device is down",
		sort->name, text);
	return error;
}

int routes_add_new(struct routes *routes)
{
	for (size_t i = 0; i < routes->plan->services_len; i++) {
		const struct plan_service *change = &routes->plan->services[i];
		enum sort_number number =
			change->wanted ? sort_of(change->wanted) : SORTS;
		struct sort *sort = &routes->sorts[number];
		int error;

		if (!change->wanted || is_of_sort(change->live, number))
			continue;
		error = route_add(routes, sort, &change->wanted->vip.addr);
		if (error && error != -EEXIST)
			return add_failed(routes, error, sort, &change->wanted->vip.addr);
	}
	return 0;
}

void routes_undo(struct routes *routes)
{
	for (int i = 0; i < SORTS; i++) {
		struct sort *sort = &routes->sorts[i];

		for (size_t j = 0; j < sort->added.len; j++)
			netlink_remove(routes->netlink, &sort->added.at[j], sort->like);
		sort->added.len = 0;
	}
}

/* Those that someone has flushed, and those that are in the way of ours. A local route
 * that is not ours serves as well. */
static void add_missing(struct routes *routes, struct sort *sort)
{
	for (size_t i = 0; i < sort->wanted.len; i++) {
		const struct sp_addr *addr = &sort->wanted.at[i];
		int error =
			addrs_have(&sort->ours, addr) ? 0 : route_add(routes, sort, addr);

		if (error == -EEXIST && sort->like->type != RTN_LOCAL)
			warn_vip(routes, addr,
				"remove that route, or apply with --no-routes",
				"has a route that is not ours: it is left alone");
		else if (error && error != -EEXIST)
			warn_vip(routes, addr, "the next apply tries again",
				"has no route of ours: it cannot be added");
	}
}

static void remove_gone(struct routes *routes, struct sort *sort)
{
	for (size_t i = 0; i < sort->ours.len; i++) {
		const struct sp_addr *addr = &sort->ours.at[i];
		int error = 0;

		if (!addrs_have(&sort->wanted, addr))
			error = netlink_remove(routes->netlink, addr, sort->like);
		if (error && error != -ESRCH)
			warn_vip(routes, addr, "the next apply tries again",
				"needs a route of ours no longer, but it cannot be "
				"removed");
	}
}

/* What is missing comes before what is needless goes: an address that changes its sort
 * has a route all the time. */
void routes_sync(struct routes *routes)
{
	int error = wanted_collect(routes);

	for (int i = 0; i < SORTS && !error; i++)
		error = read_ours(routes, &routes->sorts[i]);
	for (int i = 0; i < SORTS && !error; i++)
		add_missing(routes, &routes->sorts[i]);
	for (int i = 0; i < SORTS && !error; i++)
		remove_gone(routes, &routes->sorts[i]);
	if (!error)
		error = check_local(routes);
	if (error)
		diags_warning(routes->diags, PLACE_NONE, "the next apply tries again",
			"the routes of VIPs could not be checked: %s", strerror(-error));
}

static void sort_done(struct sort *sort)
{
	free(sort->wanted.at);
	free(sort->ours.at);
	free(sort->added.at);
}

void routes_close(struct routes *routes)
{
	if (!routes)
		return;
	netlink_close(routes->netlink);
	for (int i = 0; i < SORTS; i++)
		sort_done(&routes->sorts[i]);
	free(routes);
}
