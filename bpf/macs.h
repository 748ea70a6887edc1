/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A frame that becomes longer or shorter at its front, behind the MAC addresses. */
#ifndef MACS_H
#define MACS_H

#include "packet.h"

/* Take `len` bytes out from behind the MAC addresses (less than 0: put as many in); the
 * type and all before it must be written anew. NULL: the frame is as it was. Pointers
 * into the frame of before are invalid. */
static __always_inline struct eth *macs_move(struct xdp_md *ctx, int len)
{
	struct eth *eth = (void *)(long)ctx->data;
	struct mac dest, source;

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return NULL;
	dest = eth->dest;
	source = eth->source;
	if (bpf_xdp_adjust_head(ctx, len))
		return NULL;
	eth = (void *)(long)ctx->data;
	/* Always there; the verifier wants to hear it again. */
	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return NULL;
	eth->dest = dest;
	eth->source = source;
	return eth;
}

#endif
