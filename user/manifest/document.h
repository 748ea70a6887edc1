/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of a document by name and type; what is of another type is reported at its
 * place. */
#ifndef MANIFEST_DOCUMENT_H
#define MANIFEST_DOCUMENT_H

#include "manifest/reader.h"
#include "manifest/tree.h"

/* One document, or one item of a list. */
struct document {
	struct reader *reader;
	const struct input *input;
	const struct node *root;
	struct word kind;
	struct word api_version;
};

enum want {
	WANT_STRING,
	WANT_NUMBER,
	WANT_BOOL,
	WANT_LIST,
	WANT_MAPPING,
	WANT_NUMBER_OR_STRING,
};

/* A scalar's text; of anything else an empty word. */
static inline struct word node_word(const struct node *node)
{
	if (node->type != NODE_SCALAR)
		return (struct word){"", 0};
	return (struct word){node->text, node->len};
}

struct place node_place(const struct document *document, const struct node *node);

/* The value of `key`, or NULL; null counts as absent. Looks through merge keys (<<). */
const struct node *node_get(const struct node *mapping, const char *key);

/* The same for a key that need not end with a NUL. */
const struct node *node_find(const struct node *mapping, struct word key);

/* The place of `key` in a mapping that has it. */
struct place node_key_place(
	const struct document *document, const struct node *mapping, const char *key);

bool node_is_null(const struct node *node);

/* Is the node of the type? If not, an error names `what` at its place. */
bool node_check(const struct document *document, const struct node *node, enum want want,
	const char *what);

/* The value of `key` if it is there and of the type wanted; NULL else. `mapping` may be
 * NULL: then everything in it is absent. */
const struct node *field_get(const struct document *document, const struct node *mapping,
	const char *key, enum want want);

/* The first element of a list of mappings, or NULL; elements that are none are reported
 * and passed over by field_next(). */
const struct node *field_first(
	const struct document *document, const struct node *mapping, const char *key);
const struct node *field_next(
	const struct document *document, const struct node *element, const char *key);

/* Text of a string field; empty when it is absent. */
struct word field_word(
	const struct document *document, const struct node *mapping, const char *key);

/* Like field_word(), but absent or empty is an error. Returns false then. */
bool field_need_word(const struct document *document, const struct node *mapping,
	const char *key, struct word *ret_word);

/* A boolean field; `absent` when it is not there. */
bool field_bool(const struct document *document, const struct node *mapping,
	const char *key, bool absent);

/* A number within low..high; `absent` when it is not there or wrong (which is reported).
 */
uint64_t field_number(const struct document *document, const struct node *mapping,
	const char *key, uint64_t low, uint64_t high, uint64_t absent);

/* "TCP", "UDP", absent = TCP, to IPPROTO_*; 0 for SCTP (a warning) or another (error). */
uint8_t field_protocol(const struct document *document, const struct node *mapping);

/* An address at `node`, a string. Returns false when it is none (reported). */
bool node_get_addr(const struct document *document, const struct node *node,
	const char *what, struct sp_addr *ret_addr);

/* Name and namespace of the object. Returns false when there is no name (reported). */
bool document_get_id(const struct document *document, struct object_id *ret_id);

/* By namespace, then name. */
int word_compare(struct word a, struct word b);
int object_id_compare(const struct object_id *a, const struct object_id *b);

/* One reader per kind: the document into the reader's records. Returns 0, errors in diags
 * or not; -ENOMEM. */
int service_read(const struct document *document);
int slice_read(const struct document *document);
int pod_read(const struct document *document);
int rule_read(const struct document *document);

/* Read all documents of a YAML or JSON source into the reader's records. Returns 0,
 * errors in diags or not; -ENOMEM. */
int documents_read(struct reader *reader, const struct input *input);

#endif
