/* SPDX-License-Identifier: BSD-2-Clause */
/* The PROXY protocol, versions 1 and 2: who the client is, said in front of its bytes by
 * a balancer. Pure. Source: haproxy.org, proxy-protocol.txt. */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include "addr.h"
#include "http/head.h"

#define PROXY_LEN_MAX \
	536 /* of what is read; version 2 may carry TLVs: they are skipped */
#define PROXY_WRITTEN_MAX 108

struct proxy {
	bool local; /* LOCAL or UNKNOWN: the connection's own ends count */
	struct sp_endpoint source, dest;
	size_t len; /* bytes of the header */
};

/* Parse the header that `bytes` must begin with. */
enum http_progress proxy_parse(const char *bytes, size_t len, struct proxy *ret_proxy,
	struct http_fault *ret_fault);

/* Write a header of `version` 1 or 2 into a buffer of PROXY_WRITTEN_MAX. Returns its
 * length. */
size_t proxy_format(unsigned version, const struct sp_endpoint *source,
	const struct sp_endpoint *dest, char *buffer);

#endif
