/* SPDX-License-Identifier: BSD-2-Clause */
/* The PROXY protocol on the wire. Source: haproxy.org, proxy-protocol.txt, section 2. */
#ifndef HTTP_PROXY_WIRE_H
#define HTTP_PROXY_WIRE_H

#include "addr.h"

#define V1_SIGNATURE "PROXY "
#define V1_SIGNATURE_LEN (sizeof(V1_SIGNATURE) - 1)
#define V2_SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V2_SIGNATURE_LEN (sizeof(V2_SIGNATURE) - 1)

enum {
	V2_LOCAL = 0x20, /* version and command */
	V2_PROXY = 0x21,
	V2_TCP4 = 0x11, /* family and protocol */
	V2_TCP6 = 0x21,
};

/* All numbers in network byte order. */
struct v2_header {
	char signature[12];
	__u8 version_command;
	__u8 family;
	__be16 len; /* of what follows */
};

union v2_addresses {
	struct {
		__be32 source, dest;
		__be16 source_port, dest_port;
	} v4;
	struct {
		struct sp_addr source, dest;
		__be16 source_port, dest_port;
	} v6;
};

_Static_assert(sizeof(struct v2_header) == 16, "as on the wire");
_Static_assert(sizeof(union v2_addresses) == 36, "as on the wire");

#endif
