/* SPDX-License-Identifier: BSD-2-Clause */
/* The hashes of include/hash.h against libxxhash over what inet_ntop prints. */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <xxhash.h>

#include "hash.h"

static uint64_t random_state = 0x5eed;

static uint64_t random_next(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static uint64_t hash_text(const char *text)
{
	return XXH64(text, strlen(text), 0);
}

static struct sp_addr addr_of(const char *text)
{
	struct sp_addr addr;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return sp_addr_from_v4(v4.s_addr);
	EXPECT(inet_pton(AF_INET6, text, &addr) == 1);
	return addr;
}

/* Whether the hash of `addr` is that of its text as glibc prints it. */
static void expect_text_hash(const struct sp_addr *addr)
{
	char text[INET6_ADDRSTRLEN];

	if (sp_addr_is_v4(addr))
		inet_ntop(AF_INET, &addr->word[3], text, sizeof(text));
	else
		inet_ntop(AF_INET6, addr, text, sizeof(text));
	if (sp_hash_source_ip(addr) != hash_text(text)) {
		printf("wrong hash of %s\n", text);
		test_failures++;
	}
}

static void test_xxh64_every_length(void)
{
	uint64_t words[SP_XXH64_WORDS];
	unsigned char bytes[sizeof(words)];

	for (int round = 0; round < 100; round++) {
		for (size_t i = 0; i < SP_XXH64_WORDS; i++)
			words[i] = random_next();
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = words[i / 8] >> (i % 8 * 8);
		for (unsigned len = 0; len <= SP_XXH64_LEN_MAX; len++)
			EXPECT_EQ(sp_xxh64((const __u64 *)words, len),
				XXH64(bytes, len, 0));
	}
}

static void test_v4_every_octet(void)
{
	for (uint32_t octet = 0; octet < 256; octet++) {
		for (int place = 0; place < 32; place += 8) {
			for (uint32_t other = 0; other < 256; other++) {
				uint32_t others = other * 0x01010101U & ~(0xffU << place);
				struct sp_addr addr =
					sp_addr_from_v4(htonl(others | octet << place));

				expect_text_hash(&addr);
			}
		}
	}
}

static void test_v4_random(void)
{
	for (int i = 0; i < 200000; i++) {
		struct sp_addr addr = sp_addr_from_v4((uint32_t)random_next());

		expect_text_hash(&addr);
	}
}

/* Groups of every number of digits, for every set of groups that are zero. */
static void test_v6_every_pattern_of_zeros(void)
{
	for (unsigned zeros = 0; zeros < 256; zeros++) {
		for (int round = 0; round < 400; round++) {
			struct sp_addr addr = {0};

			for (int i = 0; i < 8; i++) {
				uint64_t number = random_next();
				uint32_t group =
					(number & 0xffff) >> (number >> 16 & 3) * 4;

				group = zeros >> i & 1 ? 0 : group ? group : 1;
				addr.word[i / 2] |= htonl(group << (i % 2 ? 0 : 16));
			}
			expect_text_hash(&addr);
		}
	}
}

static void test_v6_random(void)
{
	for (int i = 0; i < 200000; i++) {
		struct sp_addr addr;

		for (int word = 0; word < 4; word++)
			addr.word[word] = (uint32_t)random_next();
		expect_text_hash(&addr);
	}
}

static void test_v6_odd_ones(void)
{
	static const char *const texts[] = {"::", "::1", "1::", "::1:0", "::1:2",
		"::1:0:0", "::ffff:1:0", "::ffff", "::ffff:0:1.2.3.4", "::fffe:1.2.3.4",
		"1::ffff:1.2.3.4", "::0.1.0.0", "::255.255.255.255", "::1.2.3.4",
		"64:ff9b::1.2.3.4", "0:0:1::", "1:0:0:2:0:0:0:3", "1:0:0:0:2:0:0:0",
		"0:0:0:1:0:0:0:1", "0:1:0:1:0:1:0:1", "1:0:1:0:1:0:1:0",
		"1:0:2:3:4:5:6:7", "0:1:2:3:4:5:6:7", "1:2:3:4:5:6:7:0",
		"1:2:3:4:5:6:0:0", "0:0:2:3:4:5:6:7",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1",
		"2001:db8::", "9:a:99:aa:999:aaa:9999:aaaa"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sp_addr addr = addr_of(texts[i]);

		expect_text_hash(&addr);
	}
}

static void test_known_text(void)
{
	struct sp_addr v4 = addr_of("192.0.2.1"), v6 = addr_of("2001:db8::1");
	struct sp_addr mapped = addr_of("::ffff:192.0.2.1");

	EXPECT_EQ(sp_hash_source_ip(&v4), hash_text("192.0.2.1"));
	EXPECT_EQ(sp_hash_source_ip(&v6), hash_text("2001:db8::1"));
	EXPECT_EQ(sp_hash_source_ip(&mapped), hash_text("192.0.2.1"));
}

static void test_source_ip_port(void)
{
	for (int i = 0; i < 10000; i++) {
		struct sp_endpoint source = {.port = (uint16_t)random_next(),
			.protocol = i & 1 ? IPPROTO_TCP : IPPROTO_UDP};
		__be16 vip_port = (uint16_t)random_next();
		unsigned char bytes[24] = {0};

		for (int word = 0; word < 4; word++)
			source.addr.word[word] = (uint32_t)random_next();
		memcpy(bytes, &source.addr, 16);
		memcpy(bytes + 16, &source.port, 2);
		memcpy(bytes + 18, &vip_port, 2);
		bytes[20] = source.protocol;
		EXPECT_EQ(sp_hash_source_ip_port(&source, vip_port), XXH64(bytes, 24, 0));
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"XXH64 equals libxxhash for every length", test_xxh64_every_length},
		{"known addresses hash as their text", test_known_text},
		{"IPv4: every octet at every place", test_v4_every_octet},
		{"IPv4: 200,000 addresses by chance", test_v4_random},
		{"IPv6: odd addresses", test_v6_odd_ones},
		{"IPv6: every pattern of zero groups", test_v6_every_pattern_of_zeros},
		{"IPv6: 200,000 addresses by chance", test_v6_random},
		{"source-ip-port hashes 24 binary bytes", test_source_ip_port},
	};

	return TESTS_RUN(tests);
}
