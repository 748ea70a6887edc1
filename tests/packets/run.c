/* SPDX-License-Identifier: BSD-2-Clause */
/* One frame through a program in the kernel. */
#include "run.h"

#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

void must(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "%s: error %d\n", what, error);
	abort();
}

void run_stay_on_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	must(sched_setaffinity(0, sizeof(cpus), &cpus), "sched_setaffinity");
}

long run_read_counter(int map_fd, uint32_t key)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values = calloc((size_t)cpus, sizeof(*values));
	long sum = 0;

	must(!values, "counters");
	must(bpf_map_lookup_elem(map_fd, &key, values), "counter");
	for (int cpu = 0; cpu < cpus; cpu++)
		sum += (long)values[cpu];
	free(values);
	return sum;
}

void run_program(int program_fd, const uint8_t *bytes, size_t len, enum network_dev dev,
	struct run *ret_run)
{
	struct xdp_md ctx = {.data_end = len, .ingress_ifindex = network_ifindex(dev)};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .data_size_in = len,
		.data_out = ret_run->bytes, .data_size_out = sizeof(ret_run->bytes),
		.ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);

	must(bpf_prog_test_run_opts(program_fd, &options), "BPF_PROG_TEST_RUN");
	ret_run->verdict = options.retval;
	ret_run->len = options.data_size_out;
}

bool run_has(const struct run *run, uint32_t verdict, const uint8_t *bytes, size_t len)
{
	bool right = true;

	if (run->verdict != verdict) {
		printf("  verdict %u, expected %u\n", run->verdict, verdict);
		right = false;
	}
	if (run->len != len) {
		printf("  %zu bytes, expected %zu\n", run->len, len);
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (run->bytes[i] != bytes[i]) {
			printf("  byte %zu is %02x, expected %02x\n", i, run->bytes[i],
				bytes[i]);
			right = false;
		}
	}
	return right;
}
