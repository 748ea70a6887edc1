/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets in tunnels, byte by byte. */
#include "wrap.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define V4_LEN 20
#define V6_LEN 40
#define UDP_LEN 8
#define TTL 64
#define SOURCE_PORT 0xc123

bool wrap_is_v4(const struct wrap *wrap)
{
	return !strchr(wrap->dest, ':');
}

size_t wrap_len(const struct wrap *wrap)
{
	return (wrap_is_v4(wrap) ? V4_LEN : V6_LEN) + (wrap->is_gue ? UDP_LEN : 0);
}

const char *wrap_name(const struct wrap *wrap)
{
	static char name[32];

	snprintf(name, sizeof(name), "%s over %s", wrap->is_gue ? "gue" : "ipip",
		wrap_is_v4(wrap) ? "v4" : "v6");
	return name;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_addr(const char *text, uint8_t *at)
{
	if (inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, at) != 1)
		abort();
}

static size_t packet_len(const uint8_t *ip)
{
	return ip[0] >> 4 == 6 ? V6_LEN + (size_t)(ip[4] << 8 | ip[5])
			       : (size_t)(ip[2] << 8 | ip[3]);
}

/* `len`: of what is behind the header. */
static void put_v4(const struct wrap *wrap, uint8_t protocol, size_t len, uint8_t *ip)
{
	ip[0] = 0x45;
	ip[1] = wrap->tos;
	put16(ip + 2, V4_LEN + len);
	ip[6] = 0x40;
	ip[8] = TTL;
	ip[9] = protocol;
	put_addr(wrap->source, ip + 12);
	put_addr(wrap->dest, ip + 16);
	put16(ip + 10, frame_sum(ip, V4_LEN, 0));
}

static void put_v6(const struct wrap *wrap, uint8_t protocol, size_t len, uint8_t *ip)
{
	ip[0] = 0x60 | wrap->tos >> 4;
	ip[1] = (uint8_t)(wrap->tos << 4);
	put16(ip + 4, len);
	ip[6] = protocol;
	ip[7] = TTL;
	put_addr(wrap->source, ip + 8);
	put_addr(wrap->dest, ip + 24);
}

/* Its checksum is that over IPv6, where `ip` has the addresses. */
static void put_udp(const struct wrap *wrap, const uint8_t *ip, size_t len, uint8_t *udp)
{
	uint16_t check;

	put16(udp, SOURCE_PORT);
	put16(udp + 2, WRAP_GUE_PORT);
	put16(udp + 4, len);
	if (wrap_is_v4(wrap))
		return;
	check = frame_sum(udp, len,
		(uint64_t)(uint16_t)~frame_sum(ip + 8, 32, 0) + len + IPPROTO_UDP);
	put16(udp + 6, check ? check : 0xffff);
}

size_t wrap_bytes(const struct wrap *wrap, const uint8_t *inner, size_t inner_len,
	uint8_t bytes[FRAME_MAX])
{
	uint8_t *ip = bytes + FRAME_ETH_LEN, *packet = ip + wrap_len(wrap);
	bool is_v6 = inner[FRAME_ETH_LEN] >> 4 == 6;
	uint8_t protocol = is_v6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
	size_t len = packet_len(inner + FRAME_ETH_LEN) + wrap->trailer_len;

	memset(bytes, 0, FRAME_MAX);
	memcpy(bytes, inner, FRAME_ETH_LEN);
	put16(bytes + FRAME_ETH_LEN - 2, wrap_is_v4(wrap) ? 0x0800 : 0x86dd);
	memcpy(packet, inner + FRAME_ETH_LEN, inner_len - FRAME_ETH_LEN);
	if (wrap->is_gue) {
		len += UDP_LEN;
		protocol = IPPROTO_UDP;
	}
	if (wrap_is_v4(wrap))
		put_v4(wrap, protocol, len, ip);
	else
		put_v6(wrap, protocol, len, ip);
	if (wrap->is_gue)
		put_udp(wrap, ip, len, packet - UDP_LEN);
	return inner_len + wrap_len(wrap);
}

size_t wrap_build(
	const struct wrap *wrap, const struct frame *inner, uint8_t bytes[FRAME_MAX])
{
	struct frame untagged = *inner;
	uint8_t plain[FRAME_MAX];
	size_t len, macs_len = 12;

	untagged.tags_len = 0;
	/* What the tunnel has behind the packet is, of the frame that comes out, padding.
	 */
	untagged.padding_len += wrap->trailer_len;
	len = wrap_bytes(wrap, plain, frame_build(&untagged, plain), bytes);
	memmove(bytes + macs_len + inner->tags_len, bytes + macs_len, len - macs_len);
	memcpy(bytes + macs_len, inner->tags, inner->tags_len);
	return len + inner->tags_len;
}
