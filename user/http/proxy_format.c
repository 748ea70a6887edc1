/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of the PROXY protocol, written. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "http/proxy.h"
#include "http/proxy_wire.h"
#include "model/text.h"

/* "192.0.2.1", or "::ffff:192.0.2.1" where the header is of IPv6. */
static char *addr_format_as(const struct sp_addr *addr, bool is_v6, char *buffer)
{
	if (!is_v6 || !sp_addr_is_v4(addr))
		return addr_format(addr, buffer);
	inet_ntop(AF_INET6, addr, buffer, ADDR_TEXT_MAX);
	return buffer;
}

static size_t v1_format(bool is_v6, const struct sp_endpoint *source,
	const struct sp_endpoint *dest, char *buffer)
{
	char from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX], line[PROXY_WRITTEN_MAX + 1];
	int len = snprintf(line, sizeof(line), "PROXY TCP%c %s %s %u %u\r\n",
		is_v6 ? '6' : '4', addr_format_as(&source->addr, is_v6, from),
		addr_format_as(&dest->addr, is_v6, to), ntohs(source->port),
		ntohs(dest->port));

	memcpy(buffer, line, (size_t)len);
	return (size_t)len;
}

static size_t v2_format(bool is_v6, const struct sp_endpoint *source,
	const struct sp_endpoint *dest, char *buffer)
{
	union v2_addresses addresses;
	size_t len = is_v6 ? sizeof(addresses.v6) : sizeof(addresses.v4);
	struct v2_header header = {
		.version_command = V2_PROXY,
		.family = is_v6 ? V2_TCP6 : V2_TCP4,
		.len = htons((uint16_t)len),
	};

	memcpy(header.signature, V2_SIGNATURE, sizeof(header.signature));
	if (is_v6) {
		addresses.v6.source = source->addr;
		addresses.v6.dest = dest->addr;
		addresses.v6.source_port = source->port;
		addresses.v6.dest_port = dest->port;
	} else {
		addresses.v4.source = source->addr.word[3];
		addresses.v4.dest = dest->addr.word[3];
		addresses.v4.source_port = source->port;
		addresses.v4.dest_port = dest->port;
	}
	memcpy(buffer, &header, sizeof(header));
	memcpy(buffer + sizeof(header), &addresses, len);
	return sizeof(header) + len;
}

size_t proxy_format(unsigned version, const struct sp_endpoint *source,
	const struct sp_endpoint *dest, char *buffer)
{
	bool is_v6 = !sp_addr_is_v4(&source->addr) || !sp_addr_is_v4(&dest->addr);

	return version == 1 ? v1_format(is_v6, source, dest, buffer)
			    : v2_format(is_v6, source, dest, buffer);
}
