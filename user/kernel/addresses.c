// SPDX-License-Identifier: BSD-2-Clause
/* Addresses of VIPs in sp_vips: what echo requests are answered for. Each leads to the
 * number of one of the services that have it. */
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "kernel/state.h"
#include "model/model.h"

/* An address that leads to a service which is gone. */
struct orphan {
	struct sp_endpoint key;
	uint32_t heir; /* a live service that has it; SP_SERVICES_MAX: none */
};

struct sp_endpoint address_key(const struct sp_addr *addr)
{
	return (struct sp_endpoint){
		.addr = *addr,
		.protocol = sp_addr_is_v4(addr) ? IPPROTO_ICMP : IPPROTO_ICMPV6,
	};
}

static int compare_orphans(const void *a, const void *b)
{
	const struct orphan *left = a, *right = b;

	return model_compare_endpoints(&left->key, &right->key);
}

/* Returns how many there are. */
static size_t orphans_find(struct kernel *kernel, const uint32_t *gone, size_t gone_len,
	struct orphan *orphans)
{
	size_t len = 0;

	for (size_t i = 0; i < gone_len; i++) {
		struct sp_endpoint key = address_key(&kernel->services[gone[i]].vip.addr);
		uint32_t number;

		if (bpf_map_lookup_elem(kernel->maps[MAP_VIPS], &key, &number) ||
			number != gone[i])
			continue;
		orphans[len++] = (struct orphan){.key = key, .heir = SP_SERVICES_MAX};
	}
	return len;
}

static void orphans_find_heirs(const struct kernel *kernel, const struct live *live,
	struct orphan *orphans, size_t len)
{
	for (uint32_t i = 0; i < SP_SERVICES_MAX; i++) {
		struct orphan wanted = {0}, *found;

		if (!(live->services[i / 64] >> i % 64 & 1))
			continue;
		wanted.key = address_key(&kernel->services[i].vip.addr);
		found = bsearch(&wanted, orphans, len, sizeof(*orphans), compare_orphans);
		if (found)
			found->heir = i;
	}
}

static int orphan_settle(int map, const struct orphan *orphan)
{
	int error =
		orphan->heir < SP_SERVICES_MAX
			? bpf_map_update_elem(map, &orphan->key, &orphan->heir, BPF_EXIST)
			: bpf_map_delete_elem(map, &orphan->key);

	return error ? -errno : 0;
}

int addresses_remove(struct kernel *kernel, const struct live *live, const uint32_t *gone,
	size_t gone_len)
{
	struct orphan *orphans;
	size_t len;
	int error = 0;

	if (!gone_len)
		return 0;
	orphans = malloc(gone_len * sizeof(*orphans));
	if (!orphans)
		return -ENOMEM;
	len = orphans_find(kernel, gone, gone_len, orphans);
	qsort(orphans, len, sizeof(*orphans), compare_orphans);
	if (len)
		orphans_find_heirs(kernel, live, orphans, len);
	for (size_t i = 0; i < len && !error; i++)
		error = orphan_settle(kernel->maps[MAP_VIPS], &orphans[i]);
	free(orphans);
	return error;
}
