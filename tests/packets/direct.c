/* SPDX-License-Identifier: BSD-2-Clause */
/* Services of direct server return, and the frames to their pods, byte by byte. */
#include "direct.h"

#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "hash.h"

#define V4_LEN 20
#define V6_LEN 40
#define UDP_LEN 8
#define GUE_PORT 6080
#define OUTER_TTL 64
#define NUMBER 200

struct loaded_service direct_services[DIRECT_SERVICES];

bool direct_is_tunnel(const struct loaded_service *service)
{
	return service->forward != SP_FORWARD_L2;
}

bool direct_is_gue(const struct loaded_service *service)
{
	return service->forward == SP_FORWARD_GUE;
}

bool direct_is_v6(const struct loaded_service *service)
{
	return !sp_addr_is_v4(&service->vip.addr);
}

bool direct_is_over_v6(const struct loaded_service *service)
{
	return !sp_addr_is_v4(&service->pod.addr);
}

static size_t ip_header_len(bool is_v6)
{
	return is_v6 ? V6_LEN : V4_LEN;
}

size_t direct_overhead(const struct loaded_service *service)
{
	if (!direct_is_tunnel(service))
		return 0;
	return ip_header_len(direct_is_over_v6(service)) +
	       (direct_is_gue(service) ? UDP_LEN : 0);
}

const char *direct_name(const struct loaded_service *service)
{
	static const char *const ways[] = {"nat", "l2", "ipip", "gue"};
	static char name[64];

	snprintf(name, sizeof(name), "%s %s to %s %s", ways[service->forward],
		direct_is_v6(service) ? "v6" : "v4",
		direct_is_over_v6(service) ? "v6" : "v4",
		service->vip.protocol == IPPROTO_TCP ? "tcp" : "udp");
	return name;
}

static void direct_add(
	uint32_t place, enum sp_forward forward, bool is_v6, bool over_v6, bool is_udp)
{
	uint8_t protocol = is_udp ? IPPROTO_UDP : IPPROTO_TCP;
	uint16_t port = (uint16_t)(6000 + place);

	direct_services[place] = (struct loaded_service){
		.number = NUMBER + place,
		.vip = endpoint(is_v6 ? "2001:db8::10" : "192.0.2.10", port, protocol),
		.pod = endpoint(over_v6 ? "fd00:1::11" : "10.0.1.11", port, protocol),
		.key = SP_KEY_SOURCE_IP_PORT,
		.forward = forward,
	};
	loaded_add(&direct_services[place]);
}

void direct_open(void)
{
	uint32_t place = 0;

	for (int is_udp = 0; is_udp < 2; is_udp++) {
		for (int v6 = 0; v6 < 2; v6++) {
			direct_add(place++, SP_FORWARD_L2, v6, v6, is_udp);
			for (int over_v6 = 0; over_v6 < 2; over_v6++) {
				direct_add(place++, SP_FORWARD_IPIP, v6, over_v6, is_udp);
				direct_add(place++, SP_FORWARD_GUE, v6, over_v6, is_udp);
			}
		}
	}
}

struct direct_hop direct_hop_to_pod(const struct loaded_service *service)
{
	const char *source =
		direct_is_over_v6(service) ? LOADED_SOURCE_V6 : LOADED_SOURCE_V4;

	return (struct direct_hop){
		.dest_mac = mac_pod,
		.source_mac = mac_pod0,
		.source = endpoint(source, 0, 0).addr,
	};
}

/* --- Bytes --- */

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* What headers in front are made of. */
struct wrap {
	const struct loaded_service *service;
	const struct direct_hop *hop;
	const uint8_t *inner; /* the packet */
	size_t inner_len;
	uint64_t hash;
};

static bool inner_is_v6(const struct wrap *wrap)
{
	return wrap->inner[0] >> 4 == 6;
}

static uint8_t inner_tos(const struct wrap *wrap)
{
	const uint8_t *inner = wrap->inner;

	return inner_is_v6(wrap) ? (uint8_t)(inner[0] << 4 | inner[1] >> 4) : inner[1];
}

static uint8_t outer_protocol(const struct wrap *wrap)
{
	if (direct_is_gue(wrap->service))
		return IPPROTO_UDP;
	return inner_is_v6(wrap) ? IPPROTO_IPV6 : IPPROTO_IPIP;
}

static void put_v4(const struct wrap *wrap, size_t len, uint8_t *ip)
{
	bool may_fragment = !inner_is_v6(wrap) && !(wrap->inner[6] & 0x40);

	ip[0] = 0x45;
	ip[1] = inner_tos(wrap);
	put16(ip + 2, V4_LEN + len);
	if (may_fragment) {
		ip[4] = wrap->inner[4] ^ (uint8_t)(wrap->hash >> 32);
		ip[5] = wrap->inner[5] ^ (uint8_t)(wrap->hash >> 40);
	}
	ip[6] = may_fragment ? 0 : 0x40;
	ip[8] = OUTER_TTL;
	ip[9] = outer_protocol(wrap);
	memcpy(ip + 12, &wrap->hop->source.word[3], 4);
	memcpy(ip + 16, &wrap->service->pod.addr.word[3], 4);
	put16(ip + 10, frame_sum(ip, V4_LEN, 0));
}

static void put_v6(const struct wrap *wrap, size_t len, uint8_t *ip)
{
	ip[0] = 0x60 | inner_tos(wrap) >> 4;
	ip[1] = (uint8_t)(inner_tos(wrap) << 4 | (wrap->hash >> 32 & 0xf));
	put16(ip + 2, wrap->hash >> 16 & 0xffff);
	put16(ip + 4, len);
	ip[6] = outer_protocol(wrap);
	ip[7] = OUTER_TTL;
	memcpy(ip + 8, &wrap->hop->source, 16);
	memcpy(ip + 24, &wrap->service->pod.addr, 16);
}

/* The packet is behind it already. */
static void put_udp(const struct wrap *wrap, const uint8_t *ip, uint8_t *udp)
{
	size_t len = UDP_LEN + wrap->inner_len;
	uint16_t check;

	put16(udp, 0xc000 | (wrap->hash & 0x3fff));
	put16(udp + 2, GUE_PORT);
	put16(udp + 4, len);
	put16(udp + 6, 0);
	if (!direct_is_over_v6(wrap->service))
		return;
	check = frame_sum(udp, len,
		(uint64_t)(uint16_t)~frame_sum(ip + 8, 32, 0) + len + IPPROTO_UDP);
	put16(udp + 6, check ? check : 0xffff);
}

static size_t packet_len(const uint8_t *ip)
{
	return ip[0] >> 4 == 6 ? V6_LEN + (size_t)(ip[4] << 8 | ip[5])
			       : (size_t)(ip[2] << 8 | ip[3]);
}

/* One hop less; the checksum of IPv4 as wrong as it was. */
static void age(uint8_t *ip)
{
	uint32_t check;

	if (ip[0] >> 4 == 6) {
		ip[7]--;
		return;
	}
	ip[8]--;
	check = (uint32_t)(ip[10] << 8 | ip[11]) + 0x100;
	put16(ip + 10, (check & 0xffff) + (check >> 16));
}

size_t direct_build(const struct loaded_service *service, const struct direct_hop *hop,
	const struct sp_endpoint *client, const uint8_t *in, size_t in_len,
	uint8_t out[FRAME_MAX])
{
	size_t overhead = direct_overhead(service);
	bool over_v6 = direct_is_over_v6(service);
	uint8_t *ip = out + FRAME_ETH_LEN, *inner = ip + overhead;
	struct wrap wrap = {
		.service = service,
		.hop = hop,
		.inner = inner,
		.inner_len = packet_len(in + FRAME_ETH_LEN),
		.hash = sp_hash_source_ip_port(client, service->vip.port),
	};

	memset(out, 0, FRAME_MAX);
	memcpy(out, hop->dest_mac, 6);
	memcpy(out + 6, hop->source_mac, 6);
	put16(out + 12, over_v6 ? 0x86dd : 0x0800);
	memcpy(inner, in + FRAME_ETH_LEN, in_len - FRAME_ETH_LEN);
	age(inner);
	if (direct_is_tunnel(service) && over_v6)
		put_v6(&wrap, overhead - V6_LEN + wrap.inner_len, ip);
	else if (direct_is_tunnel(service))
		put_v4(&wrap, overhead - V4_LEN + wrap.inner_len, ip);
	if (direct_is_gue(service))
		put_udp(&wrap, ip, inner - UDP_LEN);
	return in_len + overhead;
}

bool direct_goes_by(const struct loaded_service *service, const struct direct_hop *hop,
	const struct frame *in, enum network_dev dev, enum sp_reason reason)
{
	uint8_t in_bytes[FRAME_MAX], bare[FRAME_MAX], out[FRAME_MAX];
	struct frame untagged = *in;
	size_t in_len = frame_build(in, in_bytes), out_len;
	struct run run;

	untagged.tags_len = 0;
	out_len = direct_build(
		service, hop, &in->source, bare, frame_build(&untagged, bare), out);
	loaded_run(in_bytes, in_len, dev, &run);
	return run_is(&run, reason == SP_REASON_TO_POD ? XDP_REDIRECT : XDP_PASS, out,
		out_len, reason);
}

bool direct_goes(const struct loaded_service *service, const struct frame *in)
{
	struct direct_hop hop = direct_hop_to_pod(service);

	return direct_goes_by(service, &hop, in, NETWORK_CLIENT, SP_REASON_TO_POD);
}
