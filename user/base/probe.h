/* SPDX-License-Identifier: BSD-2-Clause */
/* A probe: a client's first frame, and where the one that came out goes. */
#ifndef BASE_PROBE_H
#define BASE_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "types.h"

/* Ethernet, IPv6, TCP: the largest that probe_build() makes. */
#define PROBE_LEN_MAX 128

/* The first frame of a client's flow to `vip` (a TCP SYN, or an empty UDP datagram) as a
 * device with this MAC address receives it. Returns its length. */
size_t probe_build(const struct sp_endpoint *client, const struct sp_endpoint *vip,
	const uint8_t mac[6], uint8_t frame[PROBE_LEN_MAX]);

/* Where a frame goes that is forwarded in this way: in a tunnel the outer address, and
 * the inner port and protocol. Returns 0, or -EINVAL when it is not whole IP with TCP or
 * UDP. */
int probe_read_target(const uint8_t *frame, size_t len, enum sp_forward forward,
	struct sp_endpoint *ret_target);

#endif
