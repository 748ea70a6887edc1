/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of the several kinds share: the model in the making. */
#ifndef MANIFEST_READER_H
#define MANIFEST_READER_H

#include "manifest/input.h"
#include "manifest/manifest.h"
#include "manifest/records.h"

struct reader {
	struct model *model;	/* takes services; its arena takes what they point to */
	struct records records; /* of Kubernetes' and Istio's kinds */
	struct arena scratch;	/* lines, trees, records: until the model is made */
	struct diags *diags;
	const struct manifest_options *options;
};

/* One more service at the end of the model, not yet filled; NULL when memory is out. */
struct service *reader_add_service(struct reader *reader);

/* One more pod at the end of the service, not yet filled; NULL when memory is out. */
struct pod *reader_add_pod(struct reader *reader, struct service *service);

/* Add an item of the type of *items to a list of records, in scratch memory. Returns the
 * zeroed item; NULL when memory is out. */
#define reader_add_record(reader, items, len) \
	((__typeof__(*(items)))records_add(   \
		&(reader)->scratch, (void **)(items), len, sizeof(**(items))))
void *records_add(struct arena *arena, void **items, size_t *len, size_t size);

/* Is the source a plain pod list: is its first word, after comments, `service`? */
bool plain_is_list(const struct source *source);

/* Read a plain pod list into the model. Returns 0, errors in diags or not; -ENOMEM. */
int plain_read(struct reader *reader, const struct input *input);

/* Sort the records: services, slices by their service and name, pods, rules by their
 * host. What is given twice is reported. */
void records_sort(struct reader *reader);

/* Of sorted records: the slices of a Service, and the rule for it; NULL: none. */
const struct slice_record *records_find_slices(
	const struct records *records, const struct object_id *service, size_t *ret_len);
struct rule_record *records_find_rule(
	const struct records *records, const struct object_id *host);

/* Make services of the records. Returns 0, errors in diags or not; -ENOMEM. */
int records_join(struct reader *reader);

#endif
