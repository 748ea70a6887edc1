// SPDX-License-Identifier: BSD-2-Clause
/* Tables made from manifests, in memory of the maps' layout. */
#include "l7/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "l7/numbers.h"
#include "model/live.h"
#include "model/text.h"
#include "slot.h"
#include "table/table.h"

#define WORDS_MAX ((uint64_t)SP_CHUNKS_MAX * SP_CHUNK_WORDS)
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* How the memory begins; then come services, pods and words. */
struct head {
	uint64_t len; /* bytes in all */
	struct sp_state state;
	uint32_t services_len, pods_len;
	uint64_t words_len;
	uint64_t zero[2]; /* services begin on a cache line */
};

_Static_assert(sizeof(struct head) % 64 == 0, "what follows begins on a cache line");

/* While it is made. */
struct making {
	const struct model *model;
	struct numbers numbers;
	struct table *tables; /* of each service of the model */
	uint64_t words_len;
	uint32_t generation;
};

static size_t services_at(void)
{
	return sizeof(struct head);
}

static size_t pods_at(const struct head *head)
{
	return services_at() + head->services_len * sizeof(struct sp_service);
}

static size_t words_at(const struct head *head)
{
	return pods_at(head) + head->pods_len * sizeof(struct sp_pod);
}

static size_t end_at(const struct head *head)
{
	return words_at(head) + head->words_len * sizeof(uint64_t);
}

/* --- Reading --- */

static int reach_all(void *context, uint32_t first, uint32_t len)
{
	const struct head *head = context;

	return first + (uint64_t)len <= head->words_len ? 0 : -EINVAL;
}

static bool head_is_sound(const struct head *head, size_t len)
{
	return head->len == len && head->state.layout == SP_LAYOUT &&
	       head->services_len <= SP_SERVICES_MAX && head->pods_len <= SP_PODS_MAX &&
	       head->words_len <= WORDS_MAX && end_at(head) == len;
}

static int snapshot_take(struct snapshot *snapshot)
{
	struct head *head = snapshot->memory;

	if (!head_is_sound(head, snapshot->len))
		return -EPROTO;
	snapshot->tables = (struct l7_tables){
		.state = &head->state,
		.services = (const void *)((char *)head + services_at()),
		.pods = (const void *)((char *)head + pods_at(head)),
		.words = (const void *)((char *)head + words_at(head)),
		.services_len = head->services_len,
		.pods_len = head->pods_len,
		.reach = reach_all,
		.context = head,
	};
	return 0;
}

int snapshot_open(int fd, struct snapshot *ret_snapshot)
{
	struct snapshot snapshot = {.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)};
	off_t len = lseek(fd, 0, SEEK_END);
	int error = 0;

	if (snapshot.fd < 0)
		return -errno;
	if (fcntl(fd, F_GET_SEALS) != SEALS || len < (off_t)sizeof(struct head)) {
		close(snapshot.fd);
		return -EPROTO;
	}
	snapshot.len = (size_t)len;
	snapshot.memory = mmap(NULL, snapshot.len, PROT_READ, MAP_SHARED, snapshot.fd, 0);
	if (snapshot.memory == MAP_FAILED) {
		error = -errno;
		close(snapshot.fd);
		return error;
	}
	error = snapshot_take(&snapshot);
	if (error)
		snapshot_done(&snapshot);
	else
		*ret_snapshot = snapshot;
	return error;
}

void snapshot_done(struct snapshot *snapshot)
{
	if (!snapshot->memory)
		return;
	munmap(snapshot->memory, snapshot->len);
	if (snapshot->fd >= 0)
		close(snapshot->fd);
	*snapshot = (struct snapshot){0};
}

/* --- Making --- */

static bool is_served(const struct service *service)
{
	return service->vip.protocol == IPPROTO_TCP;
}

static int tables_build(struct making *making)
{
	const struct model *model = making->model;
	int error = 0;

	for (size_t i = 0; i < model->services_len && !error; i++) {
		if (!is_served(&model->services[i]))
			continue;
		error = table_build(&model->services[i], &making->tables[i]);
		making->words_len += making->tables[i].words_len;
	}
	if (!error && making->words_len > WORDS_MAX)
		error = -ENOSPC;
	return error;
}

static void write_pods(const struct making *making, const struct service *service,
	uint32_t number, struct sp_pod *pods)
{
	for (uint32_t i = 0; i < service->pods_len; i++) {
		const struct pod *pod = &service->pods[i];
		const struct number *known =
			numbers_of_pod(&making->numbers, number, &pod->at);

		pods[known->number] = (struct sp_pod){
			.at = pod->at,
			.born = known->born,
			.versions[0] = {.generation = making->generation,
				.service = number,
				.place = i,
				.weight = (uint16_t)pod->weight,
				.state = pod->state},
		};
	}
}

/* Words with places in the service's list become words with numbers. */
static void write_words(const struct making *making, const struct service *service,
	uint32_t number, const struct table *table, uint64_t *words)
{
	if (table->words_len)
		memcpy(words, table->words, table->words_len * sizeof(*words));
	for (uint32_t i = 0; i < table->at.size; i++) {
		const struct pod *pod = &service->pods[sp_slot_current(words[i])];

		words[i] = sp_slot_clean(
			numbers_of_pod(&making->numbers, number, &pod->at)->number);
	}
}

static void write_service(const struct making *making, const struct service *service,
	const struct table *table, uint32_t first, struct sp_service *ret_service)
{
	*ret_service = (struct sp_service){
		.vip = service->vip,
		.versions[0] = {.generation = making->generation,
			.first = first,
			.size = table->at.size,
			.present = 1,
			.key = service->policy.key,
			.algorithm = table->at.algorithm,
			.index_bits = table->at.index_bits,
			.forward = service->policy.forward,
			.session_timeout_s = service->policy.session_timeout_s,
			.fingerprint = service->fingerprint},
	};
	vip_format(&service->vip, ret_service->vip_text);
	snprintf(ret_service->name, SP_NAME_LEN, "%s", service->name);
	policy_format(&service->policy, ret_service->policy[0], SP_POLICY_LEN);
}

static void write_all(const struct making *making, struct head *head)
{
	struct sp_service *services = (void *)((char *)head + services_at());
	struct sp_pod *pods = (void *)((char *)head + pods_at(head));
	uint64_t *words = (void *)((char *)head + words_at(head));
	uint32_t first = 0;

	for (size_t i = 0; i < making->model->services_len; i++) {
		const struct service *service = &making->model->services[i];
		const struct table *table = &making->tables[i];
		uint32_t number;

		if (!is_served(service))
			continue;
		number = numbers_of_service(&making->numbers, &service->vip)->number;
		write_service(making, service, table, first, &services[number]);
		write_pods(making, service, number, pods);
		write_words(making, service, number, table, words + first);
		first += table->words_len;
	}
}

/* Returns a memfd that nobody can change any more, or a negative errno. */
static int memory_write(const struct making *making)
{
	struct head head = {
		.state = {.layout = SP_LAYOUT, .generation = making->generation},
		.services_len = making->numbers.services_end,
		.pods_len = making->numbers.pods_end,
		.words_len = making->words_len,
	};
	int fd = memfd_create("samepod-l7-tables", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *memory = MAP_FAILED;
	int error;

	head.len = end_at(&head);
	if (fd < 0)
		return -errno;
	if (!ftruncate(fd, (off_t)head.len))
		memory = mmap(NULL, head.len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory != MAP_FAILED) {
		memcpy(memory, &head, sizeof(head));
		write_all(making, memory);
		munmap(memory, head.len);
		if (!fcntl(fd, F_ADD_SEALS, SEALS))
			return fd;
	}
	error = -errno;
	close(fd);
	return error;
}

static int making_run(struct making *making, const struct snapshot *before)
{
	int error = numbers_make(&making->numbers, making->model,
		before ? &before->tables : NULL, making->generation);

	if (!error && !making->numbers.services_end)
		error = -EINVAL;
	if (!error)
		error = tables_build(making);
	return error ? error : memory_write(making);
}

int snapshot_make(const struct model *model, const struct snapshot *before,
	struct snapshot *ret_snapshot)
{
	struct making making = {
		.model = model,
		.generation = before ? before->tables.state->generation + 1 : 1,
		.tables = calloc(model->services_len + 1, sizeof(*making.tables)),
	};
	int fd = making.tables ? making_run(&making, before) : -ENOMEM;
	int error = fd < 0 ? fd : snapshot_open(fd, ret_snapshot);

	if (fd >= 0)
		close(fd);
	for (size_t i = 0; making.tables && i < model->services_len; i++)
		table_done(&making.tables[i]);
	free(making.tables);
	numbers_done(&making.numbers);
	return error;
}
