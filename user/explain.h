/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside explain only: a client, its key, and the packet that it would send. */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "commands.h"
#include "model/text.h"
#include "table/key.h"

struct client {
	struct text given;     /* as the user wrote it */
	struct sp_endpoint at; /* for the source keys; port 0: not said */
	struct text text; /* what is hashed, in words; points to `given` or `buffer` */
	bool has_hash;	  /* false: the text counts as missing, no pod is chosen by it */
	uint64_t hash;
	char buffer[2 * ENDPOINT_TEXT_MAX];
};

/* Read a client as the key of the service wants it, and hash it. `given` is borrowed.
 * Returns 0; -EINVAL with an error in diags at `place`. */
int client_parse(const struct service *service, struct text given, struct place place,
	struct client *ret_client, struct diags *diags);

/* Ethernet, IPv6, TCP: the largest that packet_build() makes. */
#define PACKET_LEN_MAX 128

/* The first frame of a client's flow to `vip` (a TCP SYN, or an empty UDP datagram) as a
 * device with this MAC address receives it. Returns its length. */
size_t packet_build(const struct sp_endpoint *client, const struct sp_endpoint *vip,
	const uint8_t mac[6], uint8_t frame[PACKET_LEN_MAX]);

/* Where a frame goes. Returns 0, or -EINVAL when it is not whole IP with TCP or UDP. */
int packet_read_target(const uint8_t *frame, size_t len, struct sp_endpoint *ret_target);

#endif
