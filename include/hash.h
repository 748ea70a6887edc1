/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hashes of the keys that the XDP program knows, for kernel and user space. */
#ifndef SP_HASH_H
#define SP_HASH_H

#include "addr.h"

/* Key source-ip: XXH64, seed 0, of the address as inet_ntop (glibc) prints it, which is
 * what Envoy hashes. */
static inline __attribute__((always_inline)) __u64 sp_hash_source_ip(
	const struct sp_addr *source);

/* Key source-ip-port: XXH64, seed 0, of 24 binary bytes: source address (16), source
 * port (2), the VIP's port (2), protocol (1), three zeros; all in network byte order. */
static inline __attribute__((always_inline)) __u64 sp_hash_source_ip_port(
	const struct sp_endpoint *source, __be16 vip_port);

#endif
