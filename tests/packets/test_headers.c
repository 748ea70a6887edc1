/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 options and IPv6 extension headers: which packets go on with them, untouched, and
 * which go to the stack. */
#include <netinet/in.h>
#include <stdio.h>

#include "rows.h"

#define TCP 6
#define UDP 17
#define HOP 0
#define ROUTING 43
#define FRAGMENT 44
#define ESP 50
#define AH 51
#define NONE 59
#define ICMP6 58
#define DEST 60
#define MOBILITY 135

#define BYTES(...) {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})

/* In extension headers the last byte called NEXT becomes the protocol of the service. */
#define NEXT 0xfe

struct row {
	const char *sentence;
	uint8_t bytes[280];
	size_t len;
	uint8_t protocol; /* IPv6: the first header's */
	enum sp_reason reason;
};

#define GOES SP_REASON_TO_POD
#define OPTIONS SP_REASON_IP_OPTIONS
#define EXTENSION SP_REASON_IP_EXTENSION

static const struct row options[] = {
	{"no-operations", BYTES(1, 1, 1, 1), 0, GOES},
	{"an end of options", BYTES(0, 0, 0, 0), 0, GOES},
	{"a router alert", BYTES(148, 4, 0, 0), 0, GOES},
	{"a record route", BYTES(7, 7, 4, 0, 0, 0, 0, 0), 0, GOES},
	{"a timestamp behind a no-operation", BYTES(1, 68, 7, 5, 0, 0, 0, 0), 0, GOES},
	{"a source route behind the end", BYTES(0, 131, 7, 4, 0, 0, 0, 0), 0, GOES},
	{"a source route's number inside another option", BYTES(148, 4, 131, 137), 0,
		GOES},
	{"40 bytes of one option", {130, 40}, 40, 0, GOES},
	{"40 no-operations",
		BYTES(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
			1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
		0, GOES},
	{"a loose source route", BYTES(131, 7, 4, 192, 0, 2, 1, 0), 0, OPTIONS},
	{"a strict source route", BYTES(137, 7, 4, 192, 0, 2, 1, 0), 0, OPTIONS},
	{"a source route behind a no-operation", BYTES(1, 131, 7, 4, 192, 0, 2, 1), 0,
		OPTIONS},
	{"a source route behind a router alert",
		BYTES(148, 4, 0, 0, 137, 7, 4, 192, 0, 2, 1, 0), 0, OPTIONS},
	{"a source route in the last byte", BYTES(1, 1, 1, 131), 0, OPTIONS},
	{"an option of 0 bytes", BYTES(148, 0, 0, 0), 0, OPTIONS},
	{"an option of 1 byte", BYTES(148, 1, 0, 0), 0, OPTIONS},
	{"an option that ends behind the header", BYTES(148, 5, 0, 0), 0, OPTIONS},
	{"an option of 255 bytes", BYTES(148, 255, 0, 0), 0, OPTIONS},
	{"an option in the last byte", BYTES(1, 1, 1, 148), 0, OPTIONS},
};

static const struct row extensions[] = {
	{"hop-by-hop options", BYTES(NEXT, 0, 1, 4, 0, 0, 0, 0), HOP, GOES},
	{"destination options", BYTES(NEXT, 0, 1, 4, 0, 0, 0, 0), DEST, GOES},
	{"destination options of 24 bytes", {NEXT, 2, 1, 20}, 24, DEST, GOES},
	{"a used-up routing header of type 4", BYTES(NEXT, 0, 4, 0, 0, 0, 0, 0), ROUTING,
		GOES},
	{"hop-by-hop, destination options, routing, destination options",
		BYTES(DEST, 0, 1, 4, 0, 0, 0, 0, ROUTING, 0, 1, 4, 0, 0, 0, 0, DEST, 0, 2,
			0, 0, 0, 0, 0, NEXT, 0, 1, 4, 0, 0, 0, 0),
		HOP, GOES},
	{"an atomic fragment", BYTES(NEXT, 0, 0, 0, 0, 0, 0, 7), FRAGMENT, GOES},
	{"an atomic fragment between options",
		BYTES(FRAGMENT, 0, 1, 4, 0, 0, 0, 0, DEST, 0, 0, 0, 0, 0, 0, 7, NEXT, 0,
			1, 4, 0, 0, 0, 0),
		DEST, GOES},
	{"reserved bits in an atomic fragment", BYTES(NEXT, 9, 0, 6, 0, 0, 0, 7),
		FRAGMENT, GOES},
	{"as many headers as may be (6)",
		BYTES(DEST, 0, 1, 4, 0, 0, 0, 0, DEST, 0, 1, 4, 0, 0, 0, 0, DEST, 0, 1, 4,
			0, 0, 0, 0, DEST, 0, 1, 4, 0, 0, 0, 0, DEST, 0, 1, 4, 0, 0, 0, 0,
			NEXT, 0, 1, 4, 0, 0, 0, 0),
		DEST, GOES},
	{"one header more",
		BYTES(DEST, 0, 1, 4, 0, 0, 0, 0, DEST, 0, 1, 4, 0, 0, 0, 0, DEST, 0, 1, 4,
			0, 0, 0, 0, DEST, 0, 1, 4, 0, 0, 0, 0, DEST, 0, 1, 4, 0, 0, 0, 0,
			DEST, 0, 1, 4, 0, 0, 0, 0, NEXT, 0, 1, 4, 0, 0, 0, 0),
		DEST, EXTENSION},
	{"as many bytes as may be (256)", {NEXT, 31}, 256, DEST, GOES},
	{"8 bytes more", {NEXT, 32}, 264, DEST, EXTENSION},
	{"hop-by-hop options that are not the first",
		BYTES(HOP, 0, 1, 4, 0, 0, 0, 0, NEXT, 0, 1, 4, 0, 0, 0, 0), DEST,
		EXTENSION},
	{"a routing header of type 0", BYTES(NEXT, 0, 0, 0, 0, 0, 0, 0), ROUTING,
		EXTENSION},
	{"a routing header with a segment left", BYTES(NEXT, 0, 4, 1, 0, 0, 0, 0),
		ROUTING, EXTENSION},
	{"two fragment headers",
		BYTES(FRAGMENT, 0, 0, 0, 0, 0, 0, 0, NEXT, 0, 0, 0, 0, 0, 0, 0), FRAGMENT,
		EXTENSION},
	{"an authentication header", BYTES(NEXT, 4, 0, 0, 0, 0, 0, 1), AH, EXTENSION},
	{"an authentication header behind options",
		BYTES(AH, 0, 1, 4, 0, 0, 0, 0, NEXT, 4, 0, 0, 0, 0, 0, 1), HOP,
		EXTENSION},
	{"an encrypted payload", BYTES(0, 0, 0, 1, 0, 0, 0, 1), ESP, EXTENSION},
	{"a mobility header", BYTES(NONE, 0, 1, 0, 0, 0, 0, 0), MOBILITY, EXTENSION},
	{"no next header behind options", BYTES(NONE, 0, 1, 4, 0, 0, 0, 0), HOP,
		SP_REASON_NOT_TCP_UDP},
	{"ICMPv6 behind options", BYTES(ICMP6, 0, 5, 2, 0, 0, 1, 0), HOP,
		SP_REASON_NOT_TCP_UDP},
	{"options that reach beyond the frame", BYTES(NEXT, 30, 1, 4, 0, 0, 0, 0), HOP,
		SP_REASON_TRUNCATED},
	{"options that reach to the last byte", BYTES(NEXT, 7, 1, 4, 0, 0, 0, 0), HOP,
		SP_REASON_TRUNCATED},
};

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The row's headers with NEXT filled in. */
struct headers {
	uint8_t bytes[280];
};

static void frame_add_headers(
	struct frame *frame, const struct row *row, struct headers *headers)
{
	for (size_t i = 0; i < row->len; i++)
		headers->bytes[i] =
			row->bytes[i] == NEXT ? frame->dest.protocol : row->bytes[i];
	frame->headers = headers->bytes;
	frame->headers_len = row->len;
	frame->headers_protocol = row->protocol;
}

static bool row_to_pod(const struct loaded_service *service, const struct row *row)
{
	struct frame in = frame_to_vip(service), out = frame_to_pod(service);
	struct headers headers;

	frame_add_headers(&in, row, &headers);
	frame_add_headers(&out, row, &headers);
	if (row->reason != GOES)
		return row_passes_frame(&in, NETWORK_CLIENT, row->reason);
	return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
}

static bool row_to_client(const struct loaded_service *service, const struct row *row)
{
	struct frame in = frame_from_pod(service), out = frame_to_client(service);
	struct headers headers;

	frame_add_headers(&in, row, &headers);
	frame_add_headers(&out, row, &headers);
	if (row->reason != GOES)
		return row_passes_frame(&in, NETWORK_POD, row->reason);
	return row_forwards(&in, NETWORK_POD, &out, SP_REASON_TO_CLIENT);
}

static void rows_of_headers(const struct row *rows, size_t len, bool is_v6)
{
	for (int protocol = 0; protocol < 2; protocol++) {
		const struct loaded_service *service = cast_find(is_v6,
			protocol ? UDP : TCP, SP_KEY_SOURCE_IP, SP_ALGORITHM_RING_HASH);

		for (size_t i = 0; i < len; i++) {
			row_count(row_to_pod(service, &rows[i]), "%s: %s, to the pod",
				cast_name(service), rows[i].sentence);
			row_count(row_to_client(service, &rows[i]),
				"%s: %s, to the client", cast_name(service),
				rows[i].sentence);
		}
	}
}

/* A frame that ends anywhere in the headers, or in what is behind them, is handed on as
 * it came: the lengths in the IP header say more. */
static void rows_of_cuts(const struct row *rows, size_t rows_len, bool is_v6)
{
	for (size_t i = 0; i < rows_len; i++) {
		struct frame in = frame_to_vip(cast_web(is_v6));
		struct headers headers;
		uint8_t bytes[FRAME_MAX];
		bool right = true;
		size_t len;

		if (rows[i].reason != GOES)
			continue;
		frame_add_headers(&in, &rows[i], &headers);
		len = frame_build(&in, bytes);
		for (size_t cut = FRAME_ETH_LEN; cut < len; cut++)
			right &= row_passes(
				bytes, cut, NETWORK_CLIENT, SP_REASON_TRUNCATED);
		row_count(right, "%s: %s, cut at each byte", is_v6 ? "v6" : "v4",
			rows[i].sentence);
	}
}

/* An IP length that ends in the headers, in a frame that does not. */
static void rows_of_lengths(const struct row *rows, size_t rows_len, bool is_v6)
{
	for (size_t i = 0; i < rows_len; i++) {
		struct frame in = frame_to_vip(cast_web(is_v6));
		struct headers headers;
		uint8_t bytes[FRAME_MAX];
		bool right = true;
		size_t end, len;

		if (rows[i].reason != GOES)
			continue;
		frame_add_headers(&in, &rows[i], &headers);
		len = frame_build(&in, bytes);
		end = rows[i].len + 20 + (is_v6 ? 0 : 20);
		for (size_t ip_len = 0; ip_len < end; ip_len++) {
			bytes[is_v6 ? 18 : 16] = (uint8_t)(ip_len >> 8);
			bytes[is_v6 ? 19 : 17] = (uint8_t)ip_len;
			right &= row_passes(
				bytes, len, NETWORK_CLIENT, SP_REASON_TRUNCATED);
		}
		row_count(right, "%s: %s, every IP length that is too short",
			is_v6 ? "v6" : "v4", rows[i].sentence);
	}
}

int main(void)
{
	rows_open();
	rows_of_headers(options, ROWS(options), false);
	rows_of_headers(extensions, ROWS(extensions), true);
	rows_of_cuts(options, ROWS(options), false);
	rows_of_cuts(extensions, ROWS(extensions), true);
	rows_of_lengths(options, ROWS(options), false);
	rows_of_lengths(extensions, ROWS(extensions), true);
	return rows_close();
}
