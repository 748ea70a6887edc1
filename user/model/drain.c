/* SPDX-License-Identifier: BSD-2-Clause */
/* Pods that a person has drained: they stay so whatever the manifests say. */
#include <errno.h>
#include <stdlib.h>

#include "model/model.h"

static int compare_endpoints(const void *a, const void *b)
{
	return model_compare_endpoints(a, b);
}

/* The endpoints of drained pods, sorted; free() them. NULL: memory is out. */
static struct sp_endpoint *find_drained(const struct model *live, size_t *ret_len)
{
	struct sp_endpoint *drained;
	size_t len = 0;

	for (size_t i = 0; i < live->services_len; i++)
		for (size_t j = 0; j < live->services[i].pods_len; j++)
			len += live->services[i].pods[j].drained != SP_DRAINED_NOT;
	drained = malloc((len + 1) * sizeof(*drained));
	*ret_len = len;
	for (size_t i = 0; drained && i < live->services_len; i++)
		for (size_t j = 0; j < live->services[i].pods_len; j++)
			if (live->services[i].pods[j].drained)
				drained[--len] = live->services[i].pods[j].at;
	if (drained)
		qsort(drained, *ret_len, sizeof(*drained), compare_endpoints);
	return drained;
}

void pod_drain(struct pod *pod)
{
	if (!pod->drained)
		pod->drained = pod->state == SP_POD_DRAINING ? SP_DRAINED_BOTH
							     : SP_DRAINED_BY_HAND;
	pod->state = SP_POD_DRAINING;
}

void pod_undrain(struct pod *pod)
{
	if (pod->drained == SP_DRAINED_BY_HAND)
		pod->state = SP_POD_READY;
	pod->drained = SP_DRAINED_NOT;
}

static void service_drain(
	struct service *service, const struct sp_endpoint *drained, size_t len)
{
	bool changed = false;

	for (size_t i = 0; i < service->pods_len; i++) {
		struct pod *pod = &service->pods[i];

		if (!bsearch(&pod->at, drained, len, sizeof(*drained), compare_endpoints))
			continue;
		pod_drain(pod);
		changed = true;
	}
	if (changed)
		service->fingerprint = model_fingerprint(service);
}

int model_keep_drained(const struct model *live, struct model *wanted)
{
	size_t len;
	struct sp_endpoint *drained = find_drained(live, &len);

	if (!drained)
		return -ENOMEM;
	for (size_t i = 0; i < wanted->services_len && len; i++)
		service_drain(&wanted->services[i], drained, len);
	free(drained);
	return 0;
}
