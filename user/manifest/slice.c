/* SPDX-License-Identifier: BSD-2-Clause */
/* EndpointSlice v1: which service it belongs to, its ports and its pods. */
#include <errno.h>
#include <string.h>

#include "manifest/document.h"

#define SERVICE_LABEL "kubernetes.io/service-name"

/* Absent conditions mean ready, serving as ready, and not terminating. */
static enum sp_pod_state read_state(
	const struct document *document, const struct node *endpoint)
{
	const struct node *conditions =
		field_get(document, endpoint, "conditions", WANT_MAPPING);
	bool ready = field_bool(document, conditions, "ready", true);
	bool serving = field_bool(document, conditions, "serving", ready);

	if (serving && field_bool(document, conditions, "terminating", false))
		return SP_POD_DRAINING;
	return ready ? SP_POD_READY : SP_POD_GONE;
}

/* Of an endpoint's addresses the first one counts, as Kubernetes says. */
static int read_endpoint(const struct document *document, struct slice_record *slice,
	const struct node *endpoint)
{
	const struct node *list = field_get(document, endpoint, "addresses", WANT_LIST);
	struct endpoint_record record = {.state = read_state(document, endpoint)}, *added;

	if (!list || !list->len) {
		if (!node_get(endpoint, "addresses") || list)
			diags_error(document->reader->diags,
				node_place(document, endpoint), NULL,
				"endpoint without an address");
		return 0;
	}
	record.place = node_place(document, list->children);
	if (!node_get_addr(document, list->children, "address", &record.addr))
		return 0;
	if (sp_addr_is_v4(&record.addr) != slice->is_v4)
		diags_error(document->reader->diags, record.place, NULL,
			"the address is not of the slice's addressType %s",
			slice->is_v4 ? "IPv4" : "IPv6");
	if (record.state == SP_POD_GONE)
		return 0;
	added = reader_add_record(
		document->reader, &slice->endpoints, &slice->endpoints_len);
	if (!added)
		return -ENOMEM;
	*added = record;
	return 0;
}

static int read_port(const struct document *document, struct slice_record *slice,
	const struct node *node)
{
	struct port_record port = {.name = field_word(document, node, "name")}, *added;

	port.protocol = field_protocol(document, node);
	port.port = (uint16_t)field_number(document, node, "port", 1, 65535, 0);
	if (!node_get(node, "port")) {
		diags_warning(document->reader->diags, node_place(document, node),
			"a port without a number stands for all ports, which no VIP can "
			"mean",
			"a port without a number is left out");
		return 0;
	}
	if (!port.protocol)
		return 0;
	added = reader_add_record(document->reader, &slice->ports, &slice->ports_len);
	if (!added)
		return -ENOMEM;
	*added = port;
	return 0;
}

/* Returns false when nothing of the slice is to be read. */
static bool read_address_type(const struct document *document, struct slice_record *slice)
{
	static const char *const words[] = {"IPv4", "IPv6", "FQDN", NULL};
	struct word type;
	const struct node *node;
	char hint[64];
	int found;

	if (!field_need_word(document, document->root, "addressType", &type))
		return false;
	node = node_get(document->root, "addressType");
	found = words_find(words, type);
	slice->is_v4 = found == 0;
	if (found < 0)
		diags_error(document->reader->diags, node_place(document, node),
			words_suggest(words, type, hint, sizeof(hint)),
			"addressType '%.*s' is unknown", (int)type.len, type.text);
	if (found == 2)
		diags_warning(document->reader->diags, node_place(document, node), NULL,
			"a slice of host names is skipped: samepod forwards to "
			"addresses");
	return found == 0 || found == 1;
}

static bool read_service_label(
	const struct document *document, struct slice_record *slice)
{
	const struct node *metadata = node_get(document->root, "metadata");
	const struct node *labels = field_get(document, metadata, "labels", WANT_MAPPING);

	slice->service = field_word(document, labels, SERVICE_LABEL);
	if (slice->service.len)
		return true;
	if (!labels || !node_get(labels, SERVICE_LABEL))
		diags_warning(document->reader->diags, slice->id.place, NULL,
			"a slice without the label " SERVICE_LABEL
			" belongs to no service");
	return false;
}

int slice_read(const struct document *document)
{
	struct slice_record slice = {0}, *added;
	int err = 0;

	if (!document_get_id(document, &slice.id) ||
		!read_service_label(document, &slice) ||
		!read_address_type(document, &slice))
		return 0;
	for (const struct node *port = field_first(document, document->root, "ports");
		port && !err; port = field_next(document, port, "ports"))
		err = read_port(document, &slice, port);
	for (const struct node *endpoint =
			field_first(document, document->root, "endpoints");
		endpoint && !err; endpoint = field_next(document, endpoint, "endpoints"))
		err = read_endpoint(document, &slice, endpoint);
	if (err)
		return err;
	added = reader_add_record(document->reader, &document->reader->records.slices,
		&document->reader->records.slices_len);
	if (!added)
		return -ENOMEM;
	*added = slice;
	return 0;
}
