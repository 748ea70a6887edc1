// SPDX-License-Identifier: BSD-2-Clause
/* All elements of a hash map or trie, many at a time. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include "kernel/state.h"

/* More than any bucket holds. */
#define BATCH_LEN 4096

int batch_each(int map, size_t key_size, size_t value_size, batch_see see, void *context)
{
	struct bpf_map_batch_opts options = {.sz = sizeof(options)};
	char *keys = malloc(BATCH_LEN * key_size);
	char *values = malloc(BATCH_LEN * value_size);
	/* Where the next look-up goes on: a bucket's number, or a key of a trie. */
	void *token = malloc(key_size), *from = NULL;
	int error = keys && values && token ? 0 : -ENOMEM;

	while (!error) {
		__u32 count = BATCH_LEN;
		int end = bpf_map_lookup_batch(
				  map, from, token, keys, values, &count, &options)
				  ? -errno
				  : 0;

		if (end && end != -ENOENT)
			error = end;
		for (__u32 i = 0; i < count && !error; i++)
			error = see(
				context, keys + i * key_size, values + i * value_size);
		if (end)
			break;
		from = token;
	}
	free(keys);
	free(values);
	free(token);
	return error;
}
