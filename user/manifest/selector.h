/* SPDX-License-Identifier: BSD-2-Clause */
/* Which Pods a Service selects by their labels. */
#ifndef MANIFEST_SELECTOR_H
#define MANIFEST_SELECTOR_H

#include "manifest/reader.h"

struct label {
	struct word namespace;
	struct word key;
	struct word value;
	const struct pod_record *pod;
};

/* All labels of all pods, sorted: a service then looks at few pods only. */
struct label_index {
	struct label *labels;
	size_t len;
};

/* `pods` are borrowed and keep their order. Returns 0; -ENOMEM. */
int label_index_build(struct label_index *index, const struct pod_record *pods,
	size_t pods_len, struct arena *arena);

/* The labels among which the selected pods are: the fewest that one pair of the selector
 * leaves. The pods of other pairs are sorted out by selector_fits(). */
const struct label *label_index_find(const struct label_index *index,
	const struct service_record *service, size_t *ret_len);

bool selector_fits(const struct node *selector, const struct pod_record *pod);

#endif
