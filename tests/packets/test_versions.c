/* SPDX-License-Identifier: BSD-2-Clause */
/* Which version of a service or pod a packet sees, and maps that contradict each other.
 */
#include <stdio.h>

#include "rows.h"
#include "slot.h"

static struct loaded_service shop; /* replaced for each row */
static struct sp_service shop_service;
static struct sp_pod shop_pod;

/* A fresh service, live in generation 1; the row changes and writes it again. */
static void shop_open(bool is_v6)
{
	static uint32_t number = 200;
	const struct loaded_service *web = cast_web(is_v6);

	shop = (struct loaded_service){
		.number = number,
		.vip = web->vip,
		.pod = web->pod,
		.key = SP_KEY_SOURCE_IP,
	};
	shop.vip.port = shop.pod.port = (__be16)(number * 7);
	number++;
	loaded_add(&shop);
	shop_service = loaded_service_of(&shop);
	shop_pod = loaded_pod_of(&shop);
	loaded_set_generation(1);
}

static bool shop_forwards(void)
{
	struct frame in = frame_to_vip(&shop), out = frame_to_pod(&shop);

	return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
}

static bool shop_passes(enum sp_reason reason)
{
	struct frame in = frame_to_vip(&shop);

	return row_passes_frame(&in, NETWORK_CLIENT, reason);
}

static bool pod_forwards(void)
{
	struct frame in = frame_from_pod(&shop), out = frame_to_client(&shop);

	return row_forwards(&in, NETWORK_POD, &out, SP_REASON_TO_CLIENT);
}

static bool pod_passes(enum sp_reason reason)
{
	struct frame in = frame_from_pod(&shop);

	return row_passes_frame(&in, NETWORK_POD, reason);
}

static bool row_nothing_is_live(void)
{
	shop_open(false);
	loaded_set_generation(0);
	return shop_passes(SP_REASON_NOT_OURS) && pod_passes(SP_REASON_NOT_OURS);
}

static bool row_future_is_invisible(void)
{
	shop_open(true);
	shop_service.versions[0].generation = 2;
	shop_pod.versions[0].generation = 2;
	loaded_set_service(shop.number, &shop_service);
	loaded_set_pod(shop.number, &shop_pod);
	return shop_passes(SP_REASON_NOT_OURS) && pod_passes(SP_REASON_NOT_OURS);
}

/* The other version has another pod; one store to sp_state makes it live. `at` is the
 * place of the version that is written second. */
static bool switch_versions(int at)
{
	struct loaded_service other;
	bool before, after;

	shop_open(false);
	shop_service.versions[1] = shop_service.versions[0];
	shop_service.versions[at].generation = 5;
	shop_service.versions[1 - at].generation = 4;
	shop_service.versions[at].first = cast_web(false)->number * LOADED_TABLE_STEP;
	shop_service.versions[at].size = 3;
	loaded_set_service(shop.number, &shop_service);
	other = shop;
	other.pod = cast_web(false)->pod;
	loaded_set_generation(4);
	before = shop_forwards();
	loaded_set_generation(5);
	shop = other;
	after = shop_forwards();
	loaded_set_generation(9);
	return before && after && shop_forwards();
}

static bool row_switch_to_second(void)
{
	return switch_versions(1);
}

static bool row_switch_to_first(void)
{
	return switch_versions(0);
}

static bool row_removed_service(void)
{
	bool before, after;

	shop_open(true);
	shop_service.versions[1] = (struct sp_service_version){.generation = 2};
	loaded_set_service(shop.number, &shop_service);
	before = shop_forwards();
	loaded_set_generation(2);
	after = shop_passes(SP_REASON_NOT_OURS);
	loaded_forget_vip(&shop.vip);
	return before && after && shop_passes(SP_REASON_NOT_OURS);
}

/* The number of before is still in each CPU's hints. */
static bool row_vip_comes_back(void)
{
	struct loaded_service back;
	bool before;

	shop_open(false);
	before = shop_forwards();
	back = shop;
	back.number += 500;
	shop_service.versions[1] = (struct sp_service_version){.generation = 2};
	loaded_set_service(shop.number, &shop_service);
	loaded_set_generation(2);
	back.pod.port ^= 1;
	loaded_add(&back);
	shop = back;
	return before && shop_forwards();
}

/* The number goes to another VIP; the old one is nobody's. */
static bool row_number_is_used_again(void)
{
	struct loaded_service old;
	bool before, after;

	shop_open(true);
	before = shop_forwards();
	old = shop;
	loaded_forget_vip(&shop.vip);
	shop.vip.port ^= 0xff;
	loaded_add(&shop);
	after = shop_forwards();
	shop = old;
	return before && after && shop_passes(SP_REASON_NOT_OURS);
}

static bool row_removed_pod(void)
{
	bool before;

	shop_open(true);
	shop_pod.versions[1] = (struct sp_pod_version){.generation = 2};
	loaded_set_pod(shop.number, &shop_pod);
	before = pod_forwards();
	loaded_set_generation(2);
	return before && pod_passes(SP_REASON_NOT_OURS);
}

static bool row_draining_pod(void)
{
	shop_open(false);
	shop_pod.versions[0].state = SP_POD_DRAINING;
	loaded_set_pod(shop.number, &shop_pod);
	return pod_forwards();
}

/* A pod's number outlives its service: it moves to another one with the version. */
static bool row_pod_changes_service(void)
{
	bool before;

	shop_open(false);
	shop_pod.versions[1] = shop_pod.versions[0];
	shop_pod.versions[1].generation = 2;
	shop_pod.versions[1].service = cast_web(false)->number;
	loaded_set_pod(shop.number, &shop_pod);
	before = pod_forwards();
	loaded_set_generation(2);
	shop.vip = cast_web(false)->vip;
	return before && pod_forwards();
}

static bool row_no_pod(void)
{
	shop_open(true);
	shop_service.versions[0].size = 0;
	loaded_set_service(shop.number, &shop_service);
	return shop_passes(SP_REASON_NO_POD);
}

static bool row_l7(void)
{
	static const enum sp_key keys[] = {SP_KEY_COOKIE, SP_KEY_HEADER, SP_KEY_QUERY};
	bool right = true;

	for (int i = 0; i < 3; i++) {
		shop_open(i & 1);
		shop_service.versions[0].key = keys[i];
		loaded_set_service(shop.number, &shop_service);
		right &= shop_passes(SP_REASON_L7);
	}
	for (int key = SP_KEY_SOURCE_IP_PORT; key <= SP_KEY_SOURCE_IP; key++) {
		shop_open(key & 1);
		shop_service.versions[0].key = (__u8)key;
		shop_service.versions[0].forward = SP_FORWARD_L7;
		loaded_set_service(shop.number, &shop_service);
		right &= shop_passes(SP_REASON_L7);
	}
	return right;
}

static bool row_missing_chunk(void)
{
	shop_open(false);
	shop_service.versions[0].first = 5 * SP_CHUNK_WORDS;
	loaded_set_service(shop.number, &shop_service);
	if (!shop_passes(SP_REASON_BROKEN_MAP))
		return false;
	shop_service.versions[0].algorithm = SP_ALGORITHM_RING_HASH;
	shop_service.versions[0].index_bits = 1;
	loaded_set_service(shop.number, &shop_service);
	return shop_passes(SP_REASON_BROKEN_MAP);
}

static bool row_missing_pod(void)
{
	__u64 words[7];

	shop_open(false);
	for (int i = 0; i < 7; i++)
		words[i] = sp_slot_clean(SP_PODS_MAX);
	loaded_set_words(shop.number * LOADED_TABLE_STEP, words, 7);
	return shop_passes(SP_REASON_BROKEN_MAP);
}

static bool row_missing_number(void)
{
	shop_open(false);
	loaded_set_vip(&shop.vip, SP_SERVICES_MAX);
	loaded_set_back(&shop.pod, SP_PODS_MAX);
	return shop_passes(SP_REASON_NOT_OURS) && pod_passes(SP_REASON_BROKEN_MAP);
}

static bool row_pod_of_other_kind(void)
{
	bool right;

	shop_open(true);
	shop_pod.at = cast_web(false)->pod;
	loaded_set_pod(shop.number, &shop_pod);
	right = shop_passes(SP_REASON_BROKEN_MAP);
	shop_open(false);
	shop_pod.at.protocol = 17;
	loaded_set_pod(shop.number, &shop_pod);
	return right && shop_passes(SP_REASON_BROKEN_MAP);
}

static bool row_vip_of_other_kind(void)
{
	shop_open(true);
	shop_pod.versions[0].service = cast_web(false)->number;
	loaded_set_pod(shop.number, &shop_pod);
	return pod_passes(SP_REASON_BROKEN_MAP);
}

static const struct {
	const char *sentence;
	bool (*run)(void);
} rows[] = {
	{"before the first apply nothing is ours", row_nothing_is_live},
	{"what is not published yet is not ours", row_future_is_invisible},
	{"one store switches to the second version", row_switch_to_second},
	{"one store switches to the first version", row_switch_to_first},
	{"a removed service is not ours, before and after its VIP is forgotten",
		row_removed_service},
	{"a VIP comes back under another number", row_vip_comes_back},
	{"a service's number is used again for another VIP", row_number_is_used_again},
	{"a removed pod is not ours", row_removed_pod},
	{"a draining pod still answers its clients", row_draining_pod},
	{"a pod goes over to another service", row_pod_changes_service},
	{"a service without slots has no pod", row_no_pod},
	{"a service keyed by cookie, header or query is the stack's", row_l7},
	{"a table in a chunk that is not there", row_missing_chunk},
	{"a slot with a pod out of range", row_missing_pod},
	{"a VIP and a pod whose number is out of range", row_missing_number},
	{"a pod of another family or protocol", row_pod_of_other_kind},
	{"a pod whose VIP is of another family", row_vip_of_other_kind},
};

int main(void)
{
	rows_open();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row_count(rows[i].run(), "%s", rows[i].sentence);
	return rows_close();
}
