/* SPDX-License-Identifier: BSD-2-Clause */
/* Service v1: its VIPs, ports, selector and session affinity. */
#include <errno.h>
#include <string.h>

#include "manifest/document.h"
#include "model/policy.h"
#include "model/ranges.h"

#define SESSION_TIMEOUT_DEFAULT_S 10800
#define FORWARD_ANNOTATION "samepod/forward"
#define RANGES_ANNOTATION "service.beta.kubernetes.io/load-balancer-source-ranges"

/* The same address from two fields is one VIP. */
static int add_vip(const struct document *document, struct service_record *service,
	const struct node *node, const char *what)
{
	struct addr_record *vip;
	struct sp_addr addr;

	if (!node || !node_get_addr(document, node, what, &addr))
		return 0;
	for (size_t i = 0; i < service->vips_len; i++)
		if (!memcmp(&service->vips[i].addr, &addr, sizeof(addr)))
			return 0;
	vip = reader_add_record(document->reader, &service->vips, &service->vips_len);
	if (!vip)
		return -ENOMEM;
	*vip = (struct addr_record){addr, node_place(document, node)};
	return 0;
}

/* A list of addresses, as externalIPs and clusterIPs are. */
static int add_vips(const struct document *document, struct service_record *service,
	const struct node *spec, const char *key)
{
	const struct node *list = field_get(document, spec, key, WANT_LIST);
	int err = 0;

	for (const struct node *node = list ? list->children : NULL; node && !err;
		node = node->next)
		if (!word_is(node_word(node), "None"))
			err = add_vip(document, service, node, key);
	return err;
}

static int add_ingress_vips(
	const struct document *document, struct service_record *service)
{
	const struct node *status =
		field_get(document, document->root, "status", WANT_MAPPING);
	const struct node *balancer =
		field_get(document, status, "loadBalancer", WANT_MAPPING);
	int err = 0;

	for (const struct node *ingress = field_first(document, balancer, "ingress");
		ingress && !err; ingress = field_next(document, ingress, "ingress"))
		if (!word_is(field_word(document, ingress, "ipMode"), "Proxy"))
			err = add_vip(document, service, node_get(ingress, "ip"), "ip");
	return err;
}

static int add_all_vips(const struct document *document, struct service_record *service,
	const struct node *spec)
{
	const struct node *cluster_ip = spec ? node_get(spec, "clusterIP") : NULL;
	const struct node *balancer_ip = spec ? node_get(spec, "loadBalancerIP") : NULL;

	if (add_ingress_vips(document, service) ||
		add_vips(document, service, spec, "externalIPs") ||
		add_vip(document, service, balancer_ip, "loadBalancerIP"))
		return -ENOMEM;
	if (!document->reader->options->cluster_ips)
		return 0;
	if (cluster_ip && word_is(node_word(cluster_ip), "None"))
		cluster_ip = NULL;
	if (add_vip(document, service, cluster_ip, "clusterIP"))
		return -ENOMEM;
	return add_vips(document, service, spec, "clusterIPs");
}

/* targetPort: a number, the name of a container's port, or absent: the port itself. */
static void read_target(const struct document *document, const struct node *node,
	struct port_record *port)
{
	const struct node *target =
		field_get(document, node, "targetPort", WANT_NUMBER_OR_STRING);

	port->target_port = port->port;
	if (!target)
		return;
	if (target->plain && target->len && target->text[0] >= '0' &&
		target->text[0] <= '9')
		port->target_port = (uint16_t)field_number(
			document, node, "targetPort", 1, 65535, port->port);
	else
		port->target_name = node_word(target);
}

static int read_ports(const struct document *document, struct service_record *service,
	const struct node *spec)
{
	for (const struct node *node = field_first(document, spec, "ports"); node;
		node = field_next(document, node, "ports")) {
		struct port_record port = {.name = field_word(document, node, "name")};
		struct port_record *added;

		port.protocol = field_protocol(document, node);
		port.port = (uint16_t)field_number(document, node, "port", 1, 65535, 0);
		if (!node_get(node, "port"))
			diags_error(document->reader->diags, node_place(document, node),
				NULL, "port is missing here");
		read_target(document, node, &port);
		if (!port.protocol)
			continue;
		added = reader_add_record(
			document->reader, &service->ports, &service->ports_len);
		if (!added)
			return -ENOMEM;
		*added = port;
	}
	return 0;
}

static void read_session(const struct document *document, struct service_record *service,
	const struct node *spec)
{
	static const char *const words[] = {"None", "ClientIP", NULL};
	const struct node *affinity =
		field_get(document, spec, "sessionAffinity", WANT_STRING);
	const struct node *config =
		field_get(document, spec, "sessionAffinityConfig", WANT_MAPPING);
	const struct node *client_ip =
		field_get(document, config, "clientIP", WANT_MAPPING);
	uint64_t timeout_s = field_number(document, client_ip, "timeoutSeconds", 1,
		POLICY_SESSION_MAX_S, SESSION_TIMEOUT_DEFAULT_S);
	char hint[64];
	int found = affinity ? words_find(words, node_word(affinity)) : 0;

	if (found == 1)
		service->session_timeout_s = (uint32_t)timeout_s;
	else if (found < 0)
		diags_error(document->reader->diags, node_place(document, affinity),
			words_suggest(words, node_word(affinity), hint, sizeof(hint)),
			"sessionAffinity '%.*s' is unknown", (int)affinity->len,
			affinity->text);
}

static const struct node *annotation_get(const struct document *document, const char *key)
{
	const struct node *metadata = node_get(document->root, "metadata");
	const struct node *annotations =
		field_get(document, metadata, "annotations", WANT_MAPPING);

	return field_get(document, annotations, key, WANT_STRING);
}

static void read_forward(const struct document *document, struct service_record *service)
{
	const struct node *forward = annotation_get(document, FORWARD_ANNOTATION);

	if (forward)
		policy_parse_forward(node_word(forward), node_place(document, forward),
			&service->forward, document->reader->diags);
}

static struct word word_trim(struct word word)
{
	while (word.len && *word.text == ' ') {
		word.text++;
		word.len--;
	}
	while (word.len && word.text[word.len - 1] == ' ')
		word.len--;
	return word;
}

/* Kubernetes allows blanks around a range. Returns 0, also for what is reported; -ENOMEM.
 */
static int add_range(const struct document *document, struct service_record *service,
	const struct node *node, struct word word)
{
	struct range range, *added;

	if (range_parse(word_trim(word), node_place(document, node), &range,
		    document->reader->diags))
		return 0;
	added = reader_add_record(
		document->reader, &service->ranges, &service->ranges_len);
	if (!added)
		return -ENOMEM;
	*added = range;
	return 0;
}

/* Ranges with commas between them. */
static int read_ranges_annotation(
	const struct document *document, struct service_record *service)
{
	const struct node *node = annotation_get(document, RANGES_ANNOTATION);
	struct word rest = node ? word_trim(node_word(node)) : (struct word){0};
	int err = 0;

	service->filtered = rest.len;
	while (rest.len && !err) {
		const char *comma = memchr(rest.text, ',', rest.len);
		struct word word = {
			rest.text, comma ? (size_t)(comma - rest.text) : rest.len};

		err = add_range(document, service, node, word);
		rest.text += word.len + !!comma;
		rest.len -= word.len + !!comma;
	}
	return err;
}

/* An empty list is no list, as in Kubernetes: then the annotation counts, which is what
 * clusters had before the field. */
static int read_ranges(const struct document *document, struct service_record *service,
	const struct node *spec)
{
	const struct node *list =
		field_get(document, spec, "loadBalancerSourceRanges", WANT_LIST);
	int err = 0;

	if (!list || !list->len)
		return read_ranges_annotation(document, service);
	service->filtered = true;
	for (const struct node *node = list->children; node && !err; node = node->next)
		if (node_check(document, node, WANT_STRING, "a range"))
			err = add_range(document, service, node, node_word(node));
	return err;
}

int service_read(const struct document *document)
{
	const struct node *spec =
		field_get(document, document->root, "spec", WANT_MAPPING);
	struct service_record service = {0}, *added;
	struct word type = field_word(document, spec, "type");

	if (!document_get_id(document, &service.id) || word_is(type, "ExternalName"))
		return 0;
	if (add_all_vips(document, &service, spec) ||
		read_ports(document, &service, spec))
		return -ENOMEM;
	service.selector = field_get(document, spec, "selector", WANT_MAPPING);
	service.is_headless = spec && node_get(spec, "clusterIP") &&
			      word_is(node_word(node_get(spec, "clusterIP")), "None");
	read_session(document, &service, spec);
	read_forward(document, &service);
	if (read_ranges(document, &service, spec))
		return -ENOMEM;
	added = reader_add_record(document->reader, &document->reader->records.services,
		&document->reader->records.services_len);
	if (!added)
		return -ENOMEM;
	*added = service;
	return 0;
}
