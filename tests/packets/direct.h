/* SPDX-License-Identifier: BSD-2-Clause */
/* Services whose pods answer their clients directly, and the frames that go to these:
 * with another MAC address, or in a tunnel. */
#ifndef DIRECT_H
#define DIRECT_H

#include "message.h"
#include "rows.h"

/* A service for each way to forward, family of VIP and pod, and protocol. */
#define DIRECT_SERVICES 20
extern struct loaded_service direct_services[DIRECT_SERVICES];

/* Behind rows_open(). */
void direct_open(void);

/* "gue v6 in v4 tcp" */
const char *direct_name(const struct loaded_service *service);

bool direct_is_tunnel(const struct loaded_service *service);
bool direct_is_gue(const struct loaded_service *service);
bool direct_is_v6(const struct loaded_service *service);      /* the VIP */
bool direct_is_over_v6(const struct loaded_service *service); /* the pod */

/* Bytes of headers that a tunnel takes. */
size_t direct_overhead(const struct loaded_service *service);

/* Where a frame goes, and from where a tunnel comes. */
struct direct_hop {
	const uint8_t *dest_mac, *source_mac;
	struct sp_addr source;
};

/* The pods' neighbour is known: from client0 to pod .11. */
struct direct_hop direct_hop_to_pod(const struct loaded_service *service);

/* What becomes of the untagged frame `in` with the client's packet, or an error about its
 * flow: the frame that is to go out. Returns its length. */
size_t direct_build(const struct loaded_service *service, const struct direct_hop *hop,
	const struct sp_endpoint *client, const uint8_t *in, size_t in_len,
	uint8_t out[FRAME_MAX]);

/* Run `in` at `dev`, and expect it as above. */
bool direct_goes_by(const struct loaded_service *service, const struct direct_hop *hop,
	const struct frame *in, enum network_dev dev, enum sp_reason reason);

/* The same from client0 to pod .11. */
bool direct_goes(const struct loaded_service *service, const struct frame *in);

#endif
