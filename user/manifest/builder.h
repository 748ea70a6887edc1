/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of one document in the making, from the events of libfyaml.
 *
 * Of libfyaml's marks only the byte offset is used: its lines are off by one here and
 * there. Its document builder is not used: that one expands aliases without a limit. */
#ifndef MANIFEST_BUILDER_H
#define MANIFEST_BUILDER_H

#include <libfyaml.h>

#include "manifest/tree.h"

/* A mapping or sequence that is not complete yet. */
struct open_node {
	struct node *node;
	struct node *last; /* child */
};

struct anchor {
	struct word name;
	const struct node *node;
};

struct builder {
	const struct input *input;
	struct arena *arena;
	struct diags *diags;
	size_t base;   /* offset of the text that the parser got */
	size_t offset; /* of the last token, and its length: for what has no mark */
	size_t span;
	/* The document at hand. */
	struct open_node stack[TREE_DEPTH_MAX];
	size_t depth;
	struct node *root;
	struct anchor anchors[TREE_ANCHORS_MAX];
	size_t anchors_len;
	size_t aliased;
};

/* Report at `offset`; a document with an error is left out. Returns -EINVAL. */
int builder_report(struct builder *builder, size_t offset, size_t span, const char *hint,
	const char *message);

/* Note where the token is; one without a mark, as an absent value, is where the token
 * before it was. */
void builder_locate(struct builder *builder, struct fy_token *token);

/* Take one event into the tree. Returns 1 when the document is complete, 0 when it is
 * not; -EINVAL with an error in diags; -ENOMEM. */
int builder_take(struct builder *builder, const struct fy_event *event);

#endif
