/* SPDX-License-Identifier: BSD-2-Clause */
/* Thousands of clients: the pod that the program sends them to is the one that the
 * table of user space names. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "hash.h"
#include "rows.h"
#include "slot.h"
#include "table/table.h"

#define PODS 50
#define PODS_FIRST 1000 /* number */
#define CLIENTS 3000
#define TABLE_FIRST (SP_CHUNK_WORDS / 2) /* the larger ones reach the next chunk */

struct table_row {
	const char *sentence;
	bool is_v6;
	enum sp_key key;
	enum sp_algorithm algorithm;
	uint32_t size;
};

static const struct table_row rows[] = {
	{"v4 source-ip maglev", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV, 65537},
	{"v6 source-ip maglev", true, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV, 65537},
	{"v4 source-ip ring-hash", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH, 1024},
	{"v6 source-ip ring-hash", true, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH, 1024},
	{"v4 source-ip-port, default", false, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV,
		0},
	{"v6 source-ip-port, default", true, SP_KEY_SOURCE_IP_PORT, SP_ALGORITHM_MAGLEV,
		0},
	{"v4 source-ip-port ring-hash", false, SP_KEY_SOURCE_IP_PORT,
		SP_ALGORITHM_RING_HASH, 30000},
	{"v6 source-ip-port ring-hash", true, SP_KEY_SOURCE_IP_PORT,
		SP_ALGORITHM_RING_HASH, 30000},
};

static struct pod pods[PODS];

/* Uneven weights, three addresses with a neighbour entry. */
static void pods_fill(bool is_v6)
{
	for (int i = 0; i < PODS; i++) {
		char addr[16];

		snprintf(addr, sizeof(addr), is_v6 ? "fd00:1::%d" : "10.0.1.%d",
			11 + i % 3);
		pods[i] = (struct pod){
			.at = endpoint(addr, (uint16_t)(7000 + i), IPPROTO_TCP),
			.weight = 1 + (uint32_t)i % 4,
			.state = SP_POD_READY,
		};
	}
}

/* Write table, service and pods as they are in the kernel: slots name pod numbers. */
static void table_write(const struct table_row *row, const struct table *table,
	const struct loaded_service *service)
{
	struct sp_service value = loaded_service_of(service);

	for (uint32_t i = 0; i < table->at.size; i++)
		table->words[i] =
			sp_slot_clean(PODS_FIRST + sp_slot_current(table->words[i]));
	loaded_set_words(TABLE_FIRST, (const __u64 *)table->words, table->words_len);
	for (uint32_t i = 0; i < PODS; i++) {
		struct sp_pod pod = loaded_pod_of(service);

		pod.at = pods[i].at;
		loaded_set_pod(PODS_FIRST + i, &pod);
	}
	value.versions[0].first = TABLE_FIRST;
	value.versions[0].size = table->at.size;
	value.versions[0].index_bits = table->at.index_bits;
	value.versions[0].algorithm = row->algorithm;
	loaded_set_service(service->number, &value);
	loaded_set_vip(&service->vip, service->number);
}

/* Addresses of every printed length and, for IPv6, with runs of zeros anywhere; mapped
 * ones are not for us. */
static struct sp_endpoint client_of_chance(bool is_v6)
{
	struct sp_endpoint client = cast_client(is_v6, IPPROTO_TCP);
	__be16 *groups = (__be16 *)client.addr.word;

	client.port = (__be16)random();
	if (!is_v6) {
		client.addr.word[3] =
			htonl((uint32_t)random() >> random() % 32 ^ (uint32_t)random());
		return client;
	}
	for (int i = 1; i < 8; i++)
		groups[i] =
			htons((random() & 1) * (0xffff & (random() >> random() % 24)));
	return client;
}

/* The client's packet goes to the pod, whatever its address: its source is not looked
 * up. Neighbour entries follow the pods' addresses. */
static bool row_client(const struct loaded_service *service, const struct table *table,
	struct sp_endpoint client)
{
	__u64 hash = service->key == SP_KEY_SOURCE_IP
			     ? sp_hash_source_ip(&client.addr)
			     : sp_hash_source_ip_port(&client, service->vip.port);
	long place = table_find(table, hash, NULL) - PODS_FIRST;
	struct frame in = frame_to_vip(service), out = frame_to_pod(service);
	uint8_t mac[6] = {0x02, 0, 0, 0, 0x01, (uint8_t)(0x0b + place % 3)};

	in.source = out.source = client;
	out.dest_mac = mac;
	out.dest = pods[place].at;
	return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
}

static void row_run(const struct table_row *row)
{
	struct loaded_service service = {
		.number = PODS_FIRST,
		.vip = cast_web(row->is_v6)->vip,
		.key = row->key,
	};
	struct service model = {
		.vip = service.vip,
		.policy = {.key = row->key,
			.algorithm = row->algorithm,
			.size = row->size},
		.pods = pods,
		.pods_len = PODS,
	};
	struct table table = {0};
	bool right = true;

	service.vip.port = htons(4000);
	pods_fill(row->is_v6);
	if (table_build(&model, &table))
		abort();
	table_write(row, &table, &service);
	for (int i = 0; i < CLIENTS; i++)
		right &= row_client(&service, &table, client_of_chance(row->is_v6));
	row_count(right, "%s: %d clients", row->sentence, CLIENTS);
	table_done(&table);
}

int main(void)
{
	rows_open();
	srandom(2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row_run(&rows[i]);
	return rows_close();
}
