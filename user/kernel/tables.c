// SPDX-License-Identifier: BSD-2-Clause
/* The live tables as memory, for who reads them all the time. */
#include <bpf/bpf.h>
#include <errno.h>

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

int kernel_get_chunk(const struct kernel *kernel, uint32_t chunk)
{
	struct bpf_get_fd_by_id_opts options = {
		.sz = sizeof(options), .open_flags = BPF_F_RDONLY};
	__u32 id;
	int fd;

	if (bpf_map_lookup_elem(kernel->maps[MAP_TABLES], &chunk, &id))
		return -errno;
	fd = bpf_map_get_fd_by_id_opts(id, &options);
	return fd < 0 ? -errno : fd;
}
