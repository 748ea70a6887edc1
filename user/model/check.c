/* SPDX-License-Identifier: BSD-2-Clause */
/* What no single manifest shows: breaches between services, and of the maps' limits. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "model/model.h"
#include "model/text.h"

/* A pod and whose it is; or with pod NULL the service's VIP. */
struct entry {
	const struct service *service;
	const struct pod *pod;
};

static const struct sp_endpoint *entry_at(const struct entry *entry)
{
	return entry->pod ? &entry->pod->at : &entry->service->vip;
}

static int compare_places(const struct place *a, const struct place *b)
{
	if (a->source != b->source)
		return (uintptr_t)a->source < (uintptr_t)b->source ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

static const struct place *entry_place(const struct entry *entry)
{
	return entry->pod ? &entry->pod->place : &entry->service->place;
}

/* By endpoint, VIPs before pods, pods of one service together, then in the order of the
 * text. */
static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = model_compare_endpoints(entry_at(a), entry_at(b));

	if (!order)
		order = !!a->pod - !!b->pod;
	if (!order && a->pod)
		order = (a->service > b->service) - (a->service < b->service);
	if (!order)
		order = compare_places(entry_place(a), entry_place(b));
	return order ? order : compare_places(&a->service->place, &b->service->place);
}

/* "web.yaml:14", or "the kernel" for what was not read from a text. */
static char *format_place(const struct place *place, char *buffer, size_t size)
{
	if (place->source)
		snprintf(buffer, size, "%s:%u", place->source->name, place->line);
	else
		snprintf(buffer, size, "the kernel");
	return buffer;
}

static void report_vip_twice(
	const struct entry *first, const struct entry *second, struct diags *diags)
{
	char vip[ENDPOINT_TEXT_MAX], where[160];

	diags_error(diags, second->service->place,
		"a VIP's port and protocol belong to one service",
		"VIP %s of %s is taken by %s (%s)",
		vip_format(&second->service->vip, vip), second->service->name,
		first->service->name,
		format_place(&first->service->place, where, sizeof(where)));
}

static void report_pod_is_vip(
	const struct entry *vip_entry, const struct entry *pod_entry, struct diags *diags)
{
	char vip[ENDPOINT_TEXT_MAX], where[160];

	diags_error(diags, pod_entry->pod->place,
		"name the pods behind that VIP themselves",
		"pod of %s is itself a VIP: %s of %s (%s)", pod_entry->service->name,
		vip_format(&vip_entry->service->vip, vip), vip_entry->service->name,
		format_place(&vip_entry->service->place, where, sizeof(where)));
}

static void report_pod_twice(
	const struct entry *first, const struct entry *second, struct diags *diags)
{
	char at[ENDPOINT_TEXT_MAX], where[160];

	diags_error(diags, second->pod->place, "weight= gives a pod a larger share",
		"pod %s is in %s already (%s)", pod_format(&second->pod->at, at),
		second->service->name,
		format_place(&first->pod->place, where, sizeof(where)));
}

/* Report what an entry breaches against the first one of its endpoint, and against the
 * one before. A pod may be behind many VIPs, but once behind each. */
static void compare_neighbours(const struct entry *first, const struct entry *before,
	const struct entry *entry, struct diags *diags)
{
	if (!entry->pod)
		report_vip_twice(first, entry, diags);
	else if (!first->pod)
		report_pod_is_vip(first, entry, diags);
	else if (before->service == entry->service)
		report_pod_twice(before, entry, diags);
}

static size_t count_pods(const struct model *model)
{
	size_t len = 0;

	for (size_t i = 0; i < model->services_len; i++)
		len += model->services[i].pods_len;
	return len;
}

static int check_endpoints(const struct model *model, struct diags *diags)
{
	size_t len = 0, entries_len = model->services_len + count_pods(model);
	struct entry *entries = calloc(entries_len + 1, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < model->services_len; i++) {
		const struct service *service = &model->services[i];

		entries[len++] = (struct entry){service, NULL};
		for (size_t j = 0; j < service->pods_len; j++)
			entries[len++] = (struct entry){service, &service->pods[j]};
	}
	qsort(entries, len, sizeof(*entries), compare_entries);
	/* Each run of equal endpoints is held against its first entry. */
	for (size_t first = 0, i = 1; i < len; i++) {
		if (model_compare_endpoints(
			    entry_at(&entries[first]), entry_at(&entries[i])))
			first = i;
		else
			compare_neighbours(
				&entries[first], &entries[i - 1], &entries[i], diags);
	}
	free(entries);
	return 0;
}

/* Why no packet can go to that address; NULL: it can. */
static const char *find_fault(const struct sp_addr *addr)
{
	const unsigned char *byte = (const unsigned char *)addr;

	if (sp_addr_is_v4(addr)) {
		if (!byte[12])
			return "unspecified";
		if (byte[12] == 127)
			return "a loopback address";
		return (byte[12] & 0xf0) == 0xe0     ? "a multicast address"
		       : addr->word[3] == 0xffffffff ? "the broadcast address"
						     : NULL;
	}
	if (!addr->word[0] && !addr->word[1] && !addr->word[2] &&
		ntohl(addr->word[3]) <= 1)
		return addr->word[3] ? "the loopback address" : "unspecified";
	if (byte[0] == 0xff)
		return "a multicast address";
	return byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80 ? "a link-local address"
							   : NULL;
}

static void check_addr(const struct sp_addr *addr, const char *what, const char *name,
	struct place place, struct diags *diags)
{
	const char *fault = find_fault(addr);
	char text[ADDR_TEXT_MAX];

	if (fault)
		diags_error(diags, place, "a unicast address that routers know is needed",
			"%s %s of %s is %s", what, addr_format(addr, text), name, fault);
}

static bool is_loopback(const struct sp_addr *addr)
{
	if (sp_addr_is_v4(addr))
		return *(const unsigned char *)&addr->word[3] == 127;
	return !addr->word[0] && !addr->word[1] && !addr->word[2] &&
	       addr->word[3] == htonl(1);
}

/* The helper connects to pods itself: from loopback, too, and from either family. */
static void check_pods_l7(const struct service *service, struct diags *diags)
{
	for (size_t i = 0; i < service->pods_len; i++)
		if (!is_loopback(&service->pods[i].at.addr))
			check_addr(&service->pods[i].at.addr, "pod", service->name,
				service->pods[i].place, diags);
}

/* A tunnel takes packets of any family to a pod of any. */
static void check_family(
	const struct service *service, const struct pod *pod, struct diags *diags)
{
	enum sp_forward forward = service->policy.forward;
	char at[ENDPOINT_TEXT_MAX], vip[ENDPOINT_TEXT_MAX];

	if (forward == SP_FORWARD_IPIP || forward == SP_FORWARD_GUE ||
		sp_addr_is_v4(&pod->at.addr) == sp_addr_is_v4(&service->vip.addr))
		return;
	diags_error(diags, pod->place,
		"IPv4 is not translated to IPv6, nor back; forward=ipip and gue take it "
		"there as it is",
		"pod %s is not of the family of its VIP %s", pod_format(&pod->at, at),
		vip_format(&service->vip, vip));
}

/* Only nat changes ports. */
static void check_port(
	const struct service *service, const struct pod *pod, struct diags *diags)
{
	enum sp_forward forward = service->policy.forward;
	char at[ENDPOINT_TEXT_MAX], vip[ENDPOINT_TEXT_MAX];

	if (forward == SP_FORWARD_NAT || pod->at.port == service->vip.port)
		return;
	diags_error(diags, pod->place,
		"packets arrive there as they were sent: let the pod listen on the VIP's "
		"port, or write forward=nat",
		"the port of pod %s is not that of its VIP %s, which forward=%s needs",
		pod_format(&pod->at, at), vip_format(&service->vip, vip),
		forward_name(forward));
}

static void check_pods_l4(const struct service *service, struct diags *diags)
{
	for (size_t i = 0; i < service->pods_len; i++) {
		const struct pod *pod = &service->pods[i];

		check_addr(&pod->at.addr, "pod", service->name, pod->place, diags);
		check_family(service, pod, diags);
		check_port(service, pod, diags);
	}
}

static void check_pods(const struct service *service, struct diags *diags)
{
	if (service->policy.forward == SP_FORWARD_L7)
		check_pods_l7(service, diags);
	else
		check_pods_l4(service, diags);
	if (!service->pods_len)
		diags_warning(diags, service->place,
			"it is scaled to zero, or its pods are in no file that was read",
			"service %s has no pods", service->name);
}

static void check_texts(const struct service *service, struct diags *diags)
{
	size_t name_len = strlen(service->name);
	int policy_len = policy_format(&service->policy, NULL, 0);

	if (name_len >= SP_NAME_LEN)
		diags_error(diags, service->place, NULL,
			"the service's name '%.40s...' is %zu bytes long, at most %d fit",
			service->name, name_len, SP_NAME_LEN - 1);
	if (policy_len >= SP_POLICY_LEN)
		diags_error(diags, service->place,
			"shorten the names of cookie, header, query parameter or "
			"attributes",
			"the policy of %s is %d bytes long as text, at most %d fit",
			service->name, policy_len, SP_POLICY_LEN - 1);
}

/* The helper remembers no clients. */
static void check_l7(const struct service *service, struct diags *diags)
{
	if (service->policy.forward == SP_FORWARD_L7 && service->policy.session_timeout_s)
		diags_warning(diags, service->place,
			"a DestinationRule with a cookie keeps clients, too, whose pods "
			"change",
			"sessions of %s are not remembered with forward=l7: the client's "
			"address is hashed instead",
			service->name);
}

static void check_service(const struct service *service, struct diags *diags)
{
	check_addr(&service->vip.addr, "VIP", service->name, service->place, diags);
	check_texts(service, diags);
	check_l7(service, diags);
	check_pods(service, diags);
	if (service->filtered && !service->ranges_len)
		diags_warning(diags, service->place,
			"a range of the VIP's family lets its sources come",
			"nobody may come to %s: none of its source ranges is %s",
			service->name,
			sp_addr_is_v4(&service->vip.addr) ? "IPv4" : "IPv6");
}

int model_check(const struct model *model, struct diags *diags)
{
	size_t errors_before = diags->errors_len, pods_len = count_pods(model);

	for (size_t i = 0; i < model->services_len; i++)
		check_service(&model->services[i], diags);
	if (model->services_len > SP_SERVICES_MAX)
		diags_error(diags, PLACE_NONE, NULL, "%zu services, at most %u fit",
			model->services_len, SP_SERVICES_MAX);
	if (pods_len > SP_PODS_MAX)
		diags_error(diags, PLACE_NONE, NULL, "%zu pods in all, at most %u fit",
			pods_len, SP_PODS_MAX);
	if (check_endpoints(model, diags))
		return -ENOMEM;
	return diags->errors_len > errors_before ? -EINVAL : 0;
}
