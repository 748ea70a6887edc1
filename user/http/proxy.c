/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of the PROXY protocol, read. */
#include "http/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "http/fault.h"
#include "http/proxy_wire.h"
#include "http/scan.h"

#define V1_LEN_MAX 107
#define PORT_MAX 65535

/* Up to the next space, which is taken; the last word has none, and leaves bytes NULL. */
static struct text word_take(struct text *rest)
{
	size_t whole_len = rest->len;
	const char *space = whole_len ? memchr(rest->bytes, ' ', rest->len) : NULL;
	struct text word = *rest;

	*rest = (struct text){0};
	if (space) {
		word.len = (size_t)(space - word.bytes);
		*rest = (struct text){space + 1, whole_len - word.len - 1};
	}
	return word;
}

static bool addr_take(struct text *rest, int family, struct sp_addr *ret_addr)
{
	struct text word = word_take(rest);
	char text[INET6_ADDRSTRLEN];
	__be32 v4;

	if (!word.len || word.len >= sizeof(text))
		return false;
	memcpy(text, word.bytes, word.len);
	text[word.len] = 0;
	if (family == AF_INET6)
		return inet_pton(family, text, ret_addr) == 1;
	if (inet_pton(family, text, &v4) != 1)
		return false;
	*ret_addr = sp_addr_from_v4(v4);
	return true;
}

/* Without zeros in front. */
static bool port_take(struct text *rest, __be16 *ret_port)
{
	struct text word = word_take(rest);
	uint64_t port;

	if (!scan_number(word, &port) || port > PORT_MAX ||
		(word.len > 1 && word.bytes[0] == '0'))
		return false;
	*ret_port = htons((uint16_t)port);
	return true;
}

/* "TCP4 source dest port port" */
static bool v1_take(struct text line, struct proxy *proxy)
{
	struct text word = word_take(&line);
	int family = word.len == 4 && !memcmp(word.bytes, "TCP4", 4)   ? AF_INET
		     : word.len == 4 && !memcmp(word.bytes, "TCP6", 4) ? AF_INET6
								       : AF_UNSPEC;

	proxy->local = word.len == 7 && !memcmp(word.bytes, "UNKNOWN", 7);
	if (proxy->local)
		return true;
	return family != AF_UNSPEC && addr_take(&line, family, &proxy->source.addr) &&
	       addr_take(&line, family, &proxy->dest.addr) &&
	       port_take(&line, &proxy->source.port) &&
	       port_take(&line, &proxy->dest.port) && !line.bytes;
}

static enum http_fault_kind v1_parse(const char *bytes, size_t len, struct proxy *proxy)
{
	size_t max = len < V1_LEN_MAX ? len : V1_LEN_MAX;
	const char *end = memchr(bytes, '\n', max);
	struct text line = {bytes + V1_SIGNATURE_LEN, 0};

	if (!end)
		return max == V1_LEN_MAX ? HTTP_FAULT_PROXY_LONG : HTTP_SOUND;
	if (end[-1] != '\r')
		return HTTP_FAULT_PROXY;
	line.len = (size_t)(end - 1 - line.bytes);
	proxy->len = (size_t)(end + 1 - bytes);
	return v1_take(line, proxy) ? HTTP_SOUND : HTTP_FAULT_PROXY;
}

static bool v2_addresses_take(
	const union v2_addresses *at, unsigned family, size_t len, struct proxy *proxy)
{
	if (family == V2_TCP4 && len >= sizeof(at->v4)) {
		proxy->source.addr = sp_addr_from_v4(at->v4.source);
		proxy->dest.addr = sp_addr_from_v4(at->v4.dest);
		proxy->source.port = at->v4.source_port;
		proxy->dest.port = at->v4.dest_port;
		return true;
	}
	if (family == V2_TCP6 && len >= sizeof(at->v6)) {
		proxy->source.addr = at->v6.source;
		proxy->dest.addr = at->v6.dest;
		proxy->source.port = at->v6.source_port;
		proxy->dest.port = at->v6.dest_port;
		return true;
	}
	proxy->local = true;
	return family != V2_TCP4 && family != V2_TCP6;
}

static enum http_fault_kind v2_parse(const char *bytes, size_t len, struct proxy *proxy)
{
	union v2_addresses addresses = {0};
	struct v2_header header;
	size_t follow;

	if (len < sizeof(header))
		return HTTP_SOUND;
	memcpy(&header, bytes, sizeof(header));
	follow = ntohs(header.len);
	if (header.version_command != V2_LOCAL && header.version_command != V2_PROXY)
		return HTTP_FAULT_PROXY;
	if (header.family >> 4 > 3 || (header.family & 0xf) > 2)
		return HTTP_FAULT_PROXY;
	if (sizeof(header) + follow > PROXY_LEN_MAX)
		return HTTP_FAULT_PROXY_LONG;
	if (len < sizeof(header) + follow)
		return HTTP_SOUND;
	proxy->len = sizeof(header) + follow;
	proxy->local = header.version_command == V2_LOCAL;
	memcpy(&addresses, bytes + sizeof(header),
		follow < sizeof(addresses) ? follow : sizeof(addresses));
	if (!proxy->local && !v2_addresses_take(&addresses, header.family, follow, proxy))
		return HTTP_FAULT_PROXY;
	return HTTP_SOUND;
}

static bool begins_like(
	const char *bytes, size_t len, const char *signature, size_t signature_len)
{
	return !memcmp(bytes, signature, len < signature_len ? len : signature_len);
}

enum http_progress proxy_parse(const char *bytes, size_t len, struct proxy *ret_proxy,
	struct http_fault *ret_fault)
{
	struct proxy proxy = {
		.source.protocol = IPPROTO_TCP, .dest.protocol = IPPROTO_TCP};
	enum http_fault_kind fault = HTTP_FAULT_PROXY;

	if (begins_like(bytes, len, V1_SIGNATURE, V1_SIGNATURE_LEN))
		fault = len < V1_SIGNATURE_LEN ? HTTP_SOUND
					       : v1_parse(bytes, len, &proxy);
	else if (begins_like(bytes, len, V2_SIGNATURE, V2_SIGNATURE_LEN))
		fault = v2_parse(bytes, len, &proxy);
	if (fault) {
		*ret_fault = http_fault_make(fault, false);
		return HTTP_BROKEN;
	}
	if (!proxy.len)
		return HTTP_INCOMPLETE;
	*ret_proxy = proxy;
	return HTTP_DONE;
}
