/* SPDX-License-Identifier: BSD-2-Clause */
/* The consistentHash of a DestinationRule. */
#ifndef MANIFEST_HASH_H
#define MANIFEST_HASH_H

#include "manifest/document.h"

/* Read `hash` into ret_policy. Returns 0, errors in diags or not; -ENOMEM. */
int hash_read(const struct document *document, const struct node *hash,
	struct rule_policy *ret_policy);

/* Report each key of the mapping that is not in the list: as an error, or as a warning.
 * Returns how many there are. */
size_t fields_check(const struct document *document, const struct node *mapping,
	const char *const *known, enum severity severity);

#endif
