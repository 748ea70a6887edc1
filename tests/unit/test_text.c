/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and endpoints as text, both ways. */
#include "model/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/words.h"
#include "test.h"

static void endpoints_come_back_from_their_text(void)
{
	static const char *const texts[] = {"192.0.2.1:80/tcp", "0.0.0.0:1/udp",
		"255.255.255.255:65535/tcp", "[2001:db8::1]:53/udp", "[::]:1/tcp",
		"[1:2:3:4:5:6:7:8]:65535/udp",
		"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535/tcp", "[fe80::1]:80/tcp",
		"[64:ff9b::c000:201]:80/tcp"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sp_endpoint vip;
		char text[ENDPOINT_TEXT_MAX];

		EXPECT_EQ(vip_parse(texts[i], strlen(texts[i]), &vip), 0);
		EXPECT_STR(vip_format(&vip, text), texts[i]);
	}
}

static void addresses_are_written_as_inet_ntop_does(void)
{
	srand(1);
	for (int i = 0; i < 100000; i++) {
		__be32 v4 = (__be32)rand() << (i % 8 * 4);
		struct sp_addr addr = sp_addr_from_v4(v4);
		char got[ADDR_TEXT_MAX], wanted[ADDR_TEXT_MAX];

		EXPECT_STR(addr_format(&addr, got),
			inet_ntop(AF_INET, &v4, wanted, sizeof(wanted)));
	}
}

static void pods_have_no_protocol(void)
{
	struct sp_endpoint at;
	char text[ENDPOINT_TEXT_MAX];

	EXPECT_EQ(pod_parse("10.0.0.1:8080", 13, &at), 0);
	EXPECT_EQ(at.protocol, 0);
	EXPECT_EQ(at.port, htons(8080));
	EXPECT_EQ(at.addr.word[3], htonl(0x0a000001));
	EXPECT_STR(pod_format(&at, text), "10.0.0.1:8080");
	EXPECT_EQ(vip_parse("10.0.0.1:8080", 13, &at), 0);
	EXPECT_EQ(at.protocol, IPPROTO_TCP);
}

static void strange_texts_are_refused(void)
{
	static const char *const texts[] = {"", ":", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0",
		"1.2.3.4:080", "1.2.3.4:65536", "1.2.3.4:99999999999", "1.2.3.4:-1",
		"1.2.3.4:+1", "1.2.3.4: 1", " 1.2.3.4:1", "1.2.3.4:1 ", "01.2.3.4:1",
		"1.2.3:1", "1.2.3.4.5:1", "256.2.3.4:1", "0x1.2.3.4:1", "[1.2.3.4]:1",
		"::1:80", "2001:db8::1:80", "[::1]80", "[::1:80", "::1]:80", "[]:80",
		"[fe80::1%eth0]:80", "[::ffff:1.2.3.4]:80", "[::ffff:0:0]:80",
		"1.2.3.4:1/", "1.2.3.4:1/TCP", "1.2.3.4:1/sctp", "1.2.3.4:1/tcp/tcp",
		"1.2.3.4/tcp:1", "example.org:80", "[1::2::3]:80",
		"[1:2:3:4:5:6:7:8:9]:80", "[12345::]:80", "/tcp"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		/* Its own memory, so that the sanitizer sees a read beyond it. */
		size_t len = strlen(texts[i]);
		char *text = malloc(len + !len);
		struct sp_endpoint vip;

		memcpy(text, texts[i], len);
		if (!vip_parse(text, len, &vip)) {
			printf("'%s' was read\n", texts[i]);
			test_failures++;
		}
		free(text);
	}
}

static void a_nul_byte_does_not_end_an_address(void)
{
	struct sp_addr addr;

	EXPECT_EQ(addr_parse("1.2.3.4\0x", 9, &addr), -22);
	EXPECT_EQ(addr_parse("1.2.3.4x", 7, &addr), 0);
}

static void names_are_spelled_once(void)
{
	EXPECT_STR(protocol_name(IPPROTO_TCP), "tcp");
	EXPECT_STR(protocol_name(IPPROTO_UDP), "udp");
	EXPECT_STR(key_name(SP_KEY_SOURCE_IP_PORT), "source-ip-port");
	EXPECT_STR(key_name(SP_KEY_QUERY), "query");
	EXPECT_STR(algorithm_name(SP_ALGORITHM_RING_HASH), "ring-hash");
	EXPECT_STR(forward_name(SP_FORWARD_GUE), "gue");
	EXPECT_STR(pod_state_name(SP_POD_DRAINING), "draining");
}

static void guesses_what_was_meant(void)
{
	static const char *const words[] = {"weight", "draining", "name", NULL};
	static const struct {
		const char *word, *hint;
	} cases[] = {{"wieght", "did you mean 'weight'?"},
		{"WEIGHT", "did you mean 'weight'?"},
		{"drainin", "did you mean 'draining'?"}, {"nam", "did you mean 'name'?"},
		{"x", "one of: weight, draining, name"},
		{"", "one of: weight, draining, name"},
		{"something-that-is-much-longer-than-any-word-of-all",
			"one of: weight, draining, name"}};
	char hint[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct word word = {cases[i].word, strlen(cases[i].word)};

		EXPECT_STR(words_suggest(words, word, hint, sizeof(hint)), cases[i].hint);
	}
	EXPECT_STR(words_suggest(words, (struct word){"x", 1}, hint, 12), "one of: wei");
}

static void numbers_are_read_strictly(void)
{
	static const struct {
		const char *text;
		bool fits;
		uint64_t number;
	} cases[] = {{"0", true, 0}, {"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551616", false, 0}, {"99999999999999999999", false, 0},
		{"007", false, 0}, {"", false, 0}, {"-1", false, 0}, {"1 ", false, 0},
		{"0x1", false, 0}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct word word = {cases[i].text, strlen(cases[i].text)};
		uint64_t number = 0;

		EXPECT_EQ(word_to_number(word, &number), cases[i].fits);
		EXPECT_EQ(number, cases[i].number);
	}
}

static const struct test tests[] = {
	{"endpoints come back from their text", endpoints_come_back_from_their_text},
	{"IPv4 addresses are written as inet_ntop does",
		addresses_are_written_as_inet_ntop_does},
	{"a pod's text has no protocol, a VIP's is tcp unless said",
		pods_have_no_protocol},
	{"what is no endpoint is refused", strange_texts_are_refused},
	{"a NUL byte does not end an address", a_nul_byte_does_not_end_an_address},
	{"names are those of the design", names_are_spelled_once},
	{"a slip is guessed, else all words are named", guesses_what_was_meant},
	{"numbers are read strictly", numbers_are_read_strictly},
};

int main(void)
{
	return TESTS_RUN(tests);
}
