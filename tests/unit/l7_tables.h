/* SPDX-License-Identifier: BSD-2-Clause */
/* Made-up tables and a worker's look at them, for the tests of l7/tables.h. */
#ifndef L7_TABLES_TEST_H
#define L7_TABLES_TEST_H

#include "test.h"

#include <netinet/in.h>
#include <stdint.h>

#include "l7/tables.h"
#include "model/text.h"
#include "table/table.h"

#define SERVICES 4
#define PODS 16
#define WORDS 4096

/* Made-up tables, and a worker's look at them. */
struct world {
	struct sp_state state;
	struct sp_service services[SERVICES];
	struct sp_pod pods[PODS];
	uint64_t words[WORDS];
	struct l7_tables tables;
	struct l7_service shop;
	unsigned reached; /* calls of reach() */
	uint32_t first, len;
	int reach_error;
};

static struct world world;

static inline int reach(void *context, uint32_t first, uint32_t len)
{
	struct world *of = context;

	of->reached++;
	of->first = first;
	of->len = len;
	return of->reach_error;
}

static inline struct sp_endpoint endpoint(const char *text)
{
	struct sp_endpoint at = {0};

	EXPECT_EQ(vip_parse(text, strlen(text), &at), 0);
	return at;
}

static inline void pod_put(
	uint32_t number, uint32_t service, const char *text, uint32_t generation)
{
	struct sp_pod *pod = &world.pods[number];

	pod->at = endpoint(text);
	pod->born = generation;
	pod->versions[generation % 2] = (struct sp_pod_version){.generation = generation,
		.service = service,
		.weight = 1,
		.state = SP_POD_READY};
}

/* Write service `number` from `generation` on: `policy`, a table over the pods from
 * `pod` on at word `first`. */
static inline void service_put(uint32_t number, const char *policy, uint32_t pod,
	size_t pods_len, uint32_t first, uint32_t generation)
{
	struct sp_service *entry = &world.services[number];
	struct pod pods[PODS] = {0};
	struct service service = {.pods = pods, .pods_len = pods_len};
	struct arena arena = {0};
	struct table table = {0};

	for (size_t i = 0; i < pods_len; i++)
		pods[i] = (struct pod){
			.at = world.pods[pod + i].at, .weight = 1, .state = SP_POD_READY};
	EXPECT_EQ(policy_parse(policy, &arena, &service.policy), 0);
	EXPECT_EQ(table_build(&service, &table), 0);
	EXPECT(first + table.words_len <= WORDS);
	if (table.words_len)
		memcpy(world.words + first, table.words,
			table.words_len * sizeof(*table.words));
	for (uint32_t i = 0; i < table.at.size; i++)
		world.words[first + i] =
			sp_slot_clean(pod + sp_slot_current(table.words[i]));
	snprintf(entry->policy[generation % 2], SP_POLICY_LEN, "%s", policy);
	entry->versions[generation % 2] = (struct sp_service_version){
		.generation = generation,
		.first = first,
		.size = table.at.size,
		.present = 1,
		.key = service.policy.key,
		.algorithm = table.at.algorithm,
		.index_bits = table.at.index_bits,
	};
	table_done(&table);
	arena_done(&arena);
}

static inline void service_name(uint32_t number, const char *vip, const char *name)
{
	world.services[number].vip = endpoint(vip);
	snprintf(world.services[number].name, SP_NAME_LEN, "%s", name);
}

static inline void service_end(uint32_t number, uint32_t generation)
{
	world.services[number].versions[generation % 2] =
		(struct sp_service_version){.generation = generation};
}

static inline void publish(uint32_t generation)
{
	world.state.generation = generation;
}

#define SHOP "192.0.2.10:80/tcp"

/* Generation 1: the shop with three pods on a ring, and another service before it. */
static inline void world_make(void)
{
	l7_service_done(&world.shop);
	world = (struct world){0};
	world.tables = (struct l7_tables){
		.state = &world.state,
		.services = world.services,
		.pods = world.pods,
		.words = world.words,
		.services_len = SERVICES,
		.pods_len = PODS,
		.reach = reach,
		.context = &world,
	};
	world.shop.vip = endpoint(SHOP);
	pod_put(0, 0, "10.0.9.1:8080", 1);
	pod_put(1, 1, "10.0.1.11:8080", 1);
	pod_put(2, 1, "10.0.1.12:8080", 1);
	pod_put(3, 1, "10.0.1.13:8080", 1);
	service_name(0, "192.0.2.9:80/tcp", "other");
	service_put(0, "key=source-ip algorithm=maglev table-size=17", 0, 1, 0, 1);
	service_name(1, SHOP, "shop");
	service_put(1, "key=cookie:sid cookie-ttl=0 algorithm=ring-hash ring-size=64", 1,
		3, 32, 1);
	publish(1);
}

#endif
