/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What test_hash_bpf sends to hash.bpf.c as a packet, and gets back. */
#ifndef HASH_CASE_H
#define HASH_CASE_H

#include "addr.h"

struct hash_case {
	struct sp_endpoint source;
	__be16 vip_port;
	__u16 zero;
	__u64 ip;      /* out: sp_hash_source_ip */
	__u64 ip_port; /* out: sp_hash_source_ip_port */
};

#endif
