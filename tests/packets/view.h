/* SPDX-License-Identifier: BSD-2-Clause */
/* What a frame says, read anew, apart from the code under test. */
#ifndef VIEW_H
#define VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types.h"

struct view {
	size_t ip, transport, end; /* places */
	bool is_v4, has_ports;
	uint8_t protocol;
};

/* False when the frame is not TCP or UDP in whole; *ret_view is set all the same when
 * only its end lies beyond `len`. */
bool view_read(const uint8_t *bytes, size_t len, struct view *ret_view);

size_t view_addr_len(const struct view *view);

/* Places of the source address and of the transport's checksum. */
size_t view_source(const struct view *view);
size_t view_check(const struct view *view);

/* Source or destination. */
struct sp_endpoint view_end(const uint8_t *bytes, const struct view *view, bool is_dest);

uint32_t view_get16(const uint8_t *at);

/* The ones' complement sum of a stretch, 0 for 0xffff: two numbers for one. */
uint32_t view_sum(const uint8_t *bytes, size_t at, size_t end);

/* What a receiver sums up: 0 when the checksum is right, else how wrong it is. */
uint32_t view_transport_sum(const uint8_t *bytes, const struct view *view);

#endif
