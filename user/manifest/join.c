/* SPDX-License-Identifier: BSD-2-Clause */
/* Services from records: a VIP and port each, with the pods of slices or of a selector,
 * and the policy of a rule. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/document.h"
#include "manifest/reader.h"
#include "manifest/selector.h"
#include "model/policy.h"
#include "model/ranges.h"

/* All that belongs to one Service. */
struct joined {
	const struct service_record *service;
	const struct slice_record *slices;
	size_t slices_len;
	const struct label
		*labels; /* of pods that may be selected; none where there are slices */
	size_t labels_len;
	struct rule_record *rule; /* NULL: none */
};

/* The service that is being made. */
struct making {
	struct reader *reader;
	const struct joined *joined;
	struct service *service;
};

static int add_pod(struct making *making, const struct sp_addr *addr, uint16_t port,
	enum sp_pod_state state, struct place place)
{
	struct pod *pod = reader_add_pod(making->reader, making->service);

	if (!pod)
		return -ENOMEM;
	*pod = (struct pod){.weight = 1, .state = state, .place = place};
	pod->at = (struct sp_endpoint){.addr = *addr,
		.port = htons(port),
		.protocol = making->service->vip.protocol};
	return 0;
}

/* The slice's port is the truth, found by name and protocol. */
static int add_slice_pods(struct making *making, const struct slice_record *slice,
	const struct port_record *port)
{
	for (size_t i = 0; i < slice->ports_len; i++) {
		const struct port_record *own = &slice->ports[i];

		if (own->protocol != port->protocol ||
			word_compare(own->name, port->name))
			continue;
		for (size_t j = 0; j < slice->endpoints_len; j++) {
			const struct endpoint_record *endpoint = &slice->endpoints[j];

			if (add_pod(making, &endpoint->addr, own->port, endpoint->state,
				    endpoint->place))
				return -ENOMEM;
		}
	}
	return 0;
}

/* The number of the Service's target port on this pod; 0: it has none of that name. */
static uint16_t find_target(const struct pod_record *pod, const struct port_record *port)
{
	if (!port->target_name.len)
		return port->target_port;
	for (size_t i = 0; i < pod->ports_len; i++)
		if (pod->ports[i].protocol == port->protocol &&
			!word_compare(pod->ports[i].name, port->target_name))
			return pod->ports[i].port;
	return 0;
}

static int add_selected_pods(struct making *making, const struct port_record *port)
{
	const struct joined *joined = making->joined;
	bool is_v4 = sp_addr_is_v4(&making->service->vip.addr);

	for (size_t i = 0; i < joined->labels_len; i++) {
		const struct pod_record *pod = joined->labels[i].pod;
		uint16_t target = find_target(pod, port);

		if (!target || !selector_fits(joined->service->selector, pod))
			continue;
		for (size_t j = 0; j < pod->addrs_len; j++)
			if (sp_addr_is_v4(&pod->addrs[j].addr) == is_v4 &&
				add_pod(making, &pod->addrs[j].addr, target, pod->state,
					pod->addrs[j].place))
				return -ENOMEM;
	}
	return 0;
}

static int compare_pod_pointers(const void *left, const void *right)
{
	const struct pod *a = *(struct pod *const *)left,
			 *b = *(struct pod *const *)right;
	int order = model_compare_endpoints(&a->at, &b->at);

	return order ? order : (a > b) - (a < b);
}

/* The same ip:port twice is one pod, at its first place, ready if it is ready anywhere.
 */
static int merge_pods(struct making *making)
{
	struct service *service = making->service;
	struct pod **sorted, *first;
	size_t kept = 0;

	if (!service->pods_len)
		return 0;
	sorted = arena_alloc(
		&making->reader->scratch, service->pods_len * sizeof(struct pod *));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < service->pods_len; i++)
		sorted[i] = &service->pods[i];
	qsort(sorted, service->pods_len, sizeof(struct pod *), compare_pod_pointers);
	first = sorted[0];
	for (size_t i = 1; i < service->pods_len; i++) {
		if (model_compare_endpoints(&first->at, &sorted[i]->at)) {
			first = sorted[i];
			continue;
		}
		if (sorted[i]->state == SP_POD_READY)
			first->state = SP_POD_READY;
		sorted[i]->state = SP_POD_GONE;
	}
	for (size_t i = 0; i < service->pods_len; i++)
		if (service->pods[i].state != SP_POD_GONE)
			service->pods[kept++] = service->pods[i];
	service->pods_len = kept;
	return 0;
}

/* The port's own settings stand before the rule's. */
static const struct rule_policy *find_policy(
	const struct rule_record *rule, uint16_t port)
{
	for (size_t i = 0; rule && i < rule->ports_len; i++)
		if (rule->ports[i].port == port)
			return &rule->ports[i].policy;
	return rule ? &rule->policy : NULL;
}

/* One Service may have ports of both protocols. */
static enum sp_forward choose_forward(
	struct making *making, const struct port_record *port)
{
	const struct service_record *service = making->joined->service;

	if (service->forward != SP_FORWARD_L7 || port->protocol == IPPROTO_TCP)
		return service->forward;
	diags_warning(making->reader->diags, making->service->place, NULL,
		"forward: l7 is HTTP: UDP port %u of %.*s is forwarded by nat",
		port->port, (int)service->id.name.len, service->id.name.text);
	return SP_FORWARD_NAT;
}

static struct policy choose_policy(struct making *making, const struct port_record *port)
{
	const struct joined *joined = making->joined;
	const struct rule_policy *said = find_policy(joined->rule, port->port);
	struct policy policy = policy_default();
	bool is_hash = said && said->is_hash;

	if (is_hash && said->policy.key > SP_KEY_SOURCE_IP &&
		port->protocol != IPPROTO_TCP) {
		diags_warning(making->reader->diags, said->place,
			"useSourceIp: true fits UDP",
			"the rule's key needs HTTP: UDP port %u of %.*s gets no affinity "
			"by it",
			port->port, (int)joined->service->id.name.len,
			joined->service->id.name.text);
		is_hash = false;
	}
	if (is_hash) {
		policy = said->policy;
	} else if (joined->service->session_timeout_s) {
		policy.key = SP_KEY_SOURCE_IP;
		policy.session_timeout_s = joined->service->session_timeout_s;
	}
	policy.forward = choose_forward(making, port);
	policy_imply_l7(&policy);
	return policy;
}

static char *format_name(struct making *making, const struct port_record *port)
{
	const struct object_id *id = &making->joined->service->id;
	struct arena *arena = &making->reader->model->arena;

	if (port->name.len)
		return arena_printf(arena, "%.*s/%.*s:%.*s", (int)id->namespace.len,
			id->namespace.text, (int)id->name.len, id->name.text,
			(int)port->name.len, port->name.text);
	return arena_printf(arena, "%.*s/%.*s:%u", (int)id->namespace.len,
		id->namespace.text, (int)id->name.len, id->name.text, port->port);
}

static int make_service(struct reader *reader, const struct joined *joined,
	const struct addr_record *vip, const struct port_record *port)
{
	struct making making = {reader, joined, reader_add_service(reader)};
	struct service *service = making.service;
	int err = 0;

	if (!service || !(service->name = format_name(&making, port)))
		return -ENOMEM;
	service->place = vip->place;
	service->vip = (struct sp_endpoint){
		.addr = vip->addr, .port = htons(port->port), .protocol = port->protocol};
	service->policy = choose_policy(&making, port);
	if (joined->service->filtered)
		err = ranges_take(service, joined->service->ranges,
			joined->service->ranges_len, &reader->model->arena);
	for (size_t i = 0; i < joined->slices_len && !err; i++)
		if (joined->slices[i].is_v4 == sp_addr_is_v4(&vip->addr))
			err = add_slice_pods(&making, &joined->slices[i], port);
	if (!err)
		err = add_selected_pods(&making, port);
	return err ? err : merge_pods(&making);
}

static int join_service(struct reader *reader, const struct joined *joined)
{
	for (size_t i = 0; i < joined->service->vips_len; i++)
		for (size_t j = 0; j < joined->service->ports_len; j++)
			if (make_service(reader, joined, &joined->service->vips[i],
				    &joined->service->ports[j]))
				return -ENOMEM;
	return 0;
}

static int join_services(struct reader *reader, const struct label_index *index)
{
	struct records *records = &reader->records;

	for (size_t i = 0; i < records->services_len; i++) {
		struct joined joined = {.service = &records->services[i]};

		joined.slices = records_find_slices(
			records, &joined.service->id, &joined.slices_len);
		joined.rule = records_find_rule(records, &joined.service->id);
		if (joined.rule)
			joined.rule->used = true;
		if (!joined.slices_len)
			joined.labels = label_index_find(
				index, joined.service, &joined.labels_len);
		if (join_service(reader, &joined))
			return -ENOMEM;
	}
	return 0;
}

/* Once for all of them: a cluster has many Services that are not for the outside. */
static void warn_of_hidden(struct reader *reader)
{
	const struct service_record *first = NULL;
	size_t hidden_len = 0;

	for (size_t i = 0; i < reader->records.services_len; i++) {
		if (reader->records.services[i].vips_len ||
			reader->records.services[i].is_headless)
			continue;
		if (!hidden_len++)
			first = &reader->records.services[i];
	}
	if (hidden_len)
		diags_warning(reader->diags, first->id.place,
			"--cluster-ips takes cluster addresses as VIPs too",
			"%zu Service%s without a VIP, %.*s/%.*s %s", hidden_len,
			hidden_len == 1 ? "" : "s", (int)first->id.namespace.len,
			first->id.namespace.text, (int)first->id.name.len,
			first->id.name.text,
			hidden_len == 1 ? "is skipped" : "and others are skipped");
}

static void warn_of_unused_rules(struct reader *reader)
{
	for (size_t i = 0; i < reader->records.rules_len; i++) {
		const struct rule_record *rule = &reader->records.rules[i];

		if (!rule->used)
			diags_warning(reader->diags, rule->host.place,
				"its Service is in no file that was read",
				"no Service %.*s/%.*s for this rule",
				(int)rule->host.namespace.len, rule->host.namespace.text,
				(int)rule->host.name.len, rule->host.name.text);
	}
}

int records_join(struct reader *reader)
{
	struct records *records = &reader->records;
	struct label_index index;

	records_sort(reader);
	if (label_index_build(
		    &index, records->pods, records->pods_len, &reader->scratch) ||
		join_services(reader, &index))
		return -ENOMEM;
	/* A broken object may be just the one that is missed. */
	if (reader->diags->errors_len)
		return 0;
	warn_of_hidden(reader);
	warn_of_unused_rules(reader);
	return 0;
}
