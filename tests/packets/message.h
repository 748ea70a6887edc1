/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP and ICMPv6 messages from a description, with checksums computed over the whole. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "frame.h"

struct message {
	const uint8_t *dest_mac, *source_mac;
	struct sp_addr source, dest; /* the family is the destination's */
	uint8_t ttl;		     /* or hop limit */
	uint8_t type, code;
	uint32_t rest;		    /* the last four bytes of the header */
	const struct frame *quoted; /* whose packet the message quotes; NULL: none */
	size_t len; /* of what follows the header: the beginning of the packet, or bytes
		     */
	size_t padding_len; /* behind the IP packet */
};

/* Offset of a message in its frame. */
size_t message_at(const struct message *message);

/* Returns the length. */
size_t message_build(const struct message *message, uint8_t bytes[FRAME_MAX]);

/* Write a message's checksums anew, after a change of its `len` bytes of frame. */
void message_sign(const struct message *message, uint8_t *bytes, size_t len);

#endif
