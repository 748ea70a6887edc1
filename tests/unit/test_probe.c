/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames that explain runs through the program are whole, with right checksums. */
#include <arpa/inet.h>

#include "base/probe.h"
#include "model/text.h"
#include "test.h"

#define ETH_LEN 14

static const uint8_t mac[6] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};

static struct sp_endpoint endpoint(const char *text)
{
	struct sp_endpoint at = {0};

	EXPECT_EQ(vip_parse(text, strlen(text), &at), 0);
	return at;
}

/* RFC 1071 over 16-bit words: 0xffff when the checksum among them is right. */
static uint32_t ones_sum(const uint8_t *bytes, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | (i + 1 < len ? bytes[i + 1] : 0);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* The pseudo header's addresses lie side by side in the IP header, `len` bytes. */
static uint32_t transport_sum(const uint8_t *addrs, size_t addrs_len, const uint8_t *at,
	size_t len, uint8_t protocol)
{
	return ones_sum(at, len, ones_sum(addrs, addrs_len, protocol + (uint32_t)len));
}

static void expect_target(const uint8_t *frame, size_t len, const struct sp_endpoint *vip)
{
	struct sp_endpoint target;

	EXPECT_EQ(probe_read_target(frame, len, SP_FORWARD_NAT, &target), 0);
	EXPECT(!memcmp(&target, vip, sizeof(target)));
}

static void check_v4(const char *vip_text, size_t transport_len, uint8_t protocol)
{
	struct sp_endpoint client = endpoint("203.0.113.7:40000"),
			   vip = endpoint(vip_text);
	uint8_t frame[PROBE_LEN_MAX], *ip = frame + ETH_LEN;
	size_t len = probe_build(&client, &vip, mac, frame);

	EXPECT_EQ(len, ETH_LEN + 20 + transport_len);
	EXPECT(!memcmp(frame, mac, sizeof(mac)));
	EXPECT_EQ(frame[12] << 8 | frame[13], 0x0800);
	EXPECT_EQ(ip[2] << 8 | ip[3], 20 + transport_len);
	EXPECT_EQ(ones_sum(ip, 20, 0), 0xffff);
	EXPECT_EQ(transport_sum(ip + 12, 8, ip + 20, transport_len, protocol), 0xffff);
	EXPECT_EQ(ip[20] << 8 | ip[21], 40000);
	expect_target(frame, len, &vip);
}

static void check_v6(const char *vip_text, size_t transport_len, uint8_t protocol)
{
	struct sp_endpoint client = endpoint("[2001:db8::7]:40000"),
			   vip = endpoint(vip_text);
	uint8_t frame[PROBE_LEN_MAX], *ip = frame + ETH_LEN;
	size_t len = probe_build(&client, &vip, mac, frame);

	EXPECT_EQ(len, ETH_LEN + 40 + transport_len);
	EXPECT_EQ(frame[12] << 8 | frame[13], 0x86dd);
	EXPECT_EQ(ip[0] >> 4, 6);
	EXPECT_EQ(ip[4] << 8 | ip[5], transport_len);
	EXPECT_EQ(transport_sum(ip + 8, 32, ip + 40, transport_len, protocol), 0xffff);
	expect_target(frame, len, &vip);
}

static void tcp_v4(void)
{
	check_v4("192.0.2.10:80/tcp", 20, IPPROTO_TCP);
}

static void udp_v4(void)
{
	check_v4("192.0.2.10:53/udp", 8, IPPROTO_UDP);
}

static void tcp_v6(void)
{
	check_v6("[2001:db8::10]:80/tcp", 20, IPPROTO_TCP);
}

static void udp_v6(void)
{
	check_v6("[2001:db8::10]:53/udp", 8, IPPROTO_UDP);
}

static void udp_never_zero(void)
{
	struct sp_endpoint client = endpoint("203.0.113.7:1"),
			   vip = endpoint("192.0.2.10:53/udp");
	uint8_t frame[PROBE_LEN_MAX];

	for (unsigned port = 1; port <= 65535; port++) {
		client.port = htons((uint16_t)port);
		probe_build(&client, &vip, mac, frame);
		if (!frame[ETH_LEN + 26] && !frame[ETH_LEN + 27])
			EXPECT_EQ(port, 0);
	}
}

static void no_port(void)
{
	struct sp_endpoint client = endpoint("203.0.113.7:1"),
			   vip = endpoint("192.0.2.10:80");
	uint8_t frame[PROBE_LEN_MAX];

	client.port = 0;
	probe_build(&client, &vip, mac, frame);
	EXPECT(frame[ETH_LEN + 20] || frame[ETH_LEN + 21]);
}

static void cut_short(void)
{
	struct sp_endpoint client = endpoint("[2001:db8::7]:40000"),
			   vip = endpoint("[2001:db8::10]:53/udp"), target;
	uint8_t frame[PROBE_LEN_MAX];
	size_t len = probe_build(&client, &vip, mac, frame);

	for (size_t cut = 0; cut < len; cut++)
		EXPECT(probe_read_target(frame, cut, SP_FORWARD_NAT, &target) < 0);
}

/* A probe to `vip` behind the headers of another to `pod`, or a part of them. */
static size_t wrap(const char *vip_text, const char *pod_text, size_t headers_len,
	uint8_t frame[2 * PROBE_LEN_MAX])
{
	struct sp_endpoint vip = endpoint(vip_text), pod = endpoint(pod_text);
	struct sp_endpoint client = endpoint(
		sp_addr_is_v4(&vip.addr) ? "203.0.113.7:40000" : "[2001:db8::7]:40000");
	uint8_t inner[PROBE_LEN_MAX];
	size_t len = probe_build(&client, &vip, mac, inner) - ETH_LEN;

	probe_build(&pod, &pod, mac, frame);
	memcpy(frame + ETH_LEN + headers_len, inner + ETH_LEN, len);
	return ETH_LEN + headers_len + len;
}

static void in_tunnel(void)
{
	static const struct {
		const char *vip, *pod, *target;
		enum sp_forward forward;
		size_t headers_len;
	} rows[] = {
		{"192.0.2.10:80/tcp", "10.0.0.1:1/udp", "10.0.0.1:80/tcp",
			SP_FORWARD_IPIP, 20},
		{"192.0.2.10:53/udp", "[fd00::1]:1/udp", "[fd00::1]:53/udp",
			SP_FORWARD_IPIP, 40},
		{"[2001:db8::10]:80/tcp", "10.0.0.1:1/udp", "10.0.0.1:80/tcp",
			SP_FORWARD_GUE, 28},
		{"[2001:db8::10]:53/udp", "[fd00::1]:1/udp", "[fd00::1]:53/udp",
			SP_FORWARD_GUE, 48},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sp_endpoint wanted = endpoint(rows[i].target), target;
		uint8_t frame[2 * PROBE_LEN_MAX];
		size_t len = wrap(rows[i].vip, rows[i].pod, rows[i].headers_len, frame);

		EXPECT_EQ(probe_read_target(frame, len, rows[i].forward, &target), 0);
		EXPECT(!memcmp(&target, &wanted, sizeof(target)));
		len = ETH_LEN + rows[i].headers_len;
		EXPECT(probe_read_target(frame, len, rows[i].forward, &target) < 0);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"a TCP SYN over IPv4 is whole", tcp_v4},
		{"a UDP datagram over IPv4 is whole", udp_v4},
		{"a TCP SYN over IPv6 is whole", tcp_v6},
		{"a UDP datagram over IPv6 is whole", udp_v6},
		{"a UDP checksum is never 0, which would mean none", udp_never_zero},
		{"a client without a port gets one", no_port},
		{"a frame that is cut short has no target", cut_short},
		{"in a tunnel the target is the outer address", in_tunnel},
	};

	return TESTS_RUN(tests);
}
