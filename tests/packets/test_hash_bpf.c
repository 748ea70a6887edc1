/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel hashes each key as user space does: the same functions, compiled twice. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "hash.h"
#include "hash.skel.h"
#include "hash_case.h"

#define BY_CHANCE 100000

static int program;
static uint64_t random_state = 0x5eed;

static uint64_t random_next(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void print_wrong(const struct hash_case *packet)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &packet->source.addr, text, sizeof(text));
	printf("the kernel hashes %s to %016llx and %016llx\n", text, packet->ip,
		packet->ip_port);
}

/* Send one address through the kernel, with ports and protocol by chance. */
static void expect_same(struct sp_addr addr)
{
	uint64_t number = random_next();
	struct hash_case sent = {
		.source = {.addr = addr,
			.port = (uint16_t)number,
			.protocol = number >> 16 & 1 ? IPPROTO_TCP : IPPROTO_UDP},
		.vip_port = (uint16_t)(number >> 32)};
	struct hash_case got = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &sent,
		.data_size_in = sizeof(sent), .data_out = &got,
		.data_size_out = sizeof(got));

	if (bpf_prog_test_run_opts(program, &opts)) {
		printf("test run: %s\n", strerror(errno));
		test_failures++;
	} else if (got.ip != sp_hash_source_ip(&addr) ||
		   got.ip_port != sp_hash_source_ip_port(&sent.source, sent.vip_port)) {
		print_wrong(&got);
		test_failures++;
	}
}

static void test_v4_every_octet(void)
{
	for (uint32_t octet = 0; octet < 256; octet++) {
		for (int place = 0; place < 32; place += 8) {
			expect_same(sp_addr_from_v4(htonl(octet << place)));
			expect_same(sp_addr_from_v4(
				htonl(octet << place | ~(0xffU << place))));
		}
	}
}

static void test_v4_by_chance(void)
{
	for (int i = 0; i < BY_CHANCE; i++)
		expect_same(sp_addr_from_v4((uint32_t)random_next()));
}

/* An address of eight groups, in host byte order. */
static struct sp_addr addr_of(const uint16_t *groups)
{
	struct sp_addr addr;

	for (int i = 0; i < 4; i++)
		addr.word[i] = htonl((uint32_t)groups[2 * i] << 16 | groups[2 * i + 1]);
	return addr;
}

/* Groups of 1 to 4 digits, zero where `zeros` has a bit. */
static void expect_same_zeros(unsigned zeros)
{
	uint16_t groups[8];

	for (int i = 0; i < 8; i++) {
		uint64_t number = random_next();
		uint16_t group = (uint16_t)((number & 0xffff) >> (number >> 16 & 3) * 4);

		groups[i] = zeros >> i & 1 ? 0 : group ? group : 1;
	}
	expect_same(addr_of(groups));
}

static void test_v6_every_pattern_of_zeros(void)
{
	for (unsigned zeros = 0; zeros < 256; zeros++) {
		for (int i = 0; i < BY_CHANCE / 256 + 1; i++)
			expect_same_zeros(zeros);
	}
}

static void test_v6_by_chance(void)
{
	for (int i = 0; i < BY_CHANCE; i++) {
		struct sp_addr addr;

		for (int word = 0; word < 4; word++)
			addr.word[word] = (uint32_t)random_next();
		expect_same(addr);
	}
}

static void test_v6_odd_ones(void)
{
	static const char *const texts[] = {"::", "::1", "1::", "::1:0", "::1:0:0",
		"::ffff:0:0", "::ffff:1.2.3.4", "::fffe:1.2.3.4", "::1.2.3.4",
		"::0.1.0.0", "::255.255.255.255", "::ffff:0:1.2.3.4", "64:ff9b::1.2.3.4",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sp_addr addr;

		EXPECT(inet_pton(AF_INET6, texts[i], &addr) == 1);
		expect_same(addr);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"IPv4: every octet at every place", test_v4_every_octet},
		{"IPv4: 100,000 addresses by chance", test_v4_by_chance},
		{"IPv6: odd addresses", test_v6_odd_ones},
		{"IPv6: 100,000 addresses over every pattern of zero groups",
			test_v6_every_pattern_of_zeros},
		{"IPv6: 100,000 addresses by chance", test_v6_by_chance},
	};
	struct hash_bpf *object = hash_bpf__open_and_load();
	int failed;

	if (!object) {
		printf("cannot load hash.bpf.o: %s\n", strerror(errno));
		return 1;
	}
	program = bpf_program__fd(object->progs.hash_run);
	failed = TESTS_RUN(tests);
	hash_bpf__destroy(object);
	return failed;
}
