/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Internet checksums, updated by what changed (RFC 1624), or of a header.
 *
 * A difference is a sum of 16- or 32-bit words in network byte order: the complement of
 * each old word plus each new one. It is the same for every checksum over these words. */
#ifndef CSUM_H
#define CSUM_H

#include <linux/ip.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

static __always_inline __u64 csum_diff16(__be16 from, __be16 to)
{
	return (__u64)(__u16)~from + to;
}

static __always_inline __u64 csum_diff32(__be32 from, __be32 to)
{
	return (__u64)(__u32)~from + to;
}

/* Each step adds the carries of the step before. Of a sum below 2^40 (256 words), at most
 * 2^32 + 255 is left by the first, 0x1fffe by the second, 16 bits by the third. */
static __always_inline __u16 csum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static __always_inline __sum16 csum_update(__sum16 check, __u64 diff)
{
	return (__u16)~csum_fold((__u16)~check + diff);
}

/* Of an IPv4 header without options, whose checksum is still 0. Of one that has it, and
 * is as it was sent, the result is 0. */
static __always_inline __sum16 csum_of_v4(const struct iphdr *v4)
{
	const __be32 *words = (const void *)v4;
	__u64 sum = 0;

	for (unsigned i = 0; i < sizeof(*v4) / sizeof(*words); i++)
		sum += words[i];
	return ~csum_fold(sum);
}

#endif
