/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of a document by name and type. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "manifest/document.h"
#include "model/text.h"

struct place node_place(const struct document *document, const struct node *node)
{
	return input_place(document->input, node->offset, node->span);
}

static bool is_one_of(const struct node *node, const char *const *words)
{
	return node->type == NODE_SCALAR && node->plain &&
	       words_find(words, node_word(node)) >= 0;
}

bool node_is_null(const struct node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

	return is_one_of(node, words);
}

static bool is_true(const struct node *node)
{
	static const char *const words[] = {"true", "True", "TRUE", NULL};

	return is_one_of(node, words);
}

static bool is_bool(const struct node *node)
{
	static const char *const words[] = {"false", "False", "FALSE", NULL};

	return is_true(node) || is_one_of(node, words);
}

/* A sign, digits, a fraction and an exponent, as both YAML and JSON have them. */
static bool is_number(const struct node *node)
{
	struct word word = node_word(node);
	const char *at = word.text, *end = at + word.len;
	bool digits = false, dot = false;

	if (node->type != NODE_SCALAR || !node->plain)
		return false;
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	for (; at < end && ((*at >= '0' && *at <= '9') || (*at == '.' && !dot)); at++) {
		dot |= *at == '.';
		digits |= *at != '.';
	}
	if (digits && at < end && (*at == 'e' || *at == 'E')) {
		digits = false;
		at++;
		if (at < end && (*at == '-' || *at == '+'))
			at++;
		for (; at < end && *at >= '0' && *at <= '9'; at++)
			digits = true;
	}
	return digits && at == end;
}

static const char *describe(const struct node *node)
{
	if (node->type == NODE_MAPPING)
		return "a mapping";
	if (node->type == NODE_SEQUENCE)
		return "a list";
	if (node_is_null(node))
		return "null";
	return is_bool(node) ? "a boolean" : is_number(node) ? "a number" : "a string";
}

static bool is_string(const struct node *node)
{
	return node->type == NODE_SCALAR && !node_is_null(node) && !is_bool(node) &&
	       !is_number(node);
}

bool node_check(const struct document *document, const struct node *node, enum want want,
	const char *what)
{
	static const char *const names[] = {
		[WANT_STRING] = "a string",
		[WANT_NUMBER] = "a number",
		[WANT_BOOL] = "true or false",
		[WANT_LIST] = "a list",
		[WANT_MAPPING] = "a mapping",
		[WANT_NUMBER_OR_STRING] = "a number or a string",
	};
	const bool fits[] = {
		[WANT_STRING] = is_string(node),
		[WANT_NUMBER] = is_number(node),
		[WANT_BOOL] = is_bool(node),
		[WANT_LIST] = node->type == NODE_SEQUENCE,
		[WANT_MAPPING] = node->type == NODE_MAPPING,
		[WANT_NUMBER_OR_STRING] = is_number(node) || is_string(node),
	};
	bool scalar = node->type == NODE_SCALAR && !node_is_null(node);

	if (fits[want])
		return true;
	diags_error(document->reader->diags, node_place(document, node),
		scalar && want == WANT_STRING			? "put it in quotes"
		: scalar && want == WANT_NUMBER && !node->plain ? "leave the quotes out"
								: NULL,
		"%s is %s, not %s", what, describe(node), names[want]);
	return false;
}

static const struct node *find_key(
	const struct node *mapping, const char *key, size_t len)
{
	for (const struct node *node = mapping->children; node; node = node->next->next)
		if (node->len == len && !memcmp(node->text, key, len))
			return node;
	return NULL;
}

/* The key that counts: the mapping's own, else the first of those merged in. */
static const struct node *find_merged_key(
	const struct node *mapping, const char *key, size_t len)
{
	const struct node *found = find_key(mapping, key, len), *merge;

	if (found)
		return found;
	merge = find_key(mapping, "<<", 2);
	merge = merge ? merge->next : NULL;
	if (merge && merge->type == NODE_MAPPING)
		return find_merged_key(merge, key, len);
	if (!merge || merge->type != NODE_SEQUENCE)
		return NULL;
	for (const struct node *each = merge->children; each && !found; each = each->next)
		if (each->type == NODE_MAPPING)
			found = find_merged_key(each, key, len);
	return found;
}

const struct node *node_find(const struct node *mapping, struct word key)
{
	const struct node *found = find_merged_key(mapping, key.text, key.len);

	return found && !node_is_null(found->next) ? found->next : NULL;
}

const struct node *node_get(const struct node *mapping, const char *key)
{
	return node_find(mapping, (struct word){key, strlen(key)});
}

struct place node_key_place(
	const struct document *document, const struct node *mapping, const char *key)
{
	const struct node *found = find_merged_key(mapping, key, strlen(key));

	return node_place(document, found ? found : mapping);
}

const struct node *field_get(const struct document *document, const struct node *mapping,
	const char *key, enum want want)
{
	const struct node *node = mapping ? node_get(mapping, key) : NULL;

	return node && node_check(document, node, want, key) ? node : NULL;
}

static const struct node *skip_others(
	const struct document *document, const struct node *element, const char *key)
{
	while (element && !node_check(document, element, WANT_MAPPING, key))
		element = element->next;
	return element;
}

const struct node *field_first(
	const struct document *document, const struct node *mapping, const char *key)
{
	const struct node *list = field_get(document, mapping, key, WANT_LIST);

	return list ? skip_others(document, list->children, key) : NULL;
}

const struct node *field_next(
	const struct document *document, const struct node *element, const char *key)
{
	return skip_others(document, element->next, key);
}

struct word field_word(
	const struct document *document, const struct node *mapping, const char *key)
{
	const struct node *node = field_get(document, mapping, key, WANT_STRING);

	return node ? node_word(node) : (struct word){"", 0};
}

bool field_need_word(const struct document *document, const struct node *mapping,
	const char *key, struct word *ret_word)
{
	size_t errors_before = document->reader->diags->errors_len;

	*ret_word = field_word(document, mapping, key);
	if (!ret_word->len && document->reader->diags->errors_len == errors_before)
		diags_error(document->reader->diags, node_place(document, mapping), NULL,
			"%s is missing here", key);
	return ret_word->len > 0;
}

bool field_bool(const struct document *document, const struct node *mapping,
	const char *key, bool absent)
{
	const struct node *node = field_get(document, mapping, key, WANT_BOOL);

	return node ? is_true(node) : absent;
}

uint64_t field_number(const struct document *document, const struct node *mapping,
	const char *key, uint64_t low, uint64_t high, uint64_t absent)
{
	const struct node *node = field_get(document, mapping, key, WANT_NUMBER);
	uint64_t number;

	if (!node)
		return absent;
	if (word_to_number(node_word(node), &number) && number >= low && number <= high)
		return number;
	diags_error(document->reader->diags, node_place(document, node), NULL,
		"%s %.*s is outside %llu..%llu", key, (int)node->len, node->text,
		(unsigned long long)low, (unsigned long long)high);
	return absent;
}

uint8_t field_protocol(const struct document *document, const struct node *mapping)
{
	static const char *const words[] = {"TCP", "UDP", "SCTP", NULL};
	const struct node *node = field_get(document, mapping, "protocol", WANT_STRING);
	int found = node ? words_find(words, node_word(node)) : 0;
	char hint[64];

	if (found == 0)
		return IPPROTO_TCP;
	if (found == 1)
		return IPPROTO_UDP;
	if (found == 2)
		diags_warning(document->reader->diags, node_place(document, node), NULL,
			"a port of protocol SCTP is left out: only TCP and UDP are "
			"served");
	else
		diags_error(document->reader->diags, node_place(document, node),
			words_suggest(words, node_word(node), hint, sizeof(hint)),
			"protocol '%.*s' is unknown", (int)node->len, node->text);
	return 0;
}

bool node_get_addr(const struct document *document, const struct node *node,
	const char *what, struct sp_addr *ret_addr)
{
	if (!node_check(document, node, WANT_STRING, what))
		return false;
	if (!addr_parse(node->text, node->len, ret_addr))
		return true;
	diags_error(document->reader->diags, node_place(document, node),
		"as in 192.0.2.10 or 2001:db8::10", "%s '%.*s' is not an IP address",
		what, (int)node->len, node->text);
	return false;
}

bool document_get_id(const struct document *document, struct object_id *ret_id)
{
	const struct node *metadata =
		field_get(document, document->root, "metadata", WANT_MAPPING);
	const struct node *name;

	if (!metadata && node_get(document->root, "metadata"))
		return false; /* reported */
	if (!metadata || !field_need_word(document, metadata, "name", &ret_id->name)) {
		if (!metadata)
			diags_error(document->reader->diags,
				node_place(document, document->root), NULL,
				"%.*s has no metadata", (int)document->kind.len,
				document->kind.text);
		return false;
	}
	name = node_get(metadata, "name");
	ret_id->place = node_place(document, name);
	ret_id->namespace = field_word(document, metadata, "namespace");
	if (!ret_id->namespace.len)
		ret_id->namespace = (struct word){"default", 7};
	return true;
}

int word_compare(struct word a, struct word b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.text, b.text, len) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

int object_id_compare(const struct object_id *a, const struct object_id *b)
{
	int order = word_compare(a->namespace, b->namespace);

	return order ? order : word_compare(a->name, b->name);
}
