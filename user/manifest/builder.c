/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of one document in the making. */
#include "manifest/builder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int builder_report(struct builder *builder, size_t offset, size_t span, const char *hint,
	const char *message)
{
	diags_error(builder->diags, input_place(builder->input, offset, span), hint, "%s",
		message);
	return -EINVAL;
}

void builder_locate(struct builder *builder, struct fy_token *token)
{
	const struct fy_mark *start = token ? fy_token_start_mark(token) : NULL;
	const struct fy_mark *end = token ? fy_token_end_mark(token) : NULL;

	if (!start || start->line < 0)
		return;
	builder->offset = builder->base + start->input_pos;
	builder->span = end && end->input_pos > start->input_pos
				? end->input_pos - start->input_pos
				: 1;
}

static int add_anchor(
	struct builder *builder, struct fy_token *token, const struct node *node)
{
	struct word name;

	if (!token)
		return 0;
	if (builder->anchors_len == TREE_ANCHORS_MAX)
		return builder_report(builder, builder->offset, builder->span,
			"write the values out",
			"a document may have at most 256 anchors");
	name.text = fy_token_get_text(token, &name.len);
	name.text = name.text ? arena_strndup(builder->arena, name.text, name.len) : NULL;
	if (!name.text)
		return -ENOMEM;
	builder->anchors[builder->anchors_len++] = (struct anchor){name, node};
	return 0;
}

static const struct node *find_anchor(const struct builder *builder, struct word name)
{
	for (size_t i = builder->anchors_len; i-- > 0;) {
		const struct word *other = &builder->anchors[i].name;

		if (other->len == name.len && !memcmp(other->text, name.text, name.len))
			return builder->anchors[i].node;
	}
	return NULL;
}

/* A new node where the reader is, hung under the innermost open node. */
static struct node *add_node(struct builder *builder, enum node_type type)
{
	struct node *node = arena_alloc(builder->arena, sizeof(*node));
	struct open_node *parent =
		builder->depth ? &builder->stack[builder->depth - 1] : NULL;

	if (!node)
		return NULL;
	node->type = (uint8_t)type;
	node->offset = (uint32_t)builder->offset;
	node->span = (uint32_t)builder->span;
	if (!parent)
		builder->root = node;
	else if (parent->last)
		parent->last->next = node;
	else
		parent->node->children = node;
	if (parent) {
		parent->last = node;
		parent->node->len++;
	}
	return node;
}

/* Is the next node a mapping's key? */
static bool is_key_next(const struct builder *builder)
{
	const struct node *node =
		builder->depth ? builder->stack[builder->depth - 1].node : NULL;

	return node && node->type == NODE_MAPPING && !(node->len & 1);
}

static bool has_str_tag(struct fy_token *tag)
{
	struct word text;

	if (!tag)
		return false;
	text.text = fy_token_get_text(tag, &text.len);
	return text.text &&
	       (word_is(text, "tag:yaml.org,2002:str") || word_is(text, "!"));
}

/* The text itself where it stands in the source as it is, else a copy. */
static int set_text(
	struct builder *builder, struct node *node, const char *text, size_t len)
{
	const struct source *source = builder->input->source;

	node->len = (uint32_t)len;
	if (len <= source->len - node->offset &&
		!memcmp(source->text + node->offset, text, len)) {
		node->text = source->text + node->offset;
		node->span = len ? (uint32_t)len : node->span;
		return 0;
	}
	/* A block's mark is at its first line, before the indentation. */
	while (node->span > 1 && source->text[node->offset] == ' ') {
		node->offset++;
		node->span--;
	}
	node->text = arena_strndup(builder->arena, text, len);
	return node->text ? 0 : -ENOMEM;
}

static int add_scalar(struct builder *builder, const struct fy_event *event)
{
	struct fy_token *value = event->scalar.value;
	struct node *node = add_node(builder, NODE_SCALAR);
	size_t len = 0;
	const char *text = value ? fy_token_get_text(value, &len) : NULL;
	int err;

	if (!node)
		return -ENOMEM;
	node->plain = (!value || fy_token_scalar_style(value) == FYSS_PLAIN) &&
		      !has_str_tag(event->scalar.tag);
	err = set_text(builder, node, text ? text : "", len);
	return err ? err : add_anchor(builder, event->scalar.anchor, node);
}

static int open_node(
	struct builder *builder, enum node_type type, struct fy_token *anchor)
{
	struct node *node;

	if (is_key_next(builder))
		return builder_report(
			builder, builder->offset, 1, NULL, "a key must be a word");
	if (builder->depth == TREE_DEPTH_MAX)
		return builder_report(builder, builder->offset, 1, NULL,
			"nested deeper than 64 levels");
	node = add_node(builder, type);
	if (!node)
		return -ENOMEM;
	node->span = 1;
	builder->stack[builder->depth++] = (struct open_node){node, NULL};
	return add_anchor(builder, anchor, node);
}

static int compare_keys(const void *left, const void *right)
{
	const struct node *a = *(const struct node *const *)left;
	const struct node *b = *(const struct node *const *)right;
	size_t len = a->len < b->len ? a->len : b->len;
	int order = len ? memcmp(a->text, b->text, len) : 0;

	if (!order)
		order = (a->len > b->len) - (a->len < b->len);
	return order ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

/* YAML forbids a key to come twice; libfyaml's events let it pass. The document can be
 * read on. */
static int check_keys(struct builder *builder, const struct node *mapping)
{
	const struct node *few[32], **keys = few;
	size_t len = 0;

	if (mapping->len / 2 > sizeof(few) / sizeof(few[0]))
		keys = calloc(mapping->len / 2, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (const struct node *key = mapping->children; key; key = key->next->next)
		keys[len++] = key;
	qsort(keys, len, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < len; i++)
		if (keys[i - 1]->len == keys[i]->len &&
			!memcmp(keys[i - 1]->text, keys[i]->text, keys[i]->len))
			builder_report(builder, keys[i]->offset, keys[i]->span,
				"leave one of the two out", "the key comes twice");
	if (keys != few)
		free(keys);
	return 0;
}

static int close_node(struct builder *builder)
{
	struct node *node = builder->stack[--builder->depth].node;
	uint8_t height = 0;

	for (const struct node *child = node->children; child; child = child->next)
		if (child->height >= height)
			height = child->height + 1;
	node->height = height;
	return node->type == NODE_MAPPING ? check_keys(builder, node) : 0;
}

/* Nodes below and with `node`, no more than `most` of them. */
static size_t count_nodes(const struct node *node, size_t most)
{
	size_t count = 1;

	if (node->type == NODE_SCALAR)
		return count;
	for (const struct node *child = node->children; child && count < most;
		child = child->next)
		count += count_nodes(child, most - count);
	return count;
}

/* An alias is a node that shares the children of what it stands for. */
static int add_alias(struct builder *builder, struct fy_token *token)
{
	struct word name = {0};
	const struct node *target;
	struct node *node;

	name.text = token ? fy_token_get_text(token, &name.len) : NULL;
	target = name.text ? find_anchor(builder, name) : NULL;
	if (!target)
		return builder_report(builder, builder->offset, builder->span,
			"an anchor is written &name before its value",
			"the alias has no anchor in this document");
	for (size_t i = 0; i < builder->depth; i++)
		if (builder->stack[i].node == target)
			return builder_report(builder, builder->offset, builder->span,
				NULL, "the alias stands for what it is part of");
	if (is_key_next(builder) && target->type != NODE_SCALAR)
		return builder_report(builder, builder->offset, builder->span, NULL,
			"a key must be a word");
	builder->aliased += count_nodes(target, TREE_ALIASED_MAX);
	if (builder->aliased >= TREE_ALIASED_MAX ||
		builder->depth + target->height > TREE_DEPTH_MAX)
		return builder_report(builder, builder->offset, builder->span,
			"write the values out",
			"the aliases of this document stand for too many values");
	node = add_node(builder, (enum node_type)target->type);
	if (!node)
		return -ENOMEM;
	node->children = target->children;
	if (target->type == NODE_SCALAR)
		node->text = target->text;
	node->len = target->len;
	node->height = target->height;
	node->plain = target->plain;
	return 0;
}

int builder_take(struct builder *builder, const struct fy_event *event)
{
	switch (event->type) {
	case FYET_SCALAR:
		return add_scalar(builder, event);
	case FYET_ALIAS:
		return add_alias(builder, event->alias.anchor);
	case FYET_MAPPING_START:
		return open_node(builder, NODE_MAPPING, event->mapping_start.anchor);
	case FYET_SEQUENCE_START:
		return open_node(builder, NODE_SEQUENCE, event->sequence_start.anchor);
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END:
		return close_node(builder);
	case FYET_DOCUMENT_END:
		return 1;
	default:
		return 0;
	}
}
