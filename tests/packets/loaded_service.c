/* SPDX-License-Identifier: BSD-2-Clause */
/* Services of one pod for the loaded program, whatever their clients hash to. */
#include "loaded.h"
#include "slot.h"

#define SLOTS 7

struct sp_service loaded_service_of(const struct loaded_service *service)
{
	return (struct sp_service){
		.versions[0] = {.generation = 1,
			.first = service->number * LOADED_TABLE_STEP,
			.size = SLOTS,
			.present = 1,
			.key = service->key,
			.algorithm = service->algorithm,
			.index_bits = service->algorithm == SP_ALGORITHM_RING_HASH,
			.forward = service->forward},
		.vip = service->vip,
	};
}

struct sp_pod loaded_pod_of(const struct loaded_service *service)
{
	return (struct sp_pod){
		.at = service->pod,
		.versions[0] = {.generation = 1,
			.service = service->number,
			.weight = 1,
			.state = SP_POD_READY},
	};
}

void loaded_add(const struct loaded_service *service)
{
	struct sp_service value = loaded_service_of(service);
	struct sp_pod pod = loaded_pod_of(service);
	__u64 words[2 * SLOTS + 2];

	for (__u64 i = 0; i < SLOTS; i++) {
		words[i] = sp_slot_clean(service->number);
		words[SLOTS + i] = i << 61; /* points of a ring */
	}
	/* Two buckets: points 0 to 3 are below 1 << 63, the others are not. */
	words[2 * SLOTS] = (__u64)4 << 32 | 0;
	words[2 * SLOTS + 1] = (__u64)SLOTS << 32 | 4;
	loaded_set_words(service->number * LOADED_TABLE_STEP, words, 2 * SLOTS + 2);
	loaded_set_service(service->number, &value);
	loaded_set_pod(service->number, &pod);
	loaded_set_vip(&service->vip, service->number);
	loaded_set_back(&service->pod, service->number);
}
