// SPDX-License-Identifier: BSD-2-Clause
/* The live tables as memory, for who reads them all the time. */
#include "kernel/state.h"

int kernel_map_tables(
	struct kernel *kernel, struct kernel_tables *ret_tables, struct diags *diags)
{
	int error = words_open(kernel, diags);

	if (!error && kernel->words.held)
		error = words_reach(
			kernel, 0, kernel->words.held * SP_CHUNK_WORDS, diags);
	if (!error)
		*ret_tables = (struct kernel_tables){
			.state = kernel->state,
			.services = kernel->services,
			.pods = kernel->pods,
			.words = kernel->words.at,
			.chunks = kernel->words.held,
		};
	return error;
}

/* A descriptor that is read-only cannot be mapped: the kernel (6.18) takes it for a
 * private mapping. */
int kernel_get_chunk(const struct kernel *kernel, uint32_t chunk)
{
	return words_get_chunk(kernel, chunk);
}
