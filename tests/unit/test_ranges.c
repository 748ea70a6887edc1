/* SPDX-License-Identifier: BSD-2-Clause */
/* Source ranges: read, in order, and whom they admit. */
#include "manifest_rows.h"
#include "model/ranges.h"

#define LIST(ranges) "service 192.0.2.1:80 source=" ranges "\n10.0.0.1:80\n"
#define LIST_V6(ranges) "service [2001:db8::1]:80 source=" ranges "\n[fd00::1]:80\n"
#define YAML(ranges)                                                                    \
	"apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n"                   \
	"  ports: [{port: 80}]\n  externalIPs: [192.0.2.1, 2001:db8::1]\n"              \
	"  loadBalancerSourceRanges: " ranges "\n---\n"                                 \
	"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"                        \
	"metadata: {name: a, labels: {kubernetes.io/service-name: s}}\n"                \
	"addressType: IPv4\nports: [{port: 1}]\nendpoints: [{addresses: [10.0.0.1]}]\n" \
	"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"                   \
	"metadata: {name: b, labels: {kubernetes.io/service-name: s}}\n"                \
	"addressType: IPv6\nports: [{port: 1}]\nendpoints: [{addresses: ['fd00::1']}]\n"

/* Which ranges each service has, "-" for none at all. */
static void expect_ranges(const char *text, const char *want)
{
	struct arena arena = {0};
	char got[512] = "";
	struct read read;

	read_text(&read, text);
	for (size_t i = 0; i < read.model.services_len; i++) {
		const char *ranges = NULL;

		EXPECT_EQ(ranges_format(&read.model.services[i], &arena, &ranges), 0);
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
			i ? " " : "", ranges ? ranges : "-");
	}
	if (strcmp(got, want))
		printf("complaints:\n%s", complaints_print(&read.diags));
	EXPECT_STR(got, want);
	arena_done(&arena);
	read_done(&read);
}

static void test_lists(void)
{
	expect_ranges("service 192.0.2.1:80\n10.0.0.1:80\n", "-");
	expect_ranges(LIST("10.0.0.0/8"), "10.0.0.0/8");
	expect_ranges(LIST("192.0.2.0/24,10.0.0.0/8,10.0.0.0/7,10.1.2.3/32,10.0.0.0/8"),
		"10.0.0.0/7,10.0.0.0/8,10.1.2.3/32,192.0.2.0/24");
	expect_ranges(LIST("0.0.0.0/0"), "0.0.0.0/0");
	expect_ranges(LIST_V6("::/0"), "::/0");
	expect_ranges(LIST_V6("2001:db8:1::/48,2001:db8::/32"),
		"2001:db8::/32,2001:db8:1::/48");
	expect_ranges(LIST_V6("2001:db8::1/128"), "2001:db8::1/128");
}

static void test_families(void)
{
	expect_ranges(LIST("2001:db8::/32"), "nobody");
	expect_ranges(LIST("::/0,10.0.0.0/8"), "10.0.0.0/8");
	/* By VIP: the IPv4 one comes first. */
	expect_ranges(YAML("[2001:db8::/32, 10.0.0.0/8]"), "10.0.0.0/8 2001:db8::/32");
	expect_ranges(YAML("[10.0.0.0/8]"), "10.0.0.0/8 nobody");
}

static void test_yaml(void)
{
	expect_ranges(YAML("[]"), "- -");
	expect_ranges(YAML("null"), "- -");
	expect_ranges(
		YAML("[' 10.0.0.0/8 ', \"2001:db8::/32\"]"), "10.0.0.0/8 2001:db8::/32");
}

static bool admits(const char *list, const char *client)
{
	struct sp_addr addr;
	struct read read;
	bool admitted;

	read_text(&read, list);
	EXPECT_EQ(read.model.services_len, 1);
	EXPECT_EQ(addr_parse(client, strlen(client), &addr), 0);
	admitted = read.model.services_len && ranges_admit(read.model.services, &addr);
	read_done(&read);
	return admitted;
}

static void test_admit(void)
{
	EXPECT(admits("service 192.0.2.1:80\n10.0.0.1:80\n", "203.0.113.7"));
	EXPECT(admits(LIST("10.0.0.0/8"), "10.255.255.255"));
	EXPECT(!admits(LIST("10.0.0.0/8"), "11.0.0.0"));
	EXPECT(!admits(LIST("10.0.0.0/8"), "9.255.255.255"));
	EXPECT(admits(LIST("10.0.0.128/25"), "10.0.0.128"));
	EXPECT(admits(LIST("10.0.0.128/25"), "10.0.0.192"));
	EXPECT(!admits(LIST("10.0.0.128/25"), "10.0.0.127"));
	EXPECT(admits(LIST("1.2.3.4/32,10.0.0.0/8"), "1.2.3.4"));
	EXPECT(admits(LIST("0.0.0.0/0"), "255.255.255.255"));
	EXPECT(!admits(LIST("2001:db8::/32"), "203.0.113.7"));
	EXPECT(admits(LIST_V6("::/0"), "2001:db8::9"));
	EXPECT(admits(LIST_V6("2001:db8:8000::/33"), "2001:db8:8000::"));
	EXPECT(!admits(LIST_V6("2001:db8:8000::/33"), "2001:db8:7fff::"));
}

static uint64_t fingerprint(const char *text)
{
	struct read read;
	uint64_t hash;

	read_text(&read, text);
	hash = read.model.services_len ? read.model.services[0].fingerprint : 0;
	read_done(&read);
	return hash;
}

static void test_fingerprint(void)
{
	uint64_t one = fingerprint(LIST("10.0.0.0/8"));

	EXPECT(one != fingerprint("service 192.0.2.1:80\n10.0.0.1:80\n"));
	EXPECT(one != fingerprint(LIST("10.0.0.0/9")));
	EXPECT(one != fingerprint(LIST("10.0.0.0/8,11.0.0.0/8")));
	EXPECT(one != fingerprint(LIST("::/0")));
	EXPECT(fingerprint(LIST("::/0")) !=
		fingerprint("service 192.0.2.1:80\n10.0.0.1:80\n"));
	EXPECT_EQ(one, fingerprint(LIST("10.0.0.0/8,10.0.0.0/8")));
	EXPECT_EQ(fingerprint(LIST("10.0.0.0/8,11.0.0.0/8")),
		fingerprint(LIST("11.0.0.0/8,10.0.0.0/8")));
}

#define BAD(range) "'" range "' is not a range of addresses (as in"

static const struct row rows[] = {
	{"an address without a prefix", LIST("10.0.0.1"), "t:1:29+8: " BAD("10.0.0.1")},
	{"a prefix that is too long", LIST("10.0.0.0/33"),
		"t:1:29+11: " BAD("10.0.0.0/33")},
	{"an IPv6 prefix that is too long", LIST("2001:db8::/129"),
		"t:1:29+14: " BAD("2001:db8::/129")},
	{"a prefix that wraps", LIST("10.0.0.0/4294967304"),
		"t:1:29+19: " BAD("10.0.0.0/4294967304")},
	{"a prefix with a leading zero", LIST("10.0.0.0/08"),
		"t:1:29+11: " BAD("10.0.0.0/08")},
	{"a negative prefix", LIST("10.0.0.0/-1"), "t:1:29+11: " BAD("10.0.0.0/-1")},
	{"a mapped address", LIST("::ffff:10.0.0.0/104"),
		"t:1:29+19: " BAD("::ffff:10.0.0.0/104")},
	{"no address", LIST("/8"), "t:1:29+2: " BAD("/8")},
	{"no prefix", LIST("10.0.0.0/"), "t:1:29+9: " BAD("10.0.0.0/")},
	{"an empty range between commas", LIST("10.0.0.0/8,,11.0.0.0/8"),
		"t:1:40+1: " BAD("")},
	{"a comma at the end", LIST("10.0.0.0/8,"), "t:1:40+1: " BAD("")},
	{"each bad range is underlined", LIST("a,10.0.0.0/8,b"),
		"t:1:29+1: " BAD("a") " 203.0.113.0/24 or 2001:db8::/32)\nt:1:42+1: " BAD(
			"b")},
	{"source given twice", LIST("10.0.0.0/8 source=11.0.0.0/8"),
		"t:1:47+10: source is given twice"},
	{"source without a value", LIST(""), "t:1:22+7: option 'source' has no value"},
	{"bits behind the prefix", LIST("10.1.2.3/8"),
		"t:1:29+10: warning: range '10.1.2.3/8' is taken as 10.0.0.0/8"},
	{"no range of the VIP's family", LIST("::/0"),
		"t:1:9+12: warning: nobody may come to 192.0.2.1:80/tcp"},
	{"ranges for one VIP only", YAML("[10.0.0.0/8]"),
		"t:6:28+11: warning: nobody may come to default/s:80"},
	{"a bad range in a Service", YAML("[10.0.0.0/8, 10.0.0/8]"),
		"t:7:42+8: " BAD("10.0.0/8")},
	{"a range that is a number", YAML("[10]"),
		"t:7:30+2: a range is a number, not a string"},
	{"a range that is a list", YAML("[[10.0.0.0/8]]"), "t:7:30+1: "},
	{"ranges that are no list", YAML("10.0.0.0/8"), "t:7:29+10: "},
};

static const struct test tests[] = {
	{"a list is sorted, and each range is in it once", test_lists},
	{"a VIP takes the ranges of its family", test_families},
	{"a Service's empty list is none, and blanks do not count", test_yaml},
	{"a client may come when a range has its first bits", test_admit},
	{"ranges are part of the fingerprint, their order is not", test_fingerprint},
};

int main(void)
{
	return ROWS_AND_TESTS_RUN(rows, tests);
}
