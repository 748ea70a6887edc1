/* SPDX-License-Identifier: BSD-2-Clause */
/* A probe: a client's first frame, and where the one that came out goes. */
#include "base/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <string.h>

#define HOPS 64
#define SYN_WINDOW 64240
/* For a client of which only the address counts. */
#define ANY_PORT 40000

static uint32_t sum_bytes(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static __be16 sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* The TCP or UDP part with its checksum over the pseudo header. Returns its length. */
static size_t transport_build(
	const struct sp_endpoint *client, const struct sp_endpoint *vip, uint8_t *at)
{
	__be16 source = client->port ? client->port : htons(ANY_PORT);
	struct tcphdr tcp = {.source = source,
		.dest = vip->port,
		.doff = sizeof(tcp) / 4,
		.syn = 1,
		.window = htons(SYN_WINDOW)};
	struct udphdr udp = {
		.source = source, .dest = vip->port, .len = htons(sizeof(udp))};
	bool is_tcp = vip->protocol == IPPROTO_TCP;
	size_t len = is_tcp ? sizeof(tcp) : sizeof(udp);
	uint32_t sum = vip->protocol + (uint32_t)len;

	/* The mapped form's ::ffff: is the same on both sides; only real bytes are
	 * summed. */
	size_t from = sp_addr_is_v4(&vip->addr) ? 12 : 0;

	sum = sum_bytes(sum, (const uint8_t *)&client->addr + from, 16 - from);
	sum = sum_bytes(sum, (const uint8_t *)&vip->addr + from, 16 - from);
	if (is_tcp)
		tcp.check = sum_fold(sum_bytes(sum, &tcp, len));
	else
		udp.check = sum_fold(sum_bytes(sum, &udp, len));
	if (!is_tcp && !udp.check)
		udp.check = 0xffff;
	memcpy(at, is_tcp ? (void *)&tcp : (void *)&udp, len);
	return len;
}

size_t probe_build(const struct sp_endpoint *client, const struct sp_endpoint *vip,
	const uint8_t mac[6], uint8_t frame[PROBE_LEN_MAX])
{
	bool v4 = sp_addr_is_v4(&vip->addr);
	struct ethhdr eth = {.h_source = {2, 0, 0, 0, 0, 1},
		.h_proto = htons(v4 ? ETH_P_IP : ETH_P_IPV6)};
	size_t ip_len = v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	uint8_t *ip = frame + sizeof(eth);
	size_t len = transport_build(client, vip, ip + ip_len);
	struct iphdr ip4 = {.version = 4,
		.ihl = sizeof(ip4) / 4,
		.tot_len = htons((uint16_t)(ip_len + len)),
		.ttl = HOPS,
		.protocol = vip->protocol,
		.saddr = client->addr.word[3],
		.daddr = vip->addr.word[3]};
	struct ipv6hdr ip6 = {.version = 6,
		.payload_len = htons((uint16_t)len),
		.nexthdr = vip->protocol,
		.hop_limit = HOPS};

	memcpy(eth.h_dest, mac, sizeof(eth.h_dest));
	memcpy(frame, &eth, sizeof(eth));
	ip4.check = sum_fold(sum_bytes(0, &ip4, sizeof(ip4)));
	memcpy(&ip6.saddr, &client->addr, sizeof(ip6.saddr));
	memcpy(&ip6.daddr, &vip->addr, sizeof(ip6.daddr));
	memcpy(ip, v4 ? (void *)&ip4 : (void *)&ip6, ip_len);
	return sizeof(eth) + ip_len + len;
}

/* One IP header without options or extensions. */
struct ip_header {
	struct sp_addr dest;
	uint8_t protocol;
	size_t len;
};

static int header_read(const uint8_t *at, size_t len, struct ip_header *ret_header)
{
	struct iphdr ip4;
	struct ipv6hdr ip6;

	if (len < sizeof(ip4))
		return -EINVAL;
	memcpy(&ip4, at, sizeof(ip4));
	if (ip4.version == 4) {
		*ret_header = (struct ip_header){
			sp_addr_from_v4(ip4.daddr), ip4.protocol, sizeof(ip4)};
		return 0;
	}
	if (len < sizeof(ip6))
		return -EINVAL;
	memcpy(&ip6, at, sizeof(ip6));
	*ret_header = (struct ip_header){.protocol = ip6.nexthdr, .len = sizeof(ip6)};
	memcpy(&ret_header->dest, &ip6.daddr, sizeof(ret_header->dest));
	return 0;
}

/* Bytes of headers in front of the packet that the client has sent. */
static size_t tunnel_len(enum sp_forward forward, const struct ip_header *outer)
{
	switch (forward) {
	case SP_FORWARD_IPIP:
		return outer->len;
	case SP_FORWARD_GUE:
		return outer->len + sizeof(struct udphdr);
	default:
		return 0;
	}
}

int probe_read_target(const uint8_t *frame, size_t len, enum sp_forward forward,
	struct sp_endpoint *ret_target)
{
	size_t at = sizeof(struct ethhdr);
	struct ip_header outer, inner;
	struct sp_endpoint target = {0};

	if (len < at || header_read(frame + at, len - at, &outer))
		return -EINVAL;
	at += tunnel_len(forward, &outer);
	if (len < at || header_read(frame + at, len - at, &inner))
		return -EINVAL;
	at += inner.len;
	if (len < at + sizeof(struct udphdr))
		return -EINVAL;
	target.addr = outer.dest;
	target.protocol = inner.protocol;
	/* TCP and UDP both begin with the ports, the target's second. */
	memcpy(&target.port, frame + at + 2, sizeof(target.port));
	*ret_target = target;
	return 0;
}
