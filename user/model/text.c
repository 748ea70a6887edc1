/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for what the model holds, both ways: addresses, endpoints and names. */
#include "model/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* Up to 65535. Returns the end. */
static char *put_number(char *at, unsigned number)
{
	if (number >= 10)
		at = put_number(at, number / 10);
	*at++ = (char)('0' + number % 10);
	return at;
}

/* By hand, since log lines and cookies of each request have addresses: inet_ntop() and
 * snprintf() take twenty times as long. */
static char *put_v4(char *at, const struct sp_addr *addr)
{
	const uint8_t *bytes = (const uint8_t *)&addr->word[3];

	for (int i = 0; i < 4; i++) {
		if (i)
			*at++ = '.';
		at = put_number(at, bytes[i]);
	}
	return at;
}

char *addr_format(const struct sp_addr *addr, char *buffer)
{
	if (sp_addr_is_v4(addr))
		*put_v4(buffer, addr) = 0;
	else
		inet_ntop(AF_INET6, addr, buffer, ADDR_TEXT_MAX);
	return buffer;
}

char *pod_format(const struct sp_endpoint *at, char *buffer)
{
	char *end = buffer;

	if (sp_addr_is_v4(&at->addr)) {
		end = put_v4(end, &at->addr);
	} else {
		*end++ = '[';
		end += strlen(addr_format(&at->addr, end));
		*end++ = ']';
	}
	*end++ = ':';
	*put_number(end, ntohs(at->port)) = 0;
	return buffer;
}

char *vip_format(const struct sp_endpoint *vip, char *buffer)
{
	size_t len = strlen(pod_format(vip, buffer));

	snprintf(buffer + len, ENDPOINT_TEXT_MAX - len, "/%s",
		protocol_name(vip->protocol));
	return buffer;
}

int addr_parse(const char *text, size_t len, struct sp_addr *ret_addr)
{
	char copy[INET6_ADDRSTRLEN];
	struct sp_addr addr;
	__be32 v4;

	if (len >= sizeof(copy) || memchr(text, 0, len))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = 0;
	if (inet_pton(AF_INET, copy, &v4) == 1)
		addr = sp_addr_from_v4(v4);
	else if (inet_pton(AF_INET6, copy, &addr) != 1 || sp_addr_is_v4(&addr))
		return -EINVAL;
	*ret_addr = addr;
	return 0;
}

/* 1..65535 in decimal digits without leading zeros; 0: it is not. */
static unsigned port_parse(const char *text, size_t len)
{
	unsigned port = 0;

	if (!len || len > 5 || text[0] == '0')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	return port <= 65535 ? port : 0;
}

int pod_parse(const char *text, size_t len, struct sp_endpoint *ret_at)
{
	const char *colon = memrchr(text, ':', len);
	struct sp_addr addr;
	size_t addr_len;
	unsigned port;
	bool brackets;

	if (!colon)
		return -EINVAL;
	addr_len = (size_t)(colon - text);
	port = port_parse(colon + 1, len - addr_len - 1);
	brackets = addr_len >= 2 && text[0] == '[' && text[addr_len - 1] == ']';
	if (brackets) {
		text++;
		addr_len -= 2;
	}
	if (!port || addr_parse(text, addr_len, &addr) ||
		brackets == sp_addr_is_v4(&addr))
		return -EINVAL;
	*ret_at = (struct sp_endpoint){.addr = addr, .port = htons((uint16_t)port)};
	return 0;
}

int vip_parse(const char *text, size_t len, struct sp_endpoint *ret_vip)
{
	const char *slash = memrchr(text, '/', len);
	size_t at_len = slash ? (size_t)(slash - text) : len;
	uint8_t protocol = IPPROTO_TCP;

	if (slash) {
		if (len - at_len != 4)
			return -EINVAL;
		if (!memcmp(slash, "/udp", 4))
			protocol = IPPROTO_UDP;
		else if (memcmp(slash, "/tcp", 4))
			return -EINVAL;
	}
	if (pod_parse(text, at_len, ret_vip))
		return -EINVAL;
	ret_vip->protocol = protocol;
	return 0;
}

const char *protocol_name(uint8_t protocol)
{
	return protocol == IPPROTO_UDP ? "udp" : "tcp";
}

const char *key_name(enum sp_key key)
{
	static const char *const names[] = {
		[SP_KEY_SOURCE_IP_PORT] = "source-ip-port",
		[SP_KEY_SOURCE_IP] = "source-ip",
		[SP_KEY_COOKIE] = "cookie",
		[SP_KEY_HEADER] = "header",
		[SP_KEY_QUERY] = "query",
	};

	return names[key];
}

const char *algorithm_name(enum sp_algorithm algorithm)
{
	return algorithm == SP_ALGORITHM_RING_HASH ? "ring-hash" : "maglev";
}

const char *forward_name(enum sp_forward forward)
{
	static const char *const names[] = {
		[SP_FORWARD_NAT] = "nat",
		[SP_FORWARD_L2] = "l2",
		[SP_FORWARD_IPIP] = "ipip",
		[SP_FORWARD_GUE] = "gue",
		[SP_FORWARD_L7] = "l7",
	};

	return names[forward];
}

const char *pod_state_name(enum sp_pod_state state)
{
	static const char *const names[] = {
		[SP_POD_GONE] = "gone",
		[SP_POD_READY] = "ready",
		[SP_POD_DRAINING] = "draining",
	};

	return names[state];
}

const char *drained_name(enum sp_drained drained)
{
	static const char *const names[] = {
		[SP_DRAINED_NOT] = NULL,
		[SP_DRAINED_BY_HAND] = "by hand",
		[SP_DRAINED_BOTH] = "both",
	};

	return names[drained];
}
