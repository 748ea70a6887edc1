// SPDX-License-Identifier: BSD-2-Clause
/* Lists of source ranges: written before their version is published, removed when no
 * packet can look at them any more. */
#include "kernel/ranges.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/ranges.h"

#define LIST_BITS 32 /* of sp_range_key.list, before those of the source */
#define TRIES_MAX 100

static int compare_keys(const void *a, const void *b)
{
	const struct sp_range_key *left = a, *right = b;
	int order = memcmp(&left->list, &right->list, sizeof(left->list));

	if (!order)
		order = memcmp(&left->source, &right->source, sizeof(left->source));
	return order ? order : (int)left->prefix_len - (int)right->prefix_len;
}

static size_t keys_sort(struct sp_range_key *keys, size_t len)
{
	size_t unique = 0;

	if (len)
		qsort(keys, len, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < len; i++)
		if (!unique || compare_keys(&keys[unique - 1], &keys[i]))
			keys[unique++] = keys[i];
	return unique;
}

/* As many as there can be, in one go. A key that is deleted meanwhile interrupts it. */
static int keys_look_up(
	int map, struct sp_range_key *keys, __u32 *values, __u32 max, __u32 *ret_len)
{
	LIBBPF_OPTS(bpf_map_batch_opts, options);
	struct sp_range_key token;
	int error = -EINTR;

	for (int i = 0; i < TRIES_MAX && error == -EINTR; i++) {
		*ret_len = max;
		error = bpf_map_lookup_batch(
				map, NULL, &token, keys, values, ret_len, &options)
				? -errno
				: 0;
	}
	return error == -ENOENT ? 0 : error;
}

int range_keys_read(const struct kernel *kernel, struct range_keys *ret_keys)
{
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info), *values;
	struct sp_range_key *keys;
	int error;

	if (bpf_obj_get_info_by_fd(kernel->maps[MAP_RANGES], &info, &len))
		return -errno;
	keys = malloc(info.max_entries * sizeof(*keys));
	values = malloc(info.max_entries * sizeof(*values));
	error = keys && values ? keys_look_up(kernel->maps[MAP_RANGES], keys, values,
					 info.max_entries, &len)
			       : -ENOMEM;
	free(values);
	if (error)
		free(keys);
	else
		*ret_keys = (struct range_keys){keys, keys_sort(keys, len)};
	return error;
}

static bool is_live(const struct kernel *kernel, const struct sp_range_key *key)
{
	uint32_t number = ntohl(key->list) / 2, place = ntohl(key->list) % 2;
	const struct sp_service *service = &kernel->services[number];
	const struct sp_service_version *live;

	if (number >= SP_SERVICES_MAX || endpoint_is_zero(&service->vip))
		return false;
	live = service_live(service, kernel->state->generation);
	return live == &service->versions[place] && live->filtered;
}

int range_keys_read_stale(const struct kernel *kernel, struct range_keys *ret_keys)
{
	int error = range_keys_read(kernel, ret_keys);
	size_t len = 0;

	if (error)
		return error;
	for (size_t i = 0; i < ret_keys->len; i++)
		if (!is_live(kernel, &ret_keys->at[i]))
			ret_keys->at[len++] = ret_keys->at[i];
	ret_keys->len = len;
	return 0;
}

int range_keys_remove(const struct kernel *kernel, const struct range_keys *keys)
{
	for (size_t i = 0; i < keys->len; i++)
		if (bpf_map_delete_elem(kernel->maps[MAP_RANGES], &keys->at[i]) &&
			errno != ENOENT)
			return -errno;
	return 0;
}

void range_keys_done(struct range_keys *keys)
{
	free(keys->at);
	*keys = (struct range_keys){0};
}

int ranges_write(const struct kernel *kernel, uint32_t number, int version,
	const struct service *service, struct diags *diags)
{
	const __u32 one = 1;

	for (size_t i = 0; i < service->ranges_len; i++) {
		const struct range *range = &service->ranges[i];
		const struct sp_range_key key = {
			.prefix_len = LIST_BITS + range->bits,
			.list = htonl(sp_range_list(number, (uint8_t)(version + 1))),
			.source = range->addr,
		};

		if (!bpf_map_update_elem(kernel->maps[MAP_RANGES], &key, &one, BPF_ANY))
			continue;
		if (errno != ENOSPC)
			return fail_system(diags, -errno, "cannot write sp_ranges");
		diags_error(diags, PLACE_NONE,
			"old and new live side by side for a moment: apply in two steps",
			"no room for more source ranges: sp_ranges is full");
		return -ENOSPC;
	}
	return 0;
}

/* The first key of a list, or where it would be. */
static size_t keys_find(const struct range_keys *keys, uint32_t list)
{
	size_t low = 0, high = keys->len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (ntohl(keys->at[middle].list) < list)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int ranges_read(const struct range_keys *keys, uint32_t number, uint8_t filtered,
	struct service *service, struct arena *arena)
{
	uint32_t list = sp_range_list(number, filtered);
	size_t first = keys_find(keys, list), len = keys_find(keys, list + 1) - first;
	struct range *ranges = arena_alloc(arena, (len + 1) * sizeof(*ranges));

	if (!ranges)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		const struct sp_range_key *key = &keys->at[first + i];

		ranges[i].addr = key->source;
		ranges[i].bits = (uint8_t)(key->prefix_len - LIST_BITS);
	}
	service->filtered = true;
	service->ranges = ranges;
	service->ranges_len = len;
	return 0;
}
