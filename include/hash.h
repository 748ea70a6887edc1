/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hashes of the keys that the XDP program knows, for kernel and user space. */
#ifndef SP_HASH_H
#define SP_HASH_H

#include "addr.h"
#include "addr_text.h"
#include "xxh64.h"

/* Key source-ip: XXH64, seed 0, of the address as inet_ntop (glibc) prints it, which is
 * what Envoy hashes. */
SP_INLINE __u64 sp_hash_source_v4(__be32 source)
{
	struct sp_text text = {0};

	sp_text_from_v4(&text, source);
	return sp_xxh64(text.word, text.len);
}

SP_INLINE __u64 sp_hash_source_v6(const struct sp_addr *source)
{
	struct sp_text text = {0};

	sp_text_from_v6(&text, source);
	return sp_xxh64(text.word, text.len);
}

SP_INLINE __u64 sp_hash_source_ip(const struct sp_addr *source)
{
	return sp_addr_is_v4(source) ? sp_hash_source_v4(source->word[3])
				     : sp_hash_source_v6(source);
}

/* Key source-ip-port: XXH64, seed 0, of 24 binary bytes: source address (16), source
 * port (2), the VIP's port (2), protocol (1), three zeros; all in network byte order. */
SP_INLINE __u64 sp_hash_source_ip_port(const struct sp_endpoint *source, __be16 vip_port)
{
	const __be32 *addr = source->addr.word;
	__u64 high = sp_bytes32(addr[0]) | (__u64)sp_bytes32(addr[1]) << 32;
	__u64 low = sp_bytes32(addr[2]) | (__u64)sp_bytes32(addr[3]) << 32;
	__u32 ports = sp_bytes16(source->port) | (__u32)sp_bytes16(vip_port) << 16;
	__u64 hash = SP_XXH64_PRIME5 + 24;

	hash = sp_xxh64_word(hash, high);
	hash = sp_xxh64_word(hash, low);
	hash = sp_xxh64_word(hash, ports | (__u64)source->protocol << 32);
	return sp_xxh64_tail(hash, 0, 0);
}

#endif
