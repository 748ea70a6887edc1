/* SPDX-License-Identifier: BSD-2-Clause */
/* The PROXY protocol, versions 1 and 2: who the client is, said in front of its bytes by
 * a balancer. Pure. Source: haproxy.org, proxy-protocol.txt. */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include "addr.h"
#include "http/head.h"

#define PROXY_LEN_MAX 536 /* with the TLVs of version 2, which are skipped */
#define PROXY_WRITTEN_MAX 107

struct proxy {
	bool local; /* the connection's own ends count: LOCAL, UNKNOWN, or addresses of
		     * something else than TCP */
	struct sp_endpoint source, dest; /* protocol: TCP */
	size_t len;			 /* bytes of the header */
};

/* Parse the header that `bytes` must begin with; strictly, version 1 too.
 * ret_proxy is written on HTTP_DONE, ret_fault on HTTP_BROKEN. */
enum http_progress proxy_parse(const char *bytes, size_t len, struct proxy *ret_proxy,
	struct http_fault *ret_fault);

/* Write a header of `version` 1 or 2 into a buffer of PROXY_WRITTEN_MAX. Ends of two
 * families are both written as IPv6. Returns its length. */
size_t proxy_format(unsigned version, const struct sp_endpoint *source,
	const struct sp_endpoint *dest, char *buffer);

#endif
