/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv6 extension headers: stepped over on the way to TCP or UDP, and never changed.
 *
 * Hop-by-hop options (first), destination options, a routing header that has been used
 * up, and one fragment header. A routing header of type 0 or with segments left means
 * another destination, and all other headers (AH, ESP, mobility) hide or protect what
 * would have to change: they stop here. */
#ifndef EXTENSIONS_H
#define EXTENSIONS_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "reasons.h"

#define EXTENSIONS_MAX 6
#define EXTENSIONS_LEN_MAX 256

#define EXTENSIONS_MORE 0x0001	 /* more fragments follow */
#define EXTENSIONS_OFFSET 0xfff8 /* of the fragment, in bytes */

/* What was found between the IPv6 header and the transport header. */
struct extensions {
	enum sp_reason reason; /* why the packet stops, if it does */
	__u32 len;	       /* of all of them */
	__be32 fragment_id;
	__be16 fragment; /* offset and flag; 0: a whole packet */
	__u8 protocol;	 /* the header behind; of a later fragment only a guess */
	__u8 has_fragment;
};

/* All of them begin so, and are at least 8 bytes long. */
struct extension {
	__u8 next_header;
	__u8 len_units; /* of 8 bytes, beyond the first; 0 in a fragment header */
	union {
		struct {
			__u8 routing_type, segments_left;
		};
		__be16 fragment;
	};
	__be32 fragment_id;
};

static __always_inline int extensions_stop(
	struct extensions *extensions, enum sp_reason reason)
{
	extensions->reason = reason;
	return 0;
}

/* Why a packet stops at a header that is never stepped over. */
static __always_inline enum sp_reason extensions_reason(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_AH:
	case IPPROTO_ESP:
	case IPPROTO_MH:
		return SP_REASON_IP_EXTENSION;
	default:
		return SP_REASON_NOT_TCP_UDP;
	}
}

static __always_inline _Bool extensions_is_known(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_DSTOPTS ||
	       protocol == IPPROTO_ROUTING || protocol == IPPROTO_FRAGMENT;
}

static __always_inline _Bool extensions_may_pass(const struct extensions *extensions,
	const struct extension *header, _Bool is_first)
{
	switch (extensions->protocol) {
	case IPPROTO_HOPOPTS:
		return is_first;
	case IPPROTO_ROUTING:
		return header->routing_type && !header->segments_left;
	case IPPROTO_FRAGMENT:
		return !extensions->has_fragment;
	default:
		return 1;
	}
}

/* Step over headers from `at` in the frame on; `extensions` comes with the protocol of
 * the first, else zeroed. Returns whether the packet may go on. A function of its own for
 * the verifier, which checks it once, whatever the packet is. */
__noinline int extensions_read(
	struct xdp_md *ctx, __u32 at, struct extensions *extensions)
{
	__u32 len = 0;

	if (!extensions || at > ETH_FRAME_LEN)
		return 0;
	for (int i = 0; i <= EXTENSIONS_MAX; i++) {
		struct extension *header = (void *)(long)ctx->data + at + len;
		__u8 protocol = extensions->protocol;

		extensions->len = len;
		if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
			extensions->fragment & bpf_htons(EXTENSIONS_OFFSET))
			return 1;
		if (!extensions_is_known(protocol))
			return extensions_stop(extensions, extensions_reason(protocol));
		if ((void *)(header + 1) > (void *)(long)ctx->data_end)
			return extensions_stop(extensions, SP_REASON_TRUNCATED);
		if (!extensions_may_pass(extensions, header, i == 0))
			break;
		if (protocol == IPPROTO_FRAGMENT) {
			extensions->has_fragment = 1;
			extensions->fragment_id = header->fragment_id;
			extensions->fragment =
				header->fragment &
				bpf_htons(EXTENSIONS_OFFSET | EXTENSIONS_MORE);
			len += sizeof(*header);
		} else {
			len += (header->len_units + 1) * sizeof(*header);
		}
		extensions->protocol = header->next_header;
	}
	return extensions_stop(extensions, SP_REASON_IP_EXTENSION);
}

#endif
