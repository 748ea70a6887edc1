/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of HTTP services: Envoy's own test vectors, and what a running Envoy was seen
 * to do with odd requests. */
#include "test.h"

#include "hash.h"
#include "model/text.h"
#include "table/key.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void test_text_hashes(void)
{
	static const struct {
		const char *text;
		uint64_t hash;
	} rows[] = {{"foo", 3728699739546630719ULL}, {"bar", 5234164152756840025ULL},
		{"foo\nbar", 8917841378505826757ULL}, {"lyft", 4400747396090729504ULL},
		{"", 17241709254077376921ULL},
		{"Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1ULL}};

	for (size_t i = 0; i < LEN(rows); i++)
		EXPECT_EQ(key_hash_text(text_of(rows[i].text)), rows[i].hash);
}

static void test_header(void)
{
	struct text one = {"foo", 3}, empty = {"", 0};
	struct text two[] = {{"foo", 3}, {"bar", 3}}, sorted[] = {{"bar", 3}, {"foo", 3}};
	struct text prefixes[] = {{"ab", 2}, {"", 0}, {"a", 1}};

	EXPECT_EQ(key_hash_header(&one, 1), 3728699739546630719ULL);
	EXPECT_EQ(key_hash_header(&empty, 1), 17241709254077376921ULL);
	EXPECT_EQ(key_hash_header(sorted, 2), key_hash_header(two, 2));
	EXPECT(two[0].bytes[0] == 'b');
	EXPECT(key_hash_header((struct text[]){{"a", 1}, {"a", 1}}, 2) !=
		key_hash_header((struct text[]){{"a", 1}}, 1));
	key_hash_header(prefixes, 3);
	EXPECT(prefixes[0].len == 0 && prefixes[1].len == 1 && prefixes[2].len == 2);
	EXPECT(key_hash_header((struct text[]){{"b,a", 3}}, 1) ==
		key_hash_text(text_of("b,a")));
}

static void test_chain(void)
{
	struct text values[] = {{"foo", 3}, {"bar", 3}};

	EXPECT_EQ(key_hash_chain(values, 2), 17745830980996999794ULL);
	EXPECT_EQ(key_hash_chain(values, 1), 3728699739546630719ULL);
}

/* Several keys are Envoy's alone, but their vectors tell of the hashes that we use. */
static uint64_t combine(uint64_t first, uint64_t second)
{
	return sp_rotl64(first, 1) ^ second;
}

static void test_several_keys(void)
{
	uint64_t foo = key_hash_text(text_of("foo")), bar = key_hash_text(text_of("bar"));
	struct sp_endpoint client;

	EXPECT_EQ(pod_parse("4.3.2.1:80", 10, &client), 0);
	EXPECT_EQ(combine(bar, sp_hash_source_ip(&client.addr)), 9890873716945683598ULL);
	EXPECT_EQ(combine(foo, bar), 3449051153737634343ULL);
	EXPECT_EQ(combine(foo, foo), 6107164738285588033ULL);
}

static void expect_cookie(
	const char *const *lines, size_t len, const char *name, const char *want)
{
	struct text texts[4], value;
	bool found;

	for (size_t i = 0; i < len; i++)
		texts[i] = key_trim(text_of(lines[i]));
	found = key_find_cookie(texts, len, text_of(name), &value);
	if (found != (want != NULL) ||
		(found && (value.len != strlen(want) ||
				  memcmp(value.bytes, want, value.len)))) {
		printf("cookie %s of \"%s\": expected \"%s\"\n", name, lines[0],
			want ? want : "(none)");
		test_failures++;
	}
}

static void test_cookie_lines(void)
{
	static const char *const three[] = {"somekey=somevalue; someotherkey=x",
		"abc=def; token=abc123; Expires=Wed, 09 Jun 2021 10:18:14 GMT",
		"key2=v; key3=v"};
	static const char *const twice[] = {"a=; b=1; a=2", "a=3; b=2"};

	expect_cookie(three, 3, "token", "abc123");
	expect_cookie(three, 3, "key3", "v");
	expect_cookie(three, 3, "toke", NULL);
	expect_cookie(twice, 2, "a", NULL);
	expect_cookie(twice, 2, "b", "1");
	expect_cookie(three, 0, "token", NULL);
}

static void test_cookie_odd(void)
{
	static const struct {
		const char *line;
		const char *name;
		const char *value;
	} rows[] = {
		{"token1=abc123; = ", "token1", "abc123"},
		{"=; token4=\"abc123\"", "token4", "abc123"},
		{"dquote=\"; quoteddquote=\"\"\"", "dquote", "\""},
		{"dquote=\"; quoteddquote=\"\"\"", "quoteddquote", "\""},
		{"leadingdquote=\"foobar;", "leadingdquote", "\"foobar"},
		{"n=abc ; x=1", "n", "abc "},
		{"n=abc ", "n", "abc"},
		{"n= abc", "n", " abc"},
		{"n=\"abc\" ; x=1", "n", "\"abc\" "},
		{"x=1;\tn=1", "n", NULL},
		{"x=1;   n=1", "n", "1"},
		{"x=1, n=2", "n", NULL},
		{"n=a=b=c", "n", "a=b=c"},
		{"n=\"\"", "n", NULL},
		{"n=; n=1", "n", NULL},
		{"n", "n", NULL},
		{"n; n=1", "n", "1"},
		{"N=1", "n", NULL},
		{"n =1", "n", NULL},
		{"", "n", NULL},
		{";;;", "n", NULL},
	};

	for (size_t i = 0; i < LEN(rows); i++)
		expect_cookie(&rows[i].line, 1, rows[i].name, rows[i].value);
}

static void test_query(void)
{
	static const struct {
		const char *target;
		const char *value;
	} rows[] = {
		{"/p?user=abc", "abc"},
		{"/p?a=1&user=abc&user=def", "abc"},
		{"/p?user", ""},
		{"/p?user=", ""},
		{"/p?user&user=1", ""},
		{"/p?user=a=b", "a=b"},
		{"/p?user=a;x=1", "a;x=1"},
		{"/p?user=a+b%41", "a+b%41"},
		{"/p?us%65r=a", NULL},
		{"/p?user=a?user=b", "a?user=b"},
		{"/p?x=1?user=b", NULL},
		{"http://host/p?user=abc", "abc"},
		{"/p?User=a", NULL},
		{"/p?users=a&use=b", NULL},
		{"/p?&&user=a", "a"},
		{"/p&user=a", NULL},
		{"/p?", NULL},
		{"/user=a", NULL},
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct text value = {0};
		bool found =
			key_find_query(text_of(rows[i].target), text_of("user"), &value);
		const char *want = rows[i].value;

		if (found != (want != NULL) ||
			(found && (value.len != strlen(want) ||
					  memcmp(value.bytes, want, value.len)))) {
			printf("query of %s: expected \"%s\"\n", rows[i].target,
				want ? want : "(none)");
			test_failures++;
		}
	}
}

static void test_made_cookies(void)
{
	static const struct {
		const char *remote;
		const char *local;
		const char *value;
		uint64_t hash;
	} rows[] = {
		{"10.1.1.7:51234", "10.2.2.2:8080", "82eb1cf6c58c80db",
			4301824080542730773ULL},
		{"192.168.1.50:40000", "172.16.0.10:443", "7f3a117fd3c9eb32",
			2802943843514420837ULL},
		{"[2001:db8::7]:51234", "[2001:db8::2]:8080", "ad4c876e4525ce9c",
			1482184973617773357ULL},
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct sp_endpoint remote, local;
		char value[KEY_COOKIE_LEN];

		EXPECT_EQ(pod_parse(rows[i].remote, strlen(rows[i].remote), &remote), 0);
		EXPECT_EQ(pod_parse(rows[i].local, strlen(rows[i].local), &local), 0);
		EXPECT_STR(key_make_cookie(&remote, &local, value), rows[i].value);
		EXPECT_EQ(key_hash_text(text_of(value)), rows[i].hash);
	}
}

static void test_trim(void)
{
	struct text text = key_trim(text_of(" \t a\tb \t"));

	EXPECT(text.len == 3 && !memcmp(text.bytes, "a\tb", 3));
	EXPECT_EQ(key_trim(text_of(" \t ")).len, 0);
	EXPECT_EQ(key_trim(text_of("")).len, 0);
}

int main(void)
{
	static const struct test tests[] = {
		{"hashes of known texts", test_text_hashes},
		{"header: values are sorted and chained", test_header},
		{"values chained in their order", test_chain},
		{"several keys combined as Envoy does", test_several_keys},
		{"cookie: several lines, the first match wins", test_cookie_lines},
		{"cookie: odd lines", test_cookie_odd},
		{"query parameters", test_query},
		{"cookies made from both ends of a connection", test_made_cookies},
		{"blanks around a header's value", test_trim},
	};

	return TESTS_RUN(tests);
}
