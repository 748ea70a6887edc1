/* SPDX-License-Identifier: BSD-2-Clause */
/* DestinationRule: which Service it means, and the affinity it asks for. */
#include <errno.h>
#include <string.h>

#include "manifest/hash.h"

static int read_balancer(const struct document *document, const struct node *balancer,
	struct rule_policy *ret_policy)
{
	static const char *const fields[] = {"simple", "consistentHash",
		"localityLbSetting", "warmupDurationSecs", "warmup", NULL};
	const struct node *simple = field_get(document, balancer, "simple", WANT_STRING);
	const struct node *hash =
		field_get(document, balancer, "consistentHash", WANT_MAPPING);
	struct diags *diags = document->reader->diags;

	fields_check(document, balancer, fields, DIAG_WARNING);
	if (hash) {
		ret_policy->place = node_key_place(document, balancer, "consistentHash");
		if (simple)
			diags_error(diags, node_place(document, simple),
				"leave one of the two out",
				"both simple and consistentHash are named");
		if (node_get(balancer, "localityLbSetting"))
			diags_warning(diags,
				node_key_place(document, balancer, "localityLbSetting"),
				"samepod balances over all pods of a service",
				"localityLbSetting is ignored");
		return hash_read(document, hash, ret_policy);
	}
	if (node_get(balancer, "consistentHash"))
		return 0; /* reported */
	if (simple)
		diags_warning(diags, node_place(document, simple),
			"a client's connections are spread over all pods; consistentHash "
			"keeps "
			"them on one",
			"simple: %.*s carries no affinity", (int)simple->len,
			simple->text);
	return 0;
}

/* A trafficPolicy or one of its portLevelSettings; NULL: none. */
static int read_policy(const struct document *document, const struct node *traffic,
	struct rule_policy *ret_policy)
{
	const struct node *balancer =
		field_get(document, traffic, "loadBalancer", WANT_MAPPING);

	*ret_policy = (struct rule_policy){0};
	return balancer ? read_balancer(document, balancer, ret_policy) : 0;
}

/* Settings of one port replace those of the rule; what they leave out is not inherited.
 * Istio heeds them for HTTP only. samepod cannot see what a port speaks, and an HTTP
 * service whose key needs no HTTP is served in L4: so they count for every port. */
static int read_port(const struct document *document, struct rule_record *rule,
	const struct node *node)
{
	const struct node *port = field_get(document, node, "port", WANT_MAPPING);
	struct rule_port *added;

	if (!port || !node_get(port, "number")) {
		if (port || !node_get(node, "port"))
			diags_error(document->reader->diags,
				node_place(document, port ? port : node),
				"as in port: {number: 80}",
				"portLevelSettings without a port");
		return 0;
	}
	added = reader_add_record(document->reader, &rule->ports, &rule->ports_len);
	if (!added)
		return -ENOMEM;
	added->port = (uint16_t)field_number(document, port, "number", 1, 65535, 0);
	for (size_t i = 0; i + 1 < rule->ports_len; i++)
		if (rule->ports[i].port == added->port && added->port)
			diags_error(document->reader->diags, node_place(document, port),
				"leave one of the two out", "port %u is set twice",
				added->port);
	return read_policy(document, node, &added->policy);
}

static int read_traffic(const struct document *document, struct rule_record *rule,
	const struct node *spec)
{
	static const char *const fields[] = {"loadBalancer", "connectionPool",
		"outlierDetection", "tls", "portLevelSettings", "tunnel", "proxyProtocol",
		"retryBudget", NULL};
	const struct node *traffic =
		field_get(document, spec, "trafficPolicy", WANT_MAPPING);
	int err = read_policy(document, traffic, &rule->policy);

	fields_check(document, traffic, fields, DIAG_WARNING);
	for (const struct node *each =
			field_first(document, traffic, "portLevelSettings");
		each && !err; each = field_next(document, each, "portLevelSettings"))
		err = read_port(document, rule, each);
	return err;
}

static void warn_of_subsets(const struct document *document, const struct node *spec)
{
	for (const struct node *each = field_first(document, spec, "subsets"); each;
		each = field_next(document, each, "subsets")) {
		if (!node_get(each, "trafficPolicy"))
			continue;
		diags_warning(document->reader->diags,
			node_key_place(document, each, "trafficPolicy"),
			"samepod balances over all pods of a service",
			"the trafficPolicy of a subset is ignored");
	}
}

static void warn_of_scope(const struct document *document, const struct node *spec)
{
	const struct node *export_to = field_get(document, spec, "exportTo", WANT_LIST);
	bool to_all = !export_to || !export_to->len;

	for (const struct node *each = export_to ? export_to->children : NULL; each;
		each = each->next)
		to_all |= word_is(node_word(each), "*");
	if (!to_all)
		diags_warning(document->reader->diags,
			node_key_place(document, spec, "exportTo"),
			"the rule holds for every client of the VIP",
			"exportTo is ignored");
	if (node_get(spec, "workloadSelector"))
		diags_warning(document->reader->diags,
			node_key_place(document, spec, "workloadSelector"),
			"the rule holds for every client of the VIP",
			"workloadSelector is ignored");
}

/* "name" in the rule's own namespace, or "name.namespace.svc" with any cluster domain
 * behind it. Returns false when it is neither: then no Service is meant. */
static bool resolve_host(
	struct word host, struct word namespace, struct object_id *ret_host)
{
	const char *dot = memchr(host.text, '.', host.len), *end = host.text + host.len;
	const char *second;

	ret_host->name = host;
	ret_host->namespace = namespace;
	if (!dot)
		return true;
	second = memchr(dot + 1, '.', (size_t)(end - dot - 1));
	if (!second || end - second < 4 || memcmp(second, ".svc", 4) ||
		(end - second > 4 && second[4] != '.'))
		return false;
	ret_host->name.len = (size_t)(dot - host.text);
	ret_host->namespace = (struct word){dot + 1, (size_t)(second - dot - 1)};
	return true;
}

/* Returns false when the rule cannot be held for any Service. */
static bool read_host(const struct document *document, struct rule_record *rule,
	const struct node *spec)
{
	struct word host;

	if (!field_need_word(document, spec, "host", &host))
		return false;
	rule->host.place = node_place(document, node_get(spec, "host"));
	if (memchr(host.text, '*', host.len)) {
		diags_warning(document->reader->diags, rule->host.place,
			"write a rule for each Service",
			"a rule for a wildcard host is ignored");
		return false;
	}
	if (resolve_host(host, rule->id.namespace, &rule->host))
		return true;
	diags_warning(document->reader->diags, rule->host.place,
		"a Service's name, or name.namespace.svc.cluster.local",
		"host '%.*s' names no Service: the rule is ignored", (int)host.len,
		host.text);
	return false;
}

int rule_read(const struct document *document)
{
	const struct node *spec =
		field_get(document, document->root, "spec", WANT_MAPPING);
	struct rule_record rule = {0}, *added;
	bool is_held;

	if (!document_get_id(document, &rule.id))
		return 0;
	if (!spec) {
		if (!node_get(document->root, "spec"))
			diags_error(document->reader->diags, rule.id.place, NULL,
				"DestinationRule without a spec");
		return 0;
	}
	is_held = read_host(document, &rule, spec);
	if (read_traffic(document, &rule, spec))
		return -ENOMEM;
	warn_of_subsets(document, spec);
	warn_of_scope(document, spec);
	if (!is_held)
		return 0;
	added = reader_add_record(document->reader, &document->reader->records.rules,
		&document->reader->records.rules_len);
	if (!added)
		return -ENOMEM;
	*added = rule;
	return 0;
}
