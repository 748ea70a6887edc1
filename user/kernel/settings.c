// SPDX-License-Identifier: BSD-2-Clause
/* What people set: the times of affinity in sp_state. */
#include "kernel/settle.h"

/* A window may be over a little earlier, so that this does not race with packets. */
#define EARLY_S 2

/* What is over, or nearly so, stays over when the window gets longer. First that, and no
 * packet is under way that has not seen it, then the window: within EARLY_S, or again. */
static int window_end(struct kernel *kernel, struct diags *diags)
{
	struct sp_window *window = &kernel->state->window;
	uint32_t now_s;
	int error = 0;

	do {
		now_s = clock_now_s() + EARLY_S;
		if (now_s > window->over_s + window->len_s)
			__atomic_store_n(
				&window->over_s, now_s - window->len_s, __ATOMIC_RELEASE);
		error = live_wait_readers(kernel, diags);
	} while (!error && clock_now_s() >= now_s);
	return error;
}

static int window_write(struct kernel *kernel, uint32_t len_s, struct diags *diags)
{
	struct sp_window *window = &kernel->state->window;
	int error = len_s > window->len_s ? window_end(kernel, diags) : 0;

	if (error)
		return error;
	__atomic_store_n(&window->len_s, len_s, __ATOMIC_RELEASE);
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
	if (!options->window_s || options->window_s == state->window.len_s)
		return 0;
	return window_write(kernel, options->window_s, diags);
}
