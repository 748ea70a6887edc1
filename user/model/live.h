/* SPDX-License-Identifier: BSD-2-Clause */
/* Which version of a service or a pod is live (include/types.h). Pure. */
#ifndef MODEL_LIVE_H
#define MODEL_LIVE_H

#include <stddef.h>

#include "types.h"

/* NULL: in that generation there is no such service. */
static inline const struct sp_service_version *service_live(
	const struct sp_service *service, __u32 generation)
{
	int live = sp_version_live(service->versions[0].generation,
		service->versions[1].generation, generation);

	return live >= 0 && service->versions[live].present ? &service->versions[live]
							    : NULL;
}

static inline const struct sp_pod_version *pod_live(
	const struct sp_pod *pod, __u32 generation)
{
	int live = sp_version_live(
		pod->versions[0].generation, pod->versions[1].generation, generation);

	return live >= 0 && pod->versions[live].state != SP_POD_GONE
		       ? &pod->versions[live]
		       : NULL;
}

#endif
