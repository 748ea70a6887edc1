/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet frames from a description, byte by byte. */
#include "frame.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define MACS_LEN 12
#define V4_LEN 20
#define V6_LEN 40
#define TCP_LEN 20
#define UDP_LEN 8
#define FRAGMENT_LEN 8
#define FRAGMENT_PROTOCOL 44

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* The ones' complement sum of big-endian 16-bit words, not complemented, not folded. */
static uint64_t sum_bytes(const uint8_t *bytes, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	return sum;
}

static uint16_t sum_finish(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static bool is_v4(const struct frame *frame)
{
	return sp_addr_is_v4(&frame->dest.addr);
}

static bool is_tcp(const struct frame *frame)
{
	return frame->dest.protocol == IPPROTO_TCP;
}

static bool is_fragment(const struct frame *frame)
{
	return frame->fragment.len;
}

static size_t headers_at(const struct frame *frame)
{
	return FRAME_ETH_LEN + (is_v4(frame) ? V4_LEN : V6_LEN);
}

static size_t transport_at(const struct frame *frame)
{
	size_t fragment_len = is_fragment(frame) && !is_v4(frame) ? FRAGMENT_LEN : 0;

	return headers_at(frame) + frame->headers_len + fragment_len;
}

static size_t check_at(const struct frame *frame)
{
	return transport_at(frame) + (is_tcp(frame) ? 16 : 6);
}

/* `len`: of what is behind the IP header. */
static void build_v4(const struct frame *frame, size_t len, bool more, uint8_t *ip)
{
	size_t header_len = V4_LEN + frame->headers_len;

	ip[0] = 0x40 | header_len / 4;
	ip[1] = frame->tos;
	put16(ip + 2, V4_LEN + len);
	put16(ip + 4, is_fragment(frame) ? frame->fragment.id : 0xbeef);
	put16(ip + 6, is_fragment(frame)    ? more << 13 | frame->fragment.at / 8
		      : frame->may_fragment ? 0
					    : 0x4000);
	ip[8] = frame->ttl;
	ip[9] = frame->dest.protocol;
	memcpy(ip + 12, &frame->source.addr.word[3], 4);
	memcpy(ip + 16, &frame->dest.addr.word[3], 4);
	put16(ip + 10, sum_finish(sum_bytes(ip, header_len)));
}

static void build_v6(const struct frame *frame, size_t len, bool more, uint8_t *ip)
{
	uint8_t *fragment = ip + V6_LEN + frame->headers_len;

	ip[0] = 0x60 | frame->tos >> 4;
	ip[1] = frame->tos << 4 | (frame->flow_label >> 16 & 0xf);
	put16(ip + 2, frame->flow_label);
	put16(ip + 4, len);
	ip[6] = frame->headers_len   ? frame->headers_protocol
		: is_fragment(frame) ? FRAGMENT_PROTOCOL
				     : frame->dest.protocol;
	ip[7] = frame->ttl;
	memcpy(ip + 8, &frame->source.addr, 16);
	memcpy(ip + 24, &frame->dest.addr, 16);
	if (!is_fragment(frame))
		return;
	fragment[0] = frame->dest.protocol;
	put16(fragment + 2, frame->fragment.at | more);
	put16(fragment + 4, frame->fragment.id >> 16);
	put16(fragment + 6, frame->fragment.id);
}

/* Header and payload, the checksum still 0; returns the length. */
static size_t build_transport(const struct frame *frame, uint8_t *transport)
{
	size_t header_len = is_tcp(frame) ? TCP_LEN : UDP_LEN;
	uint32_t byte = frame->payload_start;

	memcpy(transport, &frame->source.port, 2);
	memcpy(transport + 2, &frame->dest.port, 2);
	if (is_tcp(frame)) {
		put16(transport + 6, 0x1234); /* low half of the sequence number */
		transport[12] = 5 << 4;
		transport[13] = frame->tcp_flags ? frame->tcp_flags : 0x18;
		put16(transport + 14, 0xfaf0);
	} else {
		put16(transport + 4, UDP_LEN + frame->payload_len);
	}
	for (size_t i = 0; i < frame->payload_len; i++) {
		transport[header_len + i] = i == 0 ? byte >> 8 : byte;
		byte = i == 0 ? byte : byte * 5 + 1;
	}
	return header_len + frame->payload_len;
}

static uint16_t transport_check(
	const struct frame *frame, const uint8_t *transport, size_t transport_len)
{
	uint64_t sum = frame->dest.protocol + transport_len; /* of the pseudo header */
	uint16_t check;

	/* The mark of IPv4 (::ffff) is no part of an address on the wire. */
	sum += sum_bytes((const uint8_t *)&frame->source.addr + (is_v4(frame) ? 12 : 0),
		is_v4(frame) ? 4 : 16);
	sum += sum_bytes((const uint8_t *)&frame->dest.addr + (is_v4(frame) ? 12 : 0),
		is_v4(frame) ? 4 : 16);
	check = sum_finish(sum + sum_bytes(transport, transport_len));
	if (is_tcp(frame))
		return check;
	if (frame->is_unchecked)
		return 0;
	return check ? check : 0xffff;
}

/* Keep the fragment's part of a datagram; returns its length. */
static size_t cut_fragment(
	const struct frame *frame, uint8_t *transport, size_t len, bool *ret_more)
{
	size_t at = frame->fragment.at, end = at + frame->fragment.len;

	if (!is_fragment(frame))
		return len;
	*ret_more = end < len;
	if (end > len)
		end = len;
	memmove(transport, transport + at, end - at);
	return end - at;
}

size_t frame_build(const struct frame *frame, uint8_t bytes[FRAME_MAX])
{
	uint8_t *transport = bytes + transport_at(frame), *ip = bytes + FRAME_ETH_LEN;
	size_t transport_len, end;
	bool more = false;

	memset(bytes, 0, FRAME_MAX);
	memcpy(bytes, frame->dest_mac, 6);
	memcpy(bytes + 6, frame->source_mac, 6);
	put16(bytes + 12, is_v4(frame) ? 0x0800 : 0x86dd);
	if (frame->headers_len)
		memcpy(bytes + headers_at(frame), frame->headers, frame->headers_len);
	transport_len = build_transport(frame, transport);
	put16(bytes + check_at(frame), transport_check(frame, transport, transport_len));
	end = transport_at(frame) + cut_fragment(frame, transport, transport_len, &more);
	if (is_v4(frame))
		build_v4(frame, end - headers_at(frame), more, ip);
	else
		build_v6(frame, end - headers_at(frame), more, ip);
	memset(bytes + end, 0xaa, frame->padding_len);
	end += frame->padding_len;
	memmove(bytes + MACS_LEN + frame->tags_len, bytes + MACS_LEN, end - MACS_LEN);
	memcpy(bytes + MACS_LEN, frame->tags, frame->tags_len);
	return end + frame->tags_len;
}

uint16_t frame_read_check(const struct frame *frame, const uint8_t *bytes)
{
	const uint8_t *check = bytes + check_at(frame);

	return check[0] << 8 | check[1];
}

uint16_t frame_sum(const uint8_t *bytes, size_t len, uint64_t sum)
{
	return sum_finish(sum + sum_bytes(bytes, len));
}

struct sp_endpoint endpoint(const char *text, uint16_t port, uint8_t protocol)
{
	struct sp_endpoint endpoint = {.port = htons(port), .protocol = protocol};
	uint32_t v4;

	if (inet_pton(AF_INET, text, &v4) == 1)
		endpoint.addr = sp_addr_from_v4(v4);
	else if (inet_pton(AF_INET6, text, &endpoint.addr) != 1)
		abort();
	return endpoint;
}
