/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hashes of include/hash.h as the kernel runs them, one case in each packet. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "hash.h"
#include "hash_case.h"

SEC("xdp")
int hash_run(struct xdp_md *ctx)
{
	struct hash_case *packet = (void *)(long)ctx->data;
	struct sp_endpoint source;

	if ((void *)(packet + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	source = packet->source;
	packet->ip = sp_hash_source_ip(&source.addr);
	packet->ip_port = sp_hash_source_ip_port(&source, packet->vip_port);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
