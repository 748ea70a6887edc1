/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP messages, byte by byte. */
#include "message.h"

#include <arpa/inet.h>
#include <string.h>

#define V4_LEN 20
#define V6_LEN 40
#define HEADER_LEN 8

static bool is_v4(const struct message *message)
{
	return sp_addr_is_v4(&message->dest);
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

size_t message_at(const struct message *message)
{
	return FRAME_ETH_LEN + (is_v4(message) ? V4_LEN : V6_LEN);
}

static void build_ip(const struct message *message, uint8_t *ip, size_t len)
{
	if (is_v4(message)) {
		ip[0] = 0x45;
		put16(ip + 2, V4_LEN + len);
		put16(ip + 4, 0xabcd);
		ip[8] = message->ttl;
		ip[9] = IPPROTO_ICMP;
		memcpy(ip + 12, &message->source.word[3], 4);
		memcpy(ip + 16, &message->dest.word[3], 4);
	} else {
		ip[0] = 0x60;
		put16(ip + 4, len);
		ip[6] = IPPROTO_ICMPV6;
		ip[7] = message->ttl;
		memcpy(ip + 8, &message->source, 16);
		memcpy(ip + 24, &message->dest, 16);
	}
}

static void build_body(const struct message *message, uint8_t *body)
{
	uint8_t quoted[FRAME_MAX];

	if (message->quoted) {
		frame_build(message->quoted, quoted);
		memcpy(body, quoted + FRAME_ETH_LEN, message->len);
		return;
	}
	for (size_t i = 0; i < message->len; i++)
		body[i] = (uint8_t)(i * 7 + 3);
}

void message_sign(const struct message *message, uint8_t *bytes, size_t len)
{
	uint8_t *ip = bytes + FRAME_ETH_LEN, *icmp = bytes + message_at(message);
	size_t icmp_len = len - message_at(message);
	uint8_t pseudo[40] = {[39] = IPPROTO_ICMPV6};

	put16(icmp + 2, 0);
	if (is_v4(message)) {
		put16(icmp + 2, frame_sum(icmp, icmp_len, 0));
		put16(ip + 10, 0);
		put16(ip + 10, frame_sum(ip, V4_LEN, 0));
		return;
	}
	memcpy(pseudo, ip + 8, 32);
	put16(pseudo + 34, icmp_len);
	put16(icmp + 2, frame_sum(icmp, icmp_len,
				(uint16_t)~frame_sum(pseudo, sizeof(pseudo), 0)));
}

size_t message_build(const struct message *message, uint8_t bytes[FRAME_MAX])
{
	uint8_t *icmp = bytes + message_at(message);
	size_t len = message_at(message) + HEADER_LEN + message->len;
	uint32_t rest = htonl(message->rest);

	memset(bytes, 0, FRAME_MAX);
	memcpy(bytes, message->dest_mac, 6);
	memcpy(bytes + 6, message->source_mac, 6);
	put16(bytes + 12, is_v4(message) ? 0x0800 : 0x86dd);
	build_ip(message, bytes + FRAME_ETH_LEN, HEADER_LEN + message->len);
	icmp[0] = message->type;
	icmp[1] = message->code;
	memcpy(icmp + 4, &rest, 4);
	build_body(message, icmp + HEADER_LEN);
	message_sign(message, bytes, len);
	memset(bytes + len, 0xaa, message->padding_len);
	return len + message->padding_len;
}
