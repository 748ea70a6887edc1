// SPDX-License-Identifier: BSD-2-Clause
/* Writing services, pods and tables of the next generation where no packet looks yet. */
#include "kernel/apply.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/text.h"
#include "slot.h"

static int no_space(struct apply *apply, const char *what, unsigned long max)
{
	diags_error(apply->diags, PLACE_NONE,
		"old and new live side by side for a moment: apply in two steps",
		"no room for more %s: there can be %lu", what, max);
	return -ENOSPC;
}

static void keys_add(struct keys *keys, const struct sp_endpoint *at, uint32_t number)
{
	keys->at[keys->len] = *at;
	keys->numbers[keys->len++] = number;
}

/* --- Pods --- */

/* The version that may be overwritten. */
static struct sp_pod_version *pod_version_spare(struct sp_pod *pod, uint32_t generation)
{
	const struct sp_pod_version *live = pod_live(pod, generation);

	return live == &pod->versions[0] ? &pod->versions[1] : &pod->versions[0];
}

/* Its generation comes last: half a version never counts. */
static void pod_write(struct apply *apply, uint32_t number, struct sp_pod_version version)
{
	struct sp_pod_version *spare = pod_version_spare(
		&apply->kernel->pods[number], apply->kernel->state->generation);

	version.generation = 0;
	spare->generation = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*spare = version;
	__atomic_store_n(&spare->generation, apply->next, __ATOMIC_RELEASE);
	apply->result.pods_written++;
}

void write_pod_gone(struct apply *apply, const struct pod *live)
{
	pod_write(apply, live->number, (struct sp_pod_version){.state = SP_POD_GONE});
	apply->gone = true;
}

/* The number of a live pod; -1: none. */
static long pod_find(const struct apply *apply, const struct sp_endpoint *at)
{
	uint32_t number;

	if (bpf_map_lookup_elem(apply->kernel->maps[MAP_BACKS], at, &number) ||
		number >= SP_PODS_MAX ||
		model_compare_endpoints(&apply->kernel->pods[number].at, at))
		return -1;
	return number;
}

/* Returns the number, or a negative errno. */
static long pod_claim(struct apply *apply, const struct sp_endpoint *at)
{
	long number = live_take_pod(&apply->live);
	struct sp_pod *entry;

	if (number < 0)
		return no_space(apply, "pods", SP_PODS_MAX);
	entry = &apply->kernel->pods[number];
	memset(entry, 0, sizeof(*entry));
	entry->at = *at;
	keys_add(&apply->backs, at, (uint32_t)number);
	return number;
}

static int pod_write_wanted(struct apply *apply, const struct pod *pod, uint32_t service,
	uint32_t *ret_number)
{
	const struct sp_pod_version version = {
		.service = service,
		.weight = pod->weight,
		.state = pod->state,
	};
	const struct sp_pod_version *live;
	long number = pod_find(apply, &pod->at);

	if (number < 0)
		number = pod_claim(apply, &pod->at);
	if (number < 0)
		return (int)number;
	*ret_number = (uint32_t)number;
	live = pod_live(&apply->kernel->pods[number], apply->kernel->state->generation);
	if (!live || live->service != service || live->weight != version.weight ||
		live->state != version.state)
		pod_write(apply, *ret_number, version);
	return 0;
}

/* --- Tables --- */

static void table_write(struct apply *apply, const struct table *table, uint64_t *words)
{
	for (uint32_t i = 0; i < table->at.size; i++) {
		uint32_t place = sp_slot_current(table->words[i]);

		words[i] = sp_slot_clean(apply->places[place]);
	}
	memcpy(words + table->at.size, table->words + table->at.size,
		(table->words_len - table->at.size) * sizeof(*words));
	apply->result.words_written += table->words_len;
}

static int table_place(struct apply *apply, const struct table *table,
	struct sp_service_version *version)
{
	int64_t first = live_take_words(&apply->live, table->words_len);
	int error;

	if (first < 0)
		return no_space(apply, "words of tables",
			(unsigned long)SP_CHUNKS_MAX * SP_CHUNK_WORDS);
	error = words_reach(
		apply->kernel, (uint32_t)first, table->words_len, apply->diags);
	if (error)
		return error;
	table_write(apply, table, apply->kernel->words.at + first);
	version->first = (uint32_t)first;
	version->size = table->at.size;
	version->algorithm = table->at.algorithm;
	version->index_bits = table->at.index_bits;
	return 0;
}

static int table_make(struct apply *apply, const struct service *service,
	struct sp_service_version *version)
{
	uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	struct table table = {0};
	int error;

	error = table_build(service, &table);
	apply->result.build_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
	if (error)
		return fail_system(apply->diags, error, "cannot build the table of %s",
			service->name);
	if (table.at.size)
		error = table_place(apply, &table, version);
	table_done(&table);
	return error;
}

/* --- Services --- */

/* Returns the number, or a negative errno. */
static long service_claim(struct apply *apply, const struct service *wanted)
{
	long number = live_take_service(&apply->live);
	struct sp_service *entry;

	if (number < 0)
		return no_space(apply, "services", SP_SERVICES_MAX);
	entry = &apply->kernel->services[number];
	memset(entry, 0, sizeof(*entry));
	entry->vip = wanted->vip;
	vip_format(&wanted->vip, entry->vip_text);
	snprintf(entry->name, sizeof(entry->name), "%s", wanted->name);
	keys_add(&apply->vips, &wanted->vip, (uint32_t)number);
	return number;
}

static void version_write(struct apply *apply, uint32_t number,
	const struct sp_service_version *version, const struct policy *policy)
{
	struct sp_service *entry = &apply->kernel->services[number];
	const struct sp_service_version *live =
		service_live(entry, apply->kernel->state->generation);
	int spare = live == &entry->versions[0];

	entry->versions[spare].generation = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (policy)
		policy_format(policy, entry->policy[spare], SP_POLICY_LEN);
	entry->versions[spare] = *version;
	__atomic_store_n(
		&entry->versions[spare].generation, apply->next, __ATOMIC_RELEASE);
	apply->result.services_written++;
}

int write_service(struct apply *apply, const struct plan_service *change)
{
	const struct service *wanted = change->wanted;
	struct sp_service_version version = {
		.present = 1,
		.key = wanted->policy.key,
		.algorithm = wanted->policy.algorithm,
		.forward = wanted->policy.forward,
		.fingerprint = wanted->fingerprint,
	};
	long number = change->live ? change->live->number : service_claim(apply, wanted);
	int error = 0;

	if (number < 0)
		return (int)number;
	for (size_t i = 0; i < wanted->pods_len && !error; i++)
		error = pod_write_wanted(
			apply, &wanted->pods[i], (uint32_t)number, &apply->places[i]);
	if (!error)
		error = table_make(apply, wanted, &version);
	if (!error)
		version_write(apply, (uint32_t)number, &version, &wanted->policy);
	return error;
}

void write_service_gone(struct apply *apply, const struct service *live)
{
	const struct sp_service_version gone = {0};

	version_write(apply, live->number, &gone, NULL);
	apply->gone = true;
}
