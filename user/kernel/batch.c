// SPDX-License-Identifier: BSD-2-Clause
/* All elements of a hash map, many at a time. */
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
	__u32 from = 0, to = 0;
	bool first = true;
	int error = keys && values ? 0 : -ENOMEM;

	while (!error) {
		__u32 count = BATCH_LEN;
		int end = bpf_map_lookup_batch(map, first ? NULL : &from, &to, keys,
				  values, &count, &options)
				  ? -errno
				  : 0;

		if (end && end != -ENOENT)
			error = end;
		for (__u32 i = 0; i < count && !error; i++)
			error = see(
				context, keys + i * key_size, values + i * value_size);
		if (end)
			break;
		from = to;
		first = false;
	}
	free(keys);
	free(values);
	return error;
}
