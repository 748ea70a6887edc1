// SPDX-License-Identifier: BSD-2-Clause
/* Make a map say what the system says: first what is there, then away with the rest. */
#include "kernel/hold.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct elements {
	int map;
	char *at;
	size_t len, key_size, size;
};

static int compare(const void *a, const void *b, void *size)
{
	return memcmp(a, b, *(const size_t *)size);
}

static bool elements_have(const struct elements *elements, const void *key)
{
	size_t first = 0, end = elements->len;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		int order = memcmp(
			elements->at + middle * elements->size, key, elements->key_size);

		if (!order)
			return true;
		if (order < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return false;
}

static int elements_write(const struct elements *elements)
{
	for (size_t i = 0; i < elements->len; i++) {
		const char *at = elements->at + i * elements->size;

		if (i + 1 < elements->len &&
			!memcmp(at, at + elements->size, elements->key_size))
			continue;
		if (bpf_map_update_elem(
			    elements->map, at, at + elements->key_size, BPF_ANY))
			return -errno;
	}
	return 0;
}

/* `keys`: room for two. The next one is asked for before its key is removed. */
static int elements_trim(const struct elements *elements, char *keys)
{
	char *key = keys, *next = keys + elements->key_size;
	int error = bpf_map_get_next_key(elements->map, NULL, key) ? -errno : 0;

	while (!error) {
		char *used = key;

		error = bpf_map_get_next_key(elements->map, key, next) ? -errno : 0;
		if (!elements_have(elements, key))
			bpf_map_delete_elem(elements->map, key);
		key = next;
		next = used;
	}
	return error == -ENOENT ? 0 : error;
}

int hold_exactly(int map, void *at, size_t len, size_t key_size, size_t size)
{
	const struct elements elements = {map, at, len, key_size, size};
	char *keys = malloc(2 * key_size);
	int error = keys ? 0 : -ENOMEM;

	if (!error && len)
		qsort_r(at, len, size, compare, &size);
	if (!error)
		error = elements_write(&elements);
	if (!error)
		error = elements_trim(&elements, keys);
	free(keys);
	return error;
}
