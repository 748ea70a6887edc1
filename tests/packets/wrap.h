/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in tunnels, from a description of the tunnel and the frame that is to come out.
 */
#ifndef WRAP_H
#define WRAP_H

#include "frame.h"

#define WRAP_GUE_PORT 6080

struct wrap {
	const char *source, *dest; /* addresses of the tunnel's ends, of one family */
	bool is_gue;		   /* else IP in IP */
	uint8_t tos;		   /* or traffic class */
	size_t trailer_len;	   /* bytes in the tunnel behind the packet */
};

/* The frame that `inner` describes, with its packet in the tunnel. Returns the length. */
size_t wrap_build(
	const struct wrap *wrap, const struct frame *inner, uint8_t bytes[FRAME_MAX]);

/* The same of a frame that is built already, without tags. */
size_t wrap_bytes(const struct wrap *wrap, const uint8_t *inner, size_t inner_len,
	uint8_t bytes[FRAME_MAX]);

bool wrap_is_v4(const struct wrap *wrap);

/* Bytes of the tunnel's headers. */
size_t wrap_len(const struct wrap *wrap);

/* "gue over v4" */
const char *wrap_name(const struct wrap *wrap);

#endif
