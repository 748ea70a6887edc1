/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of services and pods in a snapshot: what stays keeps its own. Pure. */
#ifndef L7_NUMBERS_H
#define L7_NUMBERS_H

#include "l7/tables.h"

struct number {
	struct sp_endpoint at;
	uint32_t service; /* of a pod: the number of its service; of a service 0 */
	uint32_t number;
	uint32_t born; /* of a pod */
};

/* Zero-initialised: none. The arrays are sorted. */
struct numbers {
	struct number *services, *pods;
	size_t services_len, pods_len;
	uint32_t services_end, pods_end; /* one above the highest number */
};

/* Number all TCP services of `model` and their pods.
 *
 * before      the tables of before, or NULL
 * generation  when new pods are born
 * Returns 0; -ENOSPC there are more than the maps hold; -ENOMEM. numbers_done() frees it,
 * after a failure, too. */
int numbers_make(struct numbers *numbers, const struct model *model,
	const struct l7_tables *before, uint32_t generation);
void numbers_done(struct numbers *numbers);

/* Of one that was numbered. */
const struct number *numbers_of_service(
	const struct numbers *numbers, const struct sp_endpoint *vip);
const struct number *numbers_of_pod(
	const struct numbers *numbers, uint32_t service, const struct sp_endpoint *at);

#endif
