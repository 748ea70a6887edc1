// SPDX-License-Identifier: BSD-2-Clause
/* Writing services, pods and tables of the next generation where no packet looks yet. */
#include "kernel/apply.h"

#include <errno.h>
#include <string.h>

#include "kernel/ranges.h"
#include "model/text.h"
#include "slot.h"
#include "table/move.h"

/* --- Pods --- */

/* The version that may be overwritten. */
static struct sp_pod_version *pod_version_spare(struct sp_pod *pod, uint32_t generation)
{
	const struct sp_pod_version *live = pod_live(pod, generation);

	return live == &pod->versions[0] ? &pod->versions[1] : &pod->versions[0];
}

/* Others get the endpoint, too. Flows from before then are those of this number: if they
 * send a packet within the window it is remembered. */
static void pod_share(struct apply *apply, uint32_t number)
{
	__atomic_store_n(&apply->kernel->pods[number].alone_s,
		apply->now_s + apply->kernel->state->window.len_s, __ATOMIC_RELAXED);
}

/* Its generation comes last: half a version never counts. */
static void pod_write(struct apply *apply, uint32_t number, struct sp_pod_version version)
{
	struct sp_pod *pod = &apply->kernel->pods[number];
	uint32_t generation = apply->kernel->state->generation;
	struct sp_pod_version *spare = pod_version_spare(pod, generation);
	const struct sp_pod_version *live = pod_live(pod, generation);

	if (live && !live->shared && version.shared)
		pod_share(apply, number);
	version.generation = 0;
	spare->generation = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*spare = version;
	__atomic_store_n(&spare->generation, apply->next, __ATOMIC_RELEASE);
	apply->result.pods_written++;
}

void write_pod_gone(struct apply *apply, const struct pod *live)
{
	const struct owner *owner = owners_find(&apply->owners, &live->at);

	pod_write(apply, live->number,
		(struct sp_pod_version){
			.state = SP_POD_GONE,
			.place = owner ? owner->number : SP_POD_NONE,
		});
	apply->gone = true;
}

/* Whether others will have the endpoint, too; `live` says so where nothing changes. */
static bool pod_is_shared(const struct apply *apply, const struct sp_endpoint *at,
	const struct sp_pod_version *live)
{
	const struct owner *owner = owners_find(&apply->owners, at);

	return owner ? owner->len > 1 : live && live->shared;
}

static void pod_write_wanted(
	struct apply *apply, const struct target *target, uint32_t place)
{
	const struct pod *pod = &target->change->wanted->pods[place];
	uint32_t number = target->pods[place];
	const struct sp_pod_version *live =
		pod_live(&apply->kernel->pods[number], apply->kernel->state->generation);
	const struct sp_pod_version version = {
		.service = target->number,
		.place = place,
		.weight = (__u8)pod->weight,
		.drained = pod->drained,
		.state = pod->state,
		.shared = pod_is_shared(apply, &pod->at, live),
	};

	if (!live || live->place != place || live->weight != version.weight ||
		live->drained != version.drained || live->state != version.state ||
		live->shared != version.shared)
		pod_write(apply, number, version);
}

void write_shared(struct apply *apply, const struct service *live)
{
	for (size_t i = 0; i < live->pods_len; i++) {
		uint32_t number = live->pods[i].number;
		const struct sp_pod_version *version = pod_live(
			&apply->kernel->pods[number], apply->kernel->state->generation);
		struct sp_pod_version next;

		if (!version || version->shared ==
					pod_is_shared(apply, &live->pods[i].at, version))
			continue;
		next = *version;
		next.shared = !version->shared;
		pod_write(apply, number, next);
	}
}

/* --- Tables --- */

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
	memcpy(apply->kernel->words.at + first, table->words,
		table->words_len * sizeof(*table->words));
	apply->result.words_written += table->words_len;
	version->first = (uint32_t)first;
	version->size = table->at.size;
	version->algorithm = table->at.algorithm;
	version->index_bits = table->at.index_bits;
	return 0;
}

/* From places in the service's list to numbers. */
static void table_name_numbers(struct table *table, const uint32_t *numbers)
{
	for (uint32_t i = 0; i < table->at.size; i++)
		table->words[i] =
			sp_slot_clean(numbers[sp_slot_current(table->words[i])]);
}

/* The words that packets see now; not to be freed. */
static int table_borrow_live(struct apply *apply, const struct sp_service_version *live,
	struct table *ret_table)
{
	uint32_t len = words_of_version(live);
	int error = len ? words_reach(apply->kernel, live->first, len, apply->diags) : 0;

	if (error)
		return error;
	*ret_table = (struct table){
		.at = {.size = live->size,
			.algorithm = live->algorithm,
			.index_bits = live->index_bits},
		.words = apply->kernel->words.at + live->first,
		.words_len = len,
	};
	return 0;
}

static void warn_of_breaks(struct apply *apply, const struct service *service)
{
	diags_warning(apply->diags, service->place,
		"only pods and weights can change without that, not key, algorithm or "
		"size",
		"%s: connections of clients whose pod changes now will break",
		service->name);
}

/* The stack knows nothing of connections that went through XDP, nor the pods of those
 * that end in the helper. */
static void warn_of_handover(struct apply *apply, const struct service *service,
	const struct sp_service_version *live, const struct sp_service_version *version)
{
	if (!live->size || sp_version_is_l7(live) == sp_version_is_l7(version))
		return;
	diags_warning(apply->diags, service->place,
		"give the new one a VIP of its own, and let clients move there",
		"%s: its open connections will break, since they go through the %s",
		service->name, sp_version_is_l7(live) ? "helper" : "data plane");
}

/* A pod knows a connection by its own address under nat, by the VIP else. */
static void warn_of_forward(struct apply *apply, const struct service *wanted,
	const struct sp_service_version *live)
{
	enum sp_forward before = live->forward, after = wanted->policy.forward;

	if (!live->size || (before == SP_FORWARD_NAT) == (after == SP_FORWARD_NAT))
		return;
	diags_warning(apply->diags, wanted->place,
		"l2, ipip and gue can take each other's place without that, not nat's",
		"%s: all open connections will break, as forward changes from %s to %s",
		wanted->name, forward_name(before), forward_name(after));
}

/* Let the slots move from the live table to `table`. */
static int table_follow(struct apply *apply, const struct target *target,
	const struct sp_service_version *live, struct sp_service_version *version,
	struct table *table)
{
	const struct move move = {
		.now_s = apply->now_s,
		.window = apply->kernel->state->window,
		.alive = apply->alive,
	};
	enum move_result result;
	struct table before;
	int error = table_borrow_live(apply, live, &before);

	if (error)
		return error;
	if (live->key != version->key || sp_version_is_l7(version))
		result = table_has_flows(&before, &move) ? MOVE_BREAKS : MOVE_CLEAN;
	else
		error = table_move(&before, &move, table, &result);
	if (error)
		return fail_system(apply->diags, error, "cannot move the table of %s",
			target->change->wanted->name);
	version->moved = result == MOVE_MOVING;
	if (result == MOVE_BREAKS && !sp_version_is_l7(version))
		warn_of_breaks(apply, target->change->wanted);
	return 0;
}

static int table_make(struct apply *apply, const struct target *target,
	struct sp_service_version *version)
{
	uint64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	const struct service *wanted = target->change->wanted;
	const struct sp_service_version *live =
		service_live(&apply->kernel->services[target->number],
			apply->kernel->state->generation);
	struct table table = {0};
	int error = table_build(wanted, &table);

	if (error)
		fail_system(apply->diags, error, "cannot build the table of %s",
			wanted->name);
	table_name_numbers(&table, target->pods);
	if (!error && live)
		warn_of_handover(apply, wanted, live, version);
	if (!error && live && !sp_version_is_l7(live) && !sp_version_is_l7(version))
		warn_of_forward(apply, wanted, live);
	/* Of the helper's services the program has no connections. */
	if (!error && live && !sp_version_is_l7(live))
		error = table_follow(apply, target, live, version, &table);
	apply->result.build_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start;
	if (!error && table.at.size)
		error = table_place(apply, &table, version);
	table_done(&table);
	return error;
}

/* --- Services --- */

/* The place of the version that may be overwritten. */
static int version_spare(const struct apply *apply, uint32_t number)
{
	const struct sp_service *entry = &apply->kernel->services[number];

	return service_live(entry, apply->kernel->state->generation) ==
	       &entry->versions[0];
}

/* No version that counts has this list: live_sweep() has removed what was left of it. */
static int ranges_make(struct apply *apply, const struct target *target,
	struct sp_service_version *version)
{
	int spare = version_spare(apply, target->number);

	if (!target->change->wanted->filtered)
		return 0;
	version->filtered = (uint8_t)(spare + 1);
	return ranges_write(apply->kernel, target->number, spare, target->change->wanted,
		apply->diags);
}

static void version_write(struct apply *apply, uint32_t number,
	const struct sp_service_version *version, const struct policy *policy)
{
	struct sp_service *entry = &apply->kernel->services[number];
	const struct sp_service_version *live =
		service_live(entry, apply->kernel->state->generation);
	int spare = version_spare(apply, number);

	if (live && live->filtered)
		apply->gone = true; /* its ranges */
	entry->versions[spare].generation = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (policy)
		policy_format(policy, entry->policy[spare], SP_POLICY_LEN);
	entry->versions[spare] = *version;
	__atomic_store_n(
		&entry->versions[spare].generation, apply->next, __ATOMIC_RELEASE);
	apply->result.services_written++;
}

int write_target(struct apply *apply, const struct target *target)
{
	const struct service *wanted = target->change->wanted;
	struct sp_service_version version = {
		.present = 1,
		.key = wanted->policy.key,
		.algorithm = wanted->policy.algorithm,
		.forward = wanted->policy.forward,
		.session_timeout_s = wanted->policy.session_timeout_s,
		.fingerprint = wanted->fingerprint,
	};
	int error;

	for (uint32_t i = 0; i < wanted->pods_len; i++)
		pod_write_wanted(apply, target, i);
	error = table_make(apply, target, &version);
	if (!error)
		error = ranges_make(apply, target, &version);
	if (!error)
		version_write(apply, target->number, &version, &wanted->policy);
	return error;
}

void write_service_gone(struct apply *apply, const struct service *live)
{
	const struct sp_service_version gone = {0};

	version_write(apply, live->number, &gone, NULL);
	apply->gone = true;
}
