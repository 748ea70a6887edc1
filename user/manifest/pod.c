/* SPDX-License-Identifier: BSD-2-Clause */
/* Pod v1: addresses, labels, named ports and whether it takes clients. */
#include <errno.h>
#include <string.h>

#include "manifest/document.h"

static bool has_ready_condition(
	const struct document *document, const struct node *status)
{
	bool ready = false;

	for (const struct node *each = field_first(document, status, "conditions"); each;
		each = field_next(document, each, "conditions"))
		if (word_is(field_word(document, each, "type"), "Ready"))
			ready = word_is(field_word(document, each, "status"), "True");
	return ready;
}

/* As the controller that writes EndpointSlices sees it. */
static enum sp_pod_state read_state(
	const struct document *document, const struct node *status)
{
	const struct node *metadata = node_get(document->root, "metadata");
	struct word phase = field_word(document, status, "phase");

	if (word_is(phase, "Succeeded") || word_is(phase, "Failed") ||
		!has_ready_condition(document, status))
		return SP_POD_GONE;
	return node_get(metadata, "deletionTimestamp") ? SP_POD_DRAINING : SP_POD_READY;
}

static int add_addr(const struct document *document, struct pod_record *pod,
	const struct node *node, const char *what)
{
	struct addr_record *added;
	struct sp_addr addr;

	if (!node || !node_get_addr(document, node, what, &addr))
		return 0;
	added = reader_add_record(document->reader, &pod->addrs, &pod->addrs_len);
	if (!added)
		return -ENOMEM;
	*added = (struct addr_record){addr, node_place(document, node)};
	return 0;
}

/* podIPs has one address a family; podIP is the first of them, and alone in old lists. */
static int read_addrs(const struct document *document, struct pod_record *pod,
	const struct node *status)
{
	int err = 0;

	for (const struct node *each = field_first(document, status, "podIPs");
		each && !err; each = field_next(document, each, "podIPs"))
		err = add_addr(document, pod, node_get(each, "ip"), "ip");
	if (!err && !pod->addrs_len && status)
		err = add_addr(document, pod, node_get(status, "podIP"), "podIP");
	return err;
}

static int add_port(
	const struct document *document, struct pod_record *pod, const struct node *node)
{
	struct port_record port = {.name = field_word(document, node, "name")}, *added;

	if (!port.name.len)
		return 0;
	port.protocol = field_protocol(document, node);
	port.port = (uint16_t)field_number(document, node, "containerPort", 1, 65535, 0);
	if (!port.protocol || !port.port)
		return 0;
	added = reader_add_record(document->reader, &pod->ports, &pod->ports_len);
	if (!added)
		return -ENOMEM;
	*added = port;
	return 0;
}

static int read_ports(const struct document *document, struct pod_record *pod)
{
	const struct node *spec =
		field_get(document, document->root, "spec", WANT_MAPPING);
	int err = 0;

	for (const struct node *container = field_first(document, spec, "containers");
		container; container = field_next(document, container, "containers"))
		for (const struct node *port = field_first(document, container, "ports");
			port && !err; port = field_next(document, port, "ports"))
			err = add_port(document, pod, port);
	return err;
}

int pod_read(const struct document *document)
{
	const struct node *status =
		field_get(document, document->root, "status", WANT_MAPPING);
	struct pod_record pod = {0}, *added;

	if (!document_get_id(document, &pod.id))
		return 0;
	pod.state = read_state(document, status);
	pod.labels = field_get(
		document, node_get(document->root, "metadata"), "labels", WANT_MAPPING);
	if (pod.state == SP_POD_GONE)
		return 0;
	if (read_addrs(document, &pod, status) || read_ports(document, &pod))
		return -ENOMEM;
	added = reader_add_record(document->reader, &document->reader->records.pods,
		&document->reader->records.pods_len);
	if (!added)
		return -ENOMEM;
	*added = pod;
	return 0;
}
