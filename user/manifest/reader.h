/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of the several kinds share: the model in the making. */
#ifndef MANIFEST_READER_H
#define MANIFEST_READER_H

#include "manifest/input.h"
#include "manifest/manifest.h"

struct reader {
	struct model *model; /* takes services; its arena takes what they point to */
	struct arena scratch; /* lines, trees, records: until the model is made */
	struct diags *diags;
	const struct manifest_options *options;
};

/* One more service at the end of the model, not yet filled; NULL when memory is out. */
struct service *reader_add_service(struct reader *reader);

/* One more pod at the end of the service, not yet filled; NULL when memory is out. */
struct pod *reader_add_pod(struct reader *reader, struct service *service);

/* Is the source a plain pod list: is its first word, after comments, `service`? */
bool plain_is_list(const struct source *source);

/* Read a plain pod list into the model. Returns 0, errors in diags or not; -ENOMEM. */
int plain_read(struct reader *reader, const struct input *input);

#endif
