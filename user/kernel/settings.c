// SPDX-License-Identifier: BSD-2-Clause
/* What people set: the times of affinity in sp_state, pods that are drained by hand. */
#include "kernel/settle.h"
#include "slot.h"

/* A longer window must not wake slots that are over: what came to the current pod since
 * then is not remembered, and would go to the previous one. */
static void slots_end(uint64_t *slots, uint32_t len, uint32_t now_s, uint32_t window_s)
{
	for (uint32_t i = 0; i < len; i++)
		if (sp_slot_state(slots[i], now_s, window_s) == SP_SLOT_PINNED)
			__atomic_store_n(&slots[i],
				sp_slot_moved(sp_slot_current(slots[i]), SP_POD_NONE,
					sp_slot_moved_s(slots[i])),
				__ATOMIC_RELAXED);
}

static int services_end(struct kernel *kernel, uint32_t now_s, struct diags *diags)
{
	int error = 0;

	for (uint32_t i = 0; i < SP_SERVICES_MAX && !error; i++) {
		const struct sp_service_version *version =
			service_live(&kernel->services[i], kernel->state->generation);
		uint64_t *slots;

		if (!version || !version->moved)
			continue;
		error = slots_reach(kernel, version, &slots, diags);
		if (!error)
			slots_end(slots, version->size, now_s, kernel->state->window_s);
	}
	return error;
}

/* Slots that end while this runs are seen by another round. */
static int window_write(struct kernel *kernel, uint32_t window_s, struct diags *diags)
{
	uint32_t now_s = clock_now_s(), seen_s;
	int error = 0;

	do {
		seen_s = now_s;
		if (window_s > kernel->state->window_s)
			error = services_end(kernel, seen_s, diags);
		now_s = clock_now_s();
	} while (!error && now_s != seen_s);
	if (error)
		return error;
	__atomic_store_n(&kernel->state->window_s, window_s, __ATOMIC_RELEASE);
	return live_wait_readers(kernel, diags);
}

int settings_write(struct kernel *kernel, const struct kernel_apply_options *options,
	struct diags *diags)
{
	struct sp_state *state = kernel->state;

	if (options->tcp_idle_s)
		__atomic_store_n(
			&state->tcp_idle_s, options->tcp_idle_s, __ATOMIC_RELAXED);
	if (options->udp_idle_s)
		__atomic_store_n(
			&state->udp_idle_s, options->udp_idle_s, __ATOMIC_RELAXED);
	if (!options->window_s || options->window_s == state->window_s)
		return 0;
	return window_write(kernel, options->window_s, diags);
}

void kernel_write_drained(struct kernel *kernel, const struct model *model)
{
	for (size_t i = 0; i < model->services_len; i++)
		for (size_t j = 0; j < model->services[i].pods_len; j++) {
			const struct pod *pod = &model->services[i].pods[j];

			kernel->pods[pod->number].drained = pod->drained;
		}
}
