/* SPDX-License-Identifier: BSD-2-Clause */
/* l2, ipip and gue: packets go to their pods as the client has sent them, behind other
 * headers or none, compared byte by byte. */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "direct.h"

#define IP_CHECK 10

static void rows_plain(const struct loaded_service *service)
{
	struct frame in = frame_to_vip(service);

	for (int n = 0; n < 2; n++)
		row_count(direct_goes(service, &in), "%s: a plain packet (%d)",
			direct_name(service), n + 1);
	in.tcp_flags = 0x02;
	in.source.port = htons(40001);
	row_count(direct_goes(service, &in), "%s: a SYN from another port",
		direct_name(service));
}

/* Around the parts that a checksum is summed in, odd and even. */
static void rows_of_payloads(const struct loaded_service *service)
{
	static const size_t lens[] = {0, 1, 2, 3, 4, 5, 6, 7, 443, 444, 445, 446, 451,
		452, 453, 463, 464, 465, 471, 472, 473, 483, 484, 485, 983, 984, 999,
		1000, 1392};

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct frame in = frame_to_vip(service);

		in.payload_len = lens[i];
		row_count(direct_goes(service, &in), "%s: a payload of %zu bytes",
			direct_name(service), lens[i]);
	}
}

/* What the kernel cannot redirect is not to be sent. */
static bool is_told(const struct frame *in)
{
	uint8_t bytes[FRAME_MAX];
	size_t len = frame_build(in, bytes);
	struct run run;

	loaded_run(bytes, len, NETWORK_CLIENT, &run);
	return run.verdict == XDP_TX && run.moved[SP_REASON_PACKET_TOO_BIG] == 1;
}

static void rows_of_jumbo(const struct loaded_service *service)
{
	static const size_t lens[] = {2999, 4000, 8900};

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct frame in = frame_to_vip(service);

		in.payload_len = lens[i];
		row_count(row_may_redirect(lens[i]) ? direct_goes(service, &in)
						    : is_told(&in),
			"%s: a large payload of %zu bytes", direct_name(service),
			lens[i]);
	}
}

/* What the outer header takes over, and what it has of its own. */
static void rows_of_headers(const struct loaded_service *service)
{
	static const uint8_t toses[] = {0, 1, 2, 3, 0xb8, 0xff};
	struct frame in = frame_to_vip(service);

	for (size_t i = 0; i < sizeof(toses) / sizeof(toses[0]); i++) {
		in.tos = toses[i];
		row_count(direct_goes(service, &in), "%s: traffic class %#x",
			direct_name(service), toses[i]);
	}
	in = frame_to_vip(service);
	in.ttl = 2;
	row_count(direct_goes(service, &in), "%s: the last TTL that may go on",
		direct_name(service));
	in.ttl = 255;
	row_count(direct_goes(service, &in), "%s: the highest TTL", direct_name(service));
	in.ttl = 1;
	row_count(row_passes_frame(&in, NETWORK_CLIENT, SP_REASON_TTL_EXPIRED),
		"%s: a TTL that is used up", direct_name(service));
	in = frame_to_vip(service);
	in.may_fragment = true;
	row_count(direct_goes(service, &in), "%s: a packet that may be fragmented",
		direct_name(service));
	in.padding_len = 7;
	row_count(direct_goes(service, &in), "%s: padding behind the packet",
		direct_name(service));
	in.is_unchecked = true;
	row_count(direct_goes(service, &in), "%s: UDP without a checksum",
		direct_name(service));
}

static void rows_of_options(const struct loaded_service *service)
{
	static const uint8_t options[] = {1, 68, 7, 5, 0, 0, 0, 0};
	uint8_t extension[] = {service->vip.protocol, 0, 1, 4, 0, 0, 0, 0};
	struct frame in = frame_to_vip(service);

	in.headers = direct_is_v6(service) ? extension : options;
	in.headers_len = 8;
	in.headers_protocol = 60;
	row_count(direct_goes(service, &in), "%s: options or an extension header",
		direct_name(service));
}

static struct frame fragment_of(
	const struct loaded_service *service, size_t at, uint32_t id)
{
	struct frame in = frame_to_vip(service);

	in.payload_len = 900;
	in.fragment.at = at;
	in.fragment.len = 512;
	in.fragment.id = id;
	return in;
}

static void rows_of_fragments(const struct loaded_service *service)
{
	uint32_t id = 0x7a00 + service->number;
	struct frame first = fragment_of(service, 0, id);
	struct frame later = fragment_of(service, 512, id);

	row_count(row_passes_frame(&later, NETWORK_CLIENT, SP_REASON_FRAGMENT),
		"%s: a later fragment before the first", direct_name(service));
	row_count(direct_goes(service, &first), "%s: a first fragment",
		direct_name(service));
	row_count(direct_goes(service, &later), "%s: a later fragment",
		direct_name(service));
}

/* Run a frame of which a byte was changed; that is changed in what goes out, too. */
static bool goes_patched(
	const struct loaded_service *service, const struct frame *in, size_t at)
{
	struct direct_hop hop = direct_hop_to_pod(service);
	uint8_t bytes[FRAME_MAX], out[FRAME_MAX];
	size_t len = frame_build(in, bytes), out_len;
	struct run run;

	bytes[at] ^= 0x40;
	out_len = direct_build(service, &hop, &in->source, bytes, len, out);
	loaded_run(bytes, len, NETWORK_CLIENT, &run);
	return run_is(&run, XDP_REDIRECT, out, out_len, SP_REASON_TO_POD);
}

/* What is wrong inside stays wrong, and the header in front is right all the same. */
static void rows_of_wrong_sums(const struct loaded_service *service)
{
	struct frame in = frame_to_vip(service);
	size_t ip_len = direct_is_v6(service) ? 40 : 20;
	size_t check = service->vip.protocol == IPPROTO_TCP ? 16 : 6;

	row_count(goes_patched(service, &in, FRAME_ETH_LEN + ip_len + check),
		"%s: a wrong checksum inside", direct_name(service));
	row_count(goes_patched(service, &in, FRAME_ETH_LEN + ip_len + 21),
		"%s: a wrong byte inside", direct_name(service));
	if (!direct_is_v6(service))
		row_count(goes_patched(service, &in, FRAME_ETH_LEN + IP_CHECK),
			"%s: a wrong checksum of the header inside",
			direct_name(service));
}

/* The checksum of gue, of each value one that a payload makes. */
static bool sum_is_found(const struct loaded_service *service, uint16_t wanted)
{
	struct direct_hop hop = direct_hop_to_pod(service);
	struct frame in = frame_to_vip(service);
	uint8_t bytes[FRAME_MAX], out[FRAME_MAX];
	size_t check = FRAME_ETH_LEN + direct_overhead(service) - 2;

	in.is_unchecked = true;
	in.payload_len = 2;
	for (uint32_t start = 0; start <= 0xffff; start++) {
		in.payload_start = (uint16_t)start;
		direct_build(
			service, &hop, &in.source, bytes, frame_build(&in, bytes), out);
		if ((out[check] << 8 | out[check + 1]) == wanted)
			return direct_goes(service, &in);
	}
	return false;
}

static void rows_of_zero_sums(const struct loaded_service *service)
{
	if (!direct_is_gue(service) || !direct_is_over_v6(service) ||
		service->vip.protocol != IPPROTO_UDP)
		return;
	row_count(sum_is_found(service, 0xffff), "%s: a checksum that comes out as 0",
		direct_name(service));
	row_count(sum_is_found(service, 1), "%s: and one of 1", direct_name(service));
}

/* Flows have ports of their own in front, all of them dynamic ones. */
static void rows_of_spread(const struct loaded_service *service)
{
	size_t at = FRAME_ETH_LEN + direct_overhead(service) - 8;
	uint32_t different = 0, before = 0;
	bool right = true;

	if (!direct_is_gue(service))
		return;
	for (uint16_t port = 1; port <= 100; port++) {
		struct frame in = frame_to_vip(service);
		uint8_t bytes[FRAME_MAX];
		struct run run;
		uint32_t is;

		in.source.port = htons(port);
		loaded_run(bytes, frame_build(&in, bytes), NETWORK_CLIENT, &run);
		is = (uint32_t)run.bytes[at] << 8 | run.bytes[at + 1];
		right &= is >= 49152;
		different += is != before;
		before = is;
	}
	row_count(right && different > 95, "%s: flows have different ports in front",
		direct_name(service));
}

/* What such a pod sends as itself is not an answer to a client of the VIP. */
static void rows_back(const struct loaded_service *service)
{
	struct frame back = frame_from_pod(service);

	if (direct_is_v6(service) != direct_is_over_v6(service))
		back.dest = endpoint(
			direct_is_over_v6(service) ? "2001:db8:cafe::7" : "203.0.113.7",
			40000, service->pod.protocol);
	row_count(row_passes_frame(&back, NETWORK_POD, SP_REASON_NOT_OURS),
		"%s: a packet from the pod itself", direct_name(service));
}

static void rows_of_traffic(const struct loaded_service *service)
{
	struct frame in = frame_to_vip(service);
	struct sp_traffic before = loaded_read_traffic(service->number), after;
	uint8_t bytes[FRAME_MAX];
	size_t len = frame_build(&in, bytes);

	loaded_send(bytes, len, NETWORK_CLIENT);
	after = loaded_read_traffic(service->number);
	row_count(after.packets == before.packets + 1 &&
			  after.bytes == before.bytes + len - FRAME_ETH_LEN,
		"%s: counted as the client has sent it", direct_name(service));
}

static void rows_of(const struct loaded_service *service)
{
	rows_plain(service);
	rows_of_payloads(service);
	rows_of_headers(service);
	rows_of_options(service);
	rows_of_fragments(service);
	rows_of_wrong_sums(service);
	rows_of_zero_sums(service);
	rows_of_spread(service);
	rows_back(service);
	rows_of_traffic(service);
}

int main(void)
{
	rows_open();
	direct_open();
	for (int i = 0; i < DIRECT_SERVICES; i++)
		rows_of(&direct_services[i]);
	network_set_mtu(9216);
	loaded_set_generation(2);
	for (int i = 0; i < DIRECT_SERVICES; i++)
		rows_of_jumbo(&direct_services[i]);
	return rows_close();
}
