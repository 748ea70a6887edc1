/* SPDX-License-Identifier: BSD-2-Clause */
/* YAML and JSON documents as trees of nodes that know where in the text they are. */
#ifndef MANIFEST_TREE_H
#define MANIFEST_TREE_H

#include <stdint.h>

#include "manifest/input.h"

#define TREE_DEPTH_MAX 64
#define TREE_ANCHORS_MAX 256
#define TREE_ALIASED_MAX 1000000 /* nodes that the aliases of a document stand for */

enum node_type {
	NODE_SCALAR,
	NODE_MAPPING, /* children: key, value, key, value, ...; keys are scalars, once
			 each */
	NODE_SEQUENCE,
};

/* Children are shared between an alias and what it stands for: never written to. */
struct node {
	union {
		const char *text; /* of a scalar; need not end with a NUL */
		struct node *children;
	};
	struct node *next; /* sibling */
	uint32_t len;	   /* bytes of text, or number of children */
	uint32_t offset;   /* in the source */
	uint32_t span;	   /* bytes to underline there */
	uint8_t type;	   /* enum node_type */
	uint8_t height;	   /* levels below it */
	bool plain;	   /* a scalar without quotes: may be null, a number, ... */
};

struct tree_reader;

/* Read the documents of `input` one by one. Trees are the arena's.
 * NULL when memory is out. */
struct tree_reader *tree_open(
	const struct input *input, struct arena *arena, struct diags *diags);

/* The next document's root. A document that cannot be read is reported and left out.
 * Returns 1 with *ret_root set; 0 at the end; -ENOMEM. */
int tree_next(struct tree_reader *reader, const struct node **ret_root);

void tree_close(struct tree_reader *reader); /* takes NULL */

#endif
