/* SPDX-License-Identifier: BSD-2-Clause */
/* Echo requests to the address of a VIP, and what is not answered. */
#include <arpa/inet.h>
#include <linux/bpf.h>

#include "message.h"
#include "rows.h"

#define ECHO_ID 0x12340001
#define LEN_MAX 1472 /* an Ethernet frame's */

/* The address is known without port, as the loader writes it. */
static void add_address(bool v6)
{
	struct sp_endpoint address = {.addr = cast_web(v6)->vip.addr,
		.protocol = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP};

	loaded_set_vip(&address, cast_web(v6)->number);
}

static struct message request(bool v6)
{
	return (struct message){
		.dest_mac = mac_client0,
		.source_mac = mac_gateway,
		.source = cast_client(v6, IPPROTO_TCP).addr,
		.dest = cast_web(v6)->vip.addr,
		.ttl = 57,
		.type = v6 ? 128 : 8,
		.rest = ECHO_ID,
		.len = 56,
	};
}

static struct message reply(const struct message *to)
{
	struct message message = *to;

	message.dest_mac = to->source_mac;
	message.source_mac = to->dest_mac;
	message.source = to->dest;
	message.dest = to->source;
	message.ttl = 64;
	message.type = sp_addr_is_v4(&to->dest) ? 0 : 129;
	return message;
}

static bool is_answered(const struct message *in)
{
	struct message out = reply(in);
	uint8_t in_bytes[FRAME_MAX], out_bytes[FRAME_MAX];
	size_t in_len = message_build(in, in_bytes);
	size_t out_len = message_build(&out, out_bytes);
	struct run run;

	loaded_run(in_bytes, in_len, NETWORK_CLIENT, &run);
	return run_is(&run, XDP_TX, out_bytes, out_len, SP_REASON_ECHO_REPLY);
}

static bool is_left(const struct message *in, enum sp_reason reason)
{
	uint8_t bytes[FRAME_MAX];

	return row_passes(bytes, message_build(in, bytes), NETWORK_CLIENT, reason);
}

static void rows_of_lengths(bool v6)
{
	struct message message = request(v6);

	for (message.len = 0; message.len <= LEN_MAX; message.len++)
		row_count(is_answered(&message), "%s: %zu bytes are answered",
			v6 ? "v6" : "v4", message.len);
	message.len = 5;
	message.padding_len = 13;
	row_count(is_answered(&message), "%s: padding stays", v6 ? "v6" : "v4");
}

static void rows_of_others(bool v6)
{
	const char *family = v6 ? "v6" : "v4";
	struct message message = request(v6);

	message.ttl = 1;
	row_count(is_answered(&message), "%s: the last TTL", family);
	message.code = 1;
	row_count(is_left(&message, SP_REASON_NOT_TCP_UDP), "%s: another code", family);
	message = request(v6);
	message.type = v6 ? 129 : 0;
	row_count(is_left(&message, SP_REASON_NOT_TCP_UDP), "%s: a reply", family);
	message = request(v6);
	message.dest = cast_web(v6)->pod.addr;
	row_count(is_left(&message, SP_REASON_NOT_TCP_UDP), "%s: to a pod", family);
}

/* Each byte of the message is in the sum. */
static void rows_of_broken_sums(bool v6)
{
	struct message message = request(v6);
	uint8_t bytes[FRAME_MAX];
	size_t len;

	message.len = 55;
	len = message_build(&message, bytes);
	for (size_t at = message_at(&message); at < len; at++) {
		bytes[at] ^= 0x10;
		row_count(row_passes(bytes, len, NETWORK_CLIENT, SP_REASON_NOT_TCP_UDP),
			"%s: byte %zu is not what was summed", v6 ? "v6" : "v4", at);
		bytes[at] ^= 0x10;
	}
}

static void rows_of_cuts(bool v6)
{
	struct message message = request(v6);
	uint8_t bytes[FRAME_MAX];
	size_t len = message_build(&message, bytes);

	for (size_t cut = FRAME_ETH_LEN; cut < len; cut++)
		row_count(row_passes(bytes, cut, NETWORK_CLIENT, SP_REASON_TRUNCATED),
			"%s: cut to %zu of %zu bytes", v6 ? "v6" : "v4", cut, len);
}

int main(void)
{
	rows_open();
	for (int v6 = 0; v6 < 2; v6++) {
		struct message message = request(v6);

		row_count(is_left(&message, SP_REASON_NOT_TCP_UDP),
			"%s: to an address that is not known", v6 ? "v6" : "v4");
		add_address(v6);
		rows_of_lengths(v6);
		rows_of_others(v6);
		rows_of_broken_sums(v6);
		rows_of_cuts(v6);
	}
	return rows_close();
}
