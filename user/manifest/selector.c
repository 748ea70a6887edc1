/* SPDX-License-Identifier: BSD-2-Clause */
/* Which Pods a Service selects by their labels. */
#include "manifest/selector.h"

#include <errno.h>
#include <stdlib.h>

#include "manifest/document.h"

static int compare_labels(const void *left, const void *right)
{
	const struct label *a = left, *b = right;
	int order = word_compare(a->namespace, b->namespace);

	if (!order)
		order = word_compare(a->key, b->key);
	if (!order)
		order = word_compare(a->value, b->value);
	return order ? order : (a->pod > b->pod) - (a->pod < b->pod);
}

int label_index_build(struct label_index *index, const struct pod_record *pods,
	size_t pods_len, struct arena *arena)
{
	size_t most = 0;

	*index = (struct label_index){0};
	for (size_t i = 0; i < pods_len; i++)
		most += pods[i].labels ? pods[i].labels->len / 2 : 0;
	index->labels = arena_alloc(arena, most * sizeof(*index->labels));
	if (!index->labels)
		return -ENOMEM;
	for (size_t i = 0; i < pods_len; i++) {
		const struct node *key = pods[i].labels ? pods[i].labels->children : NULL;

		for (; key; key = key->next->next)
			index->labels[index->len++] = (struct label){pods[i].id.namespace,
				node_word(key), node_word(key->next), &pods[i]};
	}
	if (index->len)
		qsort(index->labels, index->len, sizeof(*index->labels), compare_labels);
	return 0;
}

/* The first label that is not below `wanted`. */
static size_t find_lower(const struct label_index *index, const struct label *wanted)
{
	size_t low = 0, high = index->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_labels(&index->labels[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct label *label_index_find(const struct label_index *index,
	const struct service_record *service, size_t *ret_len)
{
	const struct label *best = NULL;
	const struct node *key = service->selector ? service->selector->children : NULL;

	*ret_len = 0;
	for (; key; key = key->next->next) {
		struct label wanted = {service->id.namespace, node_word(key),
			node_word(key->next), NULL};
		size_t first = find_lower(index, &wanted), end;

		wanted.pod = (const struct pod_record *)UINTPTR_MAX;
		end = find_lower(index, &wanted);
		if (best && end - first >= *ret_len)
			continue;
		best = &index->labels[first];
		*ret_len = end - first;
	}
	return best;
}

bool selector_fits(const struct node *selector, const struct pod_record *pod)
{
	for (const struct node *key = selector->children; key; key = key->next->next) {
		const struct node *value = node_find(pod->labels, node_word(key));

		if (!value || word_compare(node_word(value), node_word(key->next)))
			return false;
	}
	return true;
}
