/* SPDX-License-Identifier: BSD-2-Clause */
/* Documents and lists of them, each handed to the reader of its kind. */
#include "manifest/document.h"

#include <errno.h>
#include <string.h>

static const struct kind {
	const char *name;
	const char *group; /* with its slash; "" for the core group */
	const char *versions[4];
	int (*read)(const struct document *document);
} kinds[] = {
	{"Service", "", {"v1"}, service_read},
	{"Pod", "", {"v1"}, pod_read},
	{"EndpointSlice", "discovery.k8s.io/", {"v1"}, slice_read},
	{"DestinationRule", "networking.istio.io/", {"v1", "v1beta1", "v1alpha3"},
		rule_read},
};

static bool is_of_group(const struct kind *kind, struct word api_version)
{
	size_t len = strlen(kind->group);

	if (!len)
		return !memchr(api_version.text, '/', api_version.len);
	return api_version.len > len && !memcmp(api_version.text, kind->group, len);
}

/* A kind's other version is skipped, but not silently: its name says that it is meant. */
static void warn_of_version(const struct document *document, const struct kind *kind)
{
	const struct node *node = node_get(document->root, "apiVersion");

	diags_warning(document->reader->diags,
		node_place(document, node ? node : document->root),
		"kubectl get prints the version that is read",
		"%s of version '%.*s' is skipped: only %s%s is read", kind->name,
		(int)document->api_version.len, document->api_version.text, kind->group,
		kind->versions[0]);
}

static int read_kind(const struct document *document)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *kind = &kinds[i];
		size_t group_len = strlen(kind->group);
		struct word version = document->api_version;

		if (!word_is(document->kind, kind->name) || !is_of_group(kind, version))
			continue;
		version =
			(struct word){version.text + group_len, version.len - group_len};
		if (words_find(kind->versions, version) >= 0)
			return kind->read(document);
		warn_of_version(document, kind);
		break;
	}
	document->reader->model->skipped_len++;
	return 0;
}

static int read_object(const struct document *document);

/* Items of a list; of a raw list (ServiceList, ...) they carry no kind: it is the list's
 * name without "List". */
static int read_list(const struct document *list)
{
	struct word item_kind = {list->kind.text, list->kind.len - strlen("List")};
	int err = 0;

	for (const struct node *item = field_first(list, list->root, "items");
		item && !err; item = field_next(list, item, "items")) {
		struct document document = *list;

		document.root = item;
		document.kind = field_word(&document, item, "kind");
		if (!document.kind.len)
			document.kind = item_kind;
		document.api_version = field_word(&document, item, "apiVersion");
		if (!document.api_version.len)
			document.api_version = list->api_version;
		err = read_object(&document);
	}
	return err;
}

static bool is_list(const struct document *document)
{
	size_t len = strlen("List"), kind_len = document->kind.len;

	return kind_len >= len &&
	       !memcmp(document->kind.text + kind_len - len, "List", len) &&
	       node_get(document->root, "items");
}

static int read_object(const struct document *document)
{
	if (is_list(document))
		return read_list(document);
	document->reader->model->documents_len++;
	if (document->kind.len)
		return read_kind(document);
	if (!node_get(document->root, "kind"))
		diags_error(document->reader->diags, node_place(document, document->root),
			"every Kubernetes object says apiVersion and kind",
			"kind is missing");
	return 0;
}

static int read_root(
	struct reader *reader, const struct input *input, const struct node *root)
{
	struct document document = {.reader = reader, .input = input, .root = root};

	if (node_is_null(root))
		return 0;
	if (root->type != NODE_MAPPING) {
		diags_error(reader->diags, node_place(&document, root),
			root->type == NODE_SEQUENCE
				? "wrap it: {\"apiVersion\": \"v1\", \"kind\": \"List\", "
				  "\"items\": [...]}"
				: "a plain pod list begins with the word 'service'",
			"this is neither a Kubernetes object nor a plain pod list");
		return 0;
	}
	document.kind = field_word(&document, root, "kind");
	document.api_version = field_word(&document, root, "apiVersion");
	return read_object(&document);
}

int documents_read(struct reader *reader, const struct input *input)
{
	struct tree_reader *trees = tree_open(input, &reader->scratch, reader->diags);
	const struct node *root;
	int err = trees ? 0 : -ENOMEM;

	while (!err && (err = tree_next(trees, &root)) > 0)
		err = read_root(reader, input, root);
	tree_close(trees);
	return err;
}
