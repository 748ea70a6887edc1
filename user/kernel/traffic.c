// SPDX-License-Identifier: BSD-2-Clause
/* What went to each pod: counters of all CPUs added up. */
#include "kernel/state.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

/* One value for each CPU, all 0. NULL with errno. */
static struct sp_traffic *values_new(int *ret_len)
{
	*ret_len = libbpf_num_possible_cpus();
	if (*ret_len > 0)
		return calloc((size_t)*ret_len, sizeof(struct sp_traffic));
	errno = -*ret_len;
	return NULL;
}

static int read_pod(const struct kernel *kernel, uint32_t pod, struct sp_traffic *values,
	int values_len, struct kernel_traffic *ret_traffic)
{
	*ret_traffic = (struct kernel_traffic){0};
	if (bpf_map_lookup_elem(kernel->maps[MAP_TRAFFIC], &pod, values))
		return -errno;
	for (int i = 0; i < values_len; i++) {
		ret_traffic->packets += values[i].packets;
		ret_traffic->bytes += values[i].bytes;
		ret_traffic->flows += values[i].flows;
	}
	return 0;
}

int kernel_read_traffic(struct kernel *kernel, const struct service *service,
	struct kernel_traffic *ret_pods, struct diags *diags)
{
	int len, error = 0;
	struct sp_traffic *values = values_new(&len);

	if (!values)
		error = -errno;
	for (size_t i = 0; i < service->pods_len && !error; i++)
		error = read_pod(
			kernel, service->pods[i].number, values, len, &ret_pods[i]);
	free(values);
	return error ? fail_system(diags, error, "cannot read the traffic of %s",
			       service->name)
		     : 0;
}

int traffic_clear(const struct kernel *kernel, uint32_t pod)
{
	int len, error = 0;
	struct sp_traffic *values = values_new(&len);

	if (!values ||
		bpf_map_update_elem(kernel->maps[MAP_TRAFFIC], &pod, values, BPF_ANY))
		error = -errno;
	free(values);
	return error;
}
