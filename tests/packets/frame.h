/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet frames from a description, with checksums computed over the whole packet: what
 * the program's incremental ones are compared with. */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define FRAME_MAX 9216
#define FRAME_ETH_LEN 14

struct frame {
	const uint8_t *dest_mac, *source_mac;
	struct sp_endpoint source, dest; /* family and protocol are the destination's */
	uint8_t ttl;			 /* or hop limit */
	uint8_t tos;			 /* or traffic class */
	uint32_t flow_label;		 /* IPv6 */
	size_t payload_len;
	uint16_t payload_start; /* its first two bytes; the others follow from them */
	size_t padding_len;	/* behind the IP packet */
	bool is_unchecked;	/* UDP without a checksum */
	bool may_fragment;	/* IPv4 without the flag that forbids it */
	uint8_t tcp_flags;	/* 0: PSH and ACK */
	/* Options, a multiple of 4 bytes, or extension headers: bytes behind the IP
	 * header. `headers_protocol` is what an IPv6 header calls the first of them. */
	const uint8_t *headers;
	size_t headers_len;
	uint8_t headers_protocol;
	/* A part of the datagram: `len` bytes of what is behind the IP header and
	 * `headers`, from `at` on. IPv6: its header comes behind `headers`. `len` 0: the
	 * whole. */
	struct {
		size_t at, len;
		uint32_t id;
	} fragment;
	uint8_t tags[12]; /* of VLANs, behind the MAC addresses */
	size_t tags_len;
};

/* A byte of the built frame to be overwritten; `at` 0: none. */
struct frame_patch {
	size_t at;
	uint8_t value;
};

/* Returns the length. */
size_t frame_build(const struct frame *frame, uint8_t bytes[FRAME_MAX]);

/* The TCP or UDP checksum of a frame that frame_build() has built, host byte order. */
uint16_t frame_read_check(const struct frame *frame, const uint8_t *bytes);

/* The checksum of bytes, host byte order; `sum` is added to theirs. */
uint16_t frame_sum(const uint8_t *bytes, size_t len, uint64_t sum);

/* "192.0.2.1" or "2001:db8::1" with port and protocol. Aborts on anything else. */
struct sp_endpoint endpoint(const char *text, uint16_t port, uint8_t protocol);

#endif
