/* SPDX-License-Identifier: BSD-2-Clause */
/* From the texts that people have to the model: YAML, JSON or plain pod lists. Pure. */
#ifndef MANIFEST_MANIFEST_H
#define MANIFEST_MANIFEST_H

#include "model/model.h"

struct manifest_options {
	bool cluster_ips; /* take clusterIPs as VIPs too */
};

/* Read all `sources` as one set, join Services, EndpointSlices, Pods and
 * DestinationRules, and run model_check() on the outcome. The result does not depend on
 * the order of sources or documents.
 *
 * sources    borrowed; must outlive ret_model and diags (places point into them)
 * ret_model  zero-initialised by the caller; filled only on success; model_done() frees
 * it Returns 0 (there may be warnings); -EINVAL with at least one error in diags;
 * -ENOMEM. */
int manifest_read(const struct source *sources, size_t sources_len,
	const struct manifest_options *options, struct model *ret_model,
	struct diags *diags);

#endif
