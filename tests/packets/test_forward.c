/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets that are forwarded, compared byte by byte in both directions. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "rows.h"

/* What both ends of a row have in common. */
struct variant {
	size_t payload_len, padding_len;
	uint16_t payload_start;
	uint8_t ttl;
	bool is_unchecked;
};

static const struct variant plain = {.payload_len = 32, .ttl = 64};

static void frame_vary(struct frame *frame, const struct variant *variant, uint8_t ttl)
{
	frame->payload_len = variant->payload_len;
	frame->padding_len = variant->padding_len;
	frame->payload_start = variant->payload_start;
	frame->is_unchecked = variant->is_unchecked;
	frame->ttl = ttl;
}

/* What the kernel cannot redirect, its stack sends on: `out` then has a router's part
 * before it still. */
static bool frame_goes_by_stack(const struct frame *in, struct frame *out)
{
	if (row_may_redirect(in->payload_len))
		return false;
	out->dest_mac = in->dest_mac;
	out->source_mac = in->source_mac;
	out->ttl = in->ttl;
	return true;
}

static bool row_to_pod(
	const struct loaded_service *service, const struct variant *variant)
{
	struct frame in = frame_to_vip(service), out = frame_to_pod(service);

	frame_vary(&in, variant, variant->ttl);
	frame_vary(&out, variant, variant->ttl - 1);
	if (frame_goes_by_stack(&in, &out))
		return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_RESOLVE_POD);
	return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD);
}

static bool row_to_client(
	const struct loaded_service *service, const struct variant *variant)
{
	struct frame in = frame_from_pod(service), out = frame_to_client(service);

	frame_vary(&in, variant, variant->ttl);
	frame_vary(&out, variant, variant->ttl - 1);
	if (frame_goes_by_stack(&in, &out))
		return row_forwards(&in, NETWORK_POD, &out, SP_REASON_RESOLVE_CLIENT);
	return row_forwards(&in, NETWORK_POD, &out, SP_REASON_TO_CLIENT);
}

static void rows_both(const struct loaded_service *service, const struct variant *variant,
	const char *sentence)
{
	row_count(row_to_pod(service, variant), "%s: %s, to the pod", cast_name(service),
		sentence);
	row_count(row_to_client(service, variant), "%s: %s, to the client",
		cast_name(service), sentence);
}

static void rows_of_cast(void)
{
	for (int place = 0; place < CAST; place++)
		rows_both(&cast[place], &plain, "a plain packet");
}

/* Services that differ in family and protocol only. */
static const struct loaded_service *service_of(int which)
{
	return cast_find(which & 1, which & 2 ? IPPROTO_UDP : IPPROTO_TCP,
		SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV);
}

static void rows_of_payloads(void)
{
	static const size_t lens[] = {0, 1, 2, 3, 7, 64, 999, 1399, 1400};
	char sentence[64];

	for (int which = 0; which < 4; which++) {
		for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			struct variant variant = plain;

			variant.payload_len = lens[i];
			snprintf(sentence, sizeof(sentence), "a payload of %zu bytes",
				lens[i]);
			rows_both(service_of(which), &variant, sentence);
		}
	}
}

/* Frames of several buffers: the MTU must let them through. */
static void rows_of_jumbo(void)
{
	static const size_t lens[] = {3000, 4000, 8900};

	network_set_mtu(9000);
	for (int which = 0; which < 4; which++) {
		for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			struct variant variant = plain;
			char sentence[64];

			variant.payload_len = lens[i];
			snprintf(sentence, sizeof(sentence), "a payload of %zu bytes",
				lens[i]);
			rows_both(service_of(which), &variant, sentence);
		}
	}
}

/* The last buffer is one byte too short. */
static void rows_of_cut_jumbo(void)
{
	for (int which = 0; which < 4; which++) {
		struct frame in = frame_to_vip(service_of(which));
		uint8_t bytes[FRAME_MAX];
		size_t len;

		in.payload_len = 8900;
		len = frame_build(&in, bytes);
		row_count(row_passes(bytes, len - 1, NETWORK_CLIENT, SP_REASON_TRUNCATED),
			"%s: a large packet that misses a byte",
			cast_name(service_of(which)));
	}
}

static void rows_of_variants(void)
{
	static const struct {
		const char *sentence;
		struct variant variant;
	} rows[] = {
		{"the last TTL that may go on", {.ttl = 2}},
		{"the highest TTL", {.ttl = 255}},
		{"padding to 60 bytes behind the packet", {.ttl = 64, .padding_len = 18}},
		{"one byte of padding", {.ttl = 64, .payload_len = 5, .padding_len = 1}},
	};
	static const struct variant unchecked = {
		.payload_len = 9, .ttl = 64, .is_unchecked = true};

	for (int which = 0; which < 4; which++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			rows_both(service_of(which), &rows[i].variant, rows[i].sentence);
	for (int v6 = 0; v6 < 2; v6++)
		rows_both(service_of(v6 | 2), &unchecked, "without a checksum");
}

/* Find a payload with which the checksum of `frame` is `check`. */
static bool payload_find(struct frame *frame, uint16_t check, uint16_t *ret_start)
{
	uint8_t bytes[FRAME_MAX];

	frame->payload_len = 2;
	for (uint32_t start = 0; start <= 0xffff; start++) {
		frame->payload_start = (uint16_t)start;
		frame_build(frame, bytes);
		if (frame_read_check(frame, bytes) == check) {
			*ret_start = (uint16_t)start;
			return true;
		}
	}
	return false;
}

/* A sum that comes out as 0 is written as 0xffff by UDP and as 0 by TCP. */
static void rows_of_zero_sums(void)
{
	for (int which = 0; which < 4; which++) {
		const struct loaded_service *service = service_of(which);
		uint16_t zero = which & 2 ? 0xffff : 0;
		struct frame before = frame_to_vip(service),
			     after = frame_to_pod(service);
		struct frame back = frame_to_client(service);
		struct variant variant = {.payload_len = 2, .ttl = 64};

		row_count(payload_find(&before, zero, &variant.payload_start) &&
				  row_to_pod(service, &variant),
			"%s: a checksum that was 0", cast_name(service));
		row_count(payload_find(&after, zero, &variant.payload_start) &&
				  row_to_pod(service, &variant),
			"%s: a checksum that becomes 0, to the pod", cast_name(service));
		row_count(payload_find(&back, zero, &variant.payload_start) &&
				  row_to_client(service, &variant),
			"%s: a checksum that becomes 0, to the client",
			cast_name(service));
	}
}

static void client_randomise(struct sp_endpoint *client)
{
	bool v4 = sp_addr_is_v4(&client->addr);

	/* 100.x.x.x or 2001:db8:xxxx...: both are behind the default route. */
	for (int i = v4 ? 3 : 1; i < 4; i++)
		client->addr.word[i] = (uint32_t)random() << 8 ^ (uint32_t)random();
	if (v4)
		client->addr.word[3] =
			htonl(100U << 24 | (ntohl(client->addr.word[3]) >> 8));
	client->port = (uint16_t)random();
}

static bool row_random(bool back)
{
	const struct loaded_service *service = &cast[random() % CAST];
	struct variant variant = {.payload_len = (size_t)random() % 1200,
		.payload_start = (uint16_t)random(),
		.ttl = (uint8_t)(2 + random() % 254)};
	struct frame in = back ? frame_from_pod(service) : frame_to_vip(service);
	struct frame out = back ? frame_to_client(service) : frame_to_pod(service);
	struct sp_endpoint *client = back ? &in.dest : &in.source;

	client_randomise(client);
	*(back ? &out.dest : &out.source) = *client;
	frame_vary(&in, &variant, variant.ttl);
	frame_vary(&out, &variant, variant.ttl - 1);
	return row_forwards(&in, back ? NETWORK_POD : NETWORK_CLIENT, &out,
		back ? SP_REASON_TO_CLIENT : SP_REASON_TO_POD);
}

static void rows_of_chance(void)
{
	bool to_pod = true, to_client = true;

	srandom(1);
	for (int i = 0; i < 2000; i++) {
		to_pod &= row_random(false);
		to_client &= row_random(true);
	}
	row_count(to_pod, "2000 packets of random clients, sizes and TTLs, to the pod");
	row_count(to_client, "2000 such packets, to the client");
}

int main(void)
{
	rows_open();
	rows_of_cast();
	rows_of_payloads();
	rows_of_variants();
	rows_of_zero_sums();
	rows_of_chance();
	rows_of_jumbo();
	rows_of_cut_jumbo();
	return rows_close();
}
