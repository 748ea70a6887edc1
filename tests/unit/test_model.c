/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds between services, how they are named, signed and told apart. */
#include "manifest_rows.h"
#include "model/policy.h"

#define YAML_SHARED                                                                    \
	"{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {externalIPs: "    \
	"[192.0.2.1, 192.0.2.2], ports: [{port: 80}]}}\n"                              \
	"{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a, "  \
	"labels: "                                                                     \
	"{kubernetes.io/service-name: s}}, addressType: IPv4, ports: [{port: 8080}], " \
	"endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}]}\n"

#define HUNDRED                                              \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct row rows[] = {
	{"a pod behind two VIPs is fine",
		"service 192.0.2.2:80 name=b\n10.0.0.1:80\n10.0.0.2:80\n"
		"service 192.0.2.1:80 name=a\n10.0.0.2:80\n10.0.0.1:80\n",
		""},
	{"a pod that both VIPs of a Service take from one line is fine", YAML_SHARED, ""},
	{"a pod twice behind one of its VIPs",
		"service 192.0.2.2:80 name=b\n10.0.0.1:80\n"
		"service 192.0.2.1:80 name=a\n10.0.0.1:80\n10.0.0.2:80\n10.0.0.1:80\n",
		"t:6:1+11: pod 10.0.0.1:80 is in a already (t:4)"},
	{"the same ip:port of two protocols is fine",
		"service 192.0.2.1:53\n10.0.0.1:53\nservice "
		"192.0.2.1:53/udp\n10.0.0.1:53\n",
		""},
	{"two ports of one pod are fine",
		"service 192.0.2.1:80\n10.0.0.1:80\nservice 192.0.2.1:81\n10.0.0.1:81\n",
		""},
	{"a VIP given twice",
		"service 192.0.2.1:80 name=a\n10.0.0.1:80\nservice 192.0.2.1:80/tcp "
		"name=b\n"
		"10.0.0.2:80\n",
		"t:3:9+16: VIP 192.0.2.1:80/tcp of b is taken by a (t:1)"},
	{"a pod given twice",
		"service 192.0.2.1:80 name=a\n10.0.0.1:80\n10.0.0.1:80 weight=2\n",
		"t:3:1+11: pod 10.0.0.1:80 is in a already (t:2) (weight= gives a pod a "
		"larger "
		"share)"},
	{"a pod that is a VIP",
		"service 192.0.2.1:80 name=a\n192.0.2.2:80\nservice 192.0.2.2:80 name=b\n"
		"10.0.0.1:80\n",
		"t:2:1+12: pod of a is itself a VIP: 192.0.2.2:80/tcp of b (t:3)"},
	{"a pod that is its own VIP", "service 192.0.2.1:80 name=a\n192.0.2.1:80\n",
		"t:2:1+12: pod of a is itself a VIP"},
	{"a pod of the other family", "service 192.0.2.1:80\n[fd00::1]:80\n",
		"t:2:1+12: pod [fd00::1]:80 is not of the family of its VIP "
		"192.0.2.1:80/tcp"},
	{"a port that l2 does not change",
		"service 192.0.2.1:80 name=a forward=l2\n"
		"10.0.0.1:80\n10.0.0.2:8080\n",
		"t:3:1+13: the port of pod 10.0.0.2:8080 is not that of its VIP "
		"192.0.2.1:80/tcp, which forward=l2 needs (packets arrive there as they "
		"were sent: let the pod listen on the VIP's port, or write forward=nat)"},
	{"pods of both families in tunnels",
		"service 192.0.2.1:80 name=a forward=ipip\n10.0.0.1:80\n[fd00::1]:80\n"
		"service [2001:db8::1]:80 name=b "
		"forward=gue\n10.0.0.2:80\n[fd00::2]:80\n",
		""},
	{"a pod of the other family with l2",
		"service 192.0.2.1:80 forward=l2\n[fd00::1]:80\n",
		"t:2:1+12: pod [fd00::1]:80 is not of the family of its VIP "
		"192.0.2.1:80/tcp"},
	{"addresses to which no packet goes",
		"service 0.0.0.0:80 "
		"name=a\n127.0.0.1:80\n224.0.0.1:80\n255.255.255.255:80\n"
		"service [::]:80 "
		"name=b\n[::1]:80\n[ff02::1]:80\n[fe80::1]:80\n[fec0::1]:80\n",
		"t:5:9+7: VIP :: of b is unspecified\n"
		"t:6:1+8: pod ::1 of b is the loopback address\n"
		"t:7:1+12: pod ff02::1 of b is a multicast address\n"
		"t:8:1+12: pod fe80::1 of b is a link-local address\n"
		"t:1:9+10: VIP 0.0.0.0 of a is unspecified\n"
		"t:2:1+12: pod 127.0.0.1 of a is a loopback address\n"
		"t:3:1+12: pod 224.0.0.1 of a is a multicast address\n"
		"t:4:1+18: pod 255.255.255.255 of a is the broadcast address"},
	{"the helper reaches pods on loopback and of the other family",
		"service 192.0.2.1:80 name=a forward=l7\n127.0.0.1:80\n[::1]:80\n"
		"[fd00::1]:80\n224.0.0.1:80\n",
		"t:5:1+12: pod 224.0.0.1 of a is a multicast address"},
	{"the helper remembers no sessions",
		"service 192.0.2.1:80 name=a key=source-ip session-timeout=60 "
		"forward=l7\n"
		"10.0.0.1:80\n",
		"t:1:9+12: warning: sessions of a are not remembered with forward=l7"},
	{"a service without pods is warned of", "service 192.0.2.1:80\n",
		"t:1:9+12: warning: service 192.0.2.1:80/tcp has no pods"},
	{"a name that does not fit",
		"service 192.0.2.1:80 name=" HUNDRED HUNDRED "\n10.0.0.1:80\n",
		"t:1:9+12: the service's name "
		"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' is 200 "
		"bytes long, at most 167 fit"},
	{"a policy that does not fit",
		"service 192.0.2.1:80 name=a key=cookie:" HUNDRED HUNDRED
		"\n10.0.0.1:80\n",
		"t:1:9+12: the policy of a is 239 bytes long as text, at most 223 fit"},
};

static void counts_what_does_not_fit(void)
{
	struct service *services = calloc(SP_SERVICES_MAX + 1, sizeof(*services));
	struct model model = {.services = services, .services_len = SP_SERVICES_MAX};
	struct diags diags = {0};
	struct pod *pods = calloc(SP_PODS_MAX + 1, sizeof(*pods));

	for (unsigned i = 0; i <= SP_SERVICES_MAX; i++) {
		services[i].name = "a";
		services[i].vip.addr = sp_addr_from_v4(__builtin_bswap32(0xc0000000 + i));
	}
	for (unsigned i = 0; i <= SP_PODS_MAX; i++)
		pods[i].at.addr = sp_addr_from_v4(__builtin_bswap32(0x0a000000 + i));
	services[0].pods = pods;
	services[0].pods_len = SP_PODS_MAX;
	EXPECT_EQ(model_check(&model, &diags), 0);
	model.services_len++;
	services[0].pods_len++;
	EXPECT_EQ(model_check(&model, &diags), -EINVAL);
	EXPECT_EQ(diags.errors_len, 2);
	EXPECT_STR(diags.errors[0].message, "16385 services, at most 16384 fit");
	EXPECT_STR(diags.errors[1].message, "131073 pods in all, at most 131072 fit");
	diags_done(&diags);
	free(services);
	free(pods);
}

static const char *find(const struct model *model, const char *text)
{
	static char answer[256];
	struct diags diags = {0};
	const struct service *service = model_find_service(model, text, &diags);

	if (service)
		vip_format(&service->vip, answer);
	else
		snprintf(answer, sizeof(answer), "%zu: %s", diags.errors_len,
			diags.errors[0].message);
	diags_done(&diags);
	return answer;
}

static void finds_services_by_any_name(void)
{
	struct read read;

	read_text(&read,
		"service 192.0.2.1:80 name=default/shop:http\nservice 192.0.2.1:443 "
		"name=default/shop:https\nservice 192.0.2.2:53 name=dns\nservice "
		"192.0.2.2:53/udp name=other/dns:53\nservice [2001:db8::1]:80 "
		"name=other/web:80\nservice 192.0.2.3:1\n");
	EXPECT_EQ(read.result, 0);
	EXPECT_STR(find(&read.model, "192.0.2.1:443"), "192.0.2.1:443/tcp");
	EXPECT_STR(find(&read.model, "192.0.2.2:53/udp"), "192.0.2.2:53/udp");
	EXPECT_STR(find(&read.model, "192.0.2.2:53"),
		"1: '192.0.2.2:53' names more than one service");
	EXPECT_STR(find(&read.model, "192.0.2.1:443/udp"),
		"1: no service is named '192.0.2.1:443/udp'");
	EXPECT_STR(find(&read.model, "[2001:db8:0::1]:80"), "[2001:db8::1]:80/tcp");
	EXPECT_STR(find(&read.model, "shop:http"), "192.0.2.1:80/tcp");
	EXPECT_STR(find(&read.model, "shop:80"), "192.0.2.1:80/tcp");
	EXPECT_STR(find(&read.model, "default/shop:443"), "192.0.2.1:443/tcp");
	EXPECT_STR(find(&read.model, "default/shop:https"), "192.0.2.1:443/tcp");
	EXPECT_STR(find(&read.model, "shop"), "1: 'shop' names more than one service");
	EXPECT_STR(find(&read.model, "default/shop"),
		"1: 'default/shop' names more than one service");
	EXPECT_STR(find(&read.model, "web"), "[2001:db8::1]:80/tcp");
	EXPECT_STR(find(&read.model, "other/web"), "[2001:db8::1]:80/tcp");
	EXPECT_STR(
		find(&read.model, "default/web"), "1: no service is named 'default/web'");
	EXPECT_STR(find(&read.model, "shop:"), "1: no service is named 'shop:'");
	EXPECT_STR(find(&read.model, ""), "1: no service is named ''");
	EXPECT_STR(find(&read.model, "192.0.2.3:1/tcp"), "192.0.2.3:1/tcp");
	read_done(&read);
}

static void fingerprints_tell_every_difference(void)
{
	static const char *const texts[] = {
		"name=a\n10.0.0.1:80\n10.0.0.2:80\n",
		"name=b\n10.0.0.1:80\n10.0.0.2:80\n",
		"name=a key=source-ip\n10.0.0.1:80\n10.0.0.2:80\n",
		"name=a table-size=251\n10.0.0.1:80\n10.0.0.2:80\n",
		"name=a session-timeout=1\n10.0.0.1:80\n10.0.0.2:80\n",
		"name=a\n10.0.0.2:80\n10.0.0.1:80\n",
		"name=a\n10.0.0.1:80\n",
		"name=a\n10.0.0.1:80\n10.0.0.2:81\n",
		"name=a\n10.0.0.1:80\n10.0.0.2:80 weight=2\n",
		"name=a\n10.0.0.1:80\n10.0.0.2:80 draining\n",
		"name=a\n",
	};
	uint64_t prints[sizeof(texts) / sizeof(texts[0])];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct read read;
		char text[256];

		snprintf(text, sizeof(text), "service 192.0.2.1:80 %s", texts[i]);
		read_text(&read, text);
		EXPECT_EQ(read.result, 0);
		prints[i] = read.model.services[0].fingerprint;
		read_done(&read);
		for (size_t j = 0; j < i; j++)
			EXPECT(prints[i] != prints[j]);
	}
}

static void compares_endpoints_by_address_port_and_protocol(void)
{
	static const char *const ascending[] = {"[::5]:1", "192.0.2.1:9", "192.0.2.1:10",
		"192.0.2.1:10/udp", "192.0.2.1:256", "192.0.2.10:1", "[2001:db8::]:1"};

	for (size_t i = 0; i < 7; i++) {
		for (size_t j = 0; j < 7; j++) {
			struct sp_endpoint a, b;

			EXPECT_EQ(vip_parse(ascending[i], strlen(ascending[i]), &a), 0);
			EXPECT_EQ(vip_parse(ascending[j], strlen(ascending[j]), &b), 0);
			EXPECT_EQ(model_compare_endpoints(&a, &b) < 0, i < j);
			EXPECT_EQ(model_compare_endpoints(&a, &b) == 0, i == j);
		}
	}
}

static void policies_come_back_from_their_text(void)
{
	static const char *const texts[] = {
		"key=source-ip-port algorithm=maglev forward=nat",
		"key=source-ip session-timeout=10800 algorithm=maglev forward=gue",
		"key=cookie:sid cookie-ttl=0 cookie-path=/a cookie-attribute=A=b=c "
		"cookie-attribute=D algorithm=ring-hash ring-size=1 forward=l7",
		"key=header:x algorithm=maglev table-size=4999999 forward=l7",
		"key=query:a%20:b algorithm=ring-hash ring-size=8388608 forward=l7",
		"key=source-ip algorithm=ring-hash ring-size=1024 forward=l7",
		"key=source-ip-port algorithm=maglev forward=l7",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct arena arena = {0};
		struct policy policy;
		char text[SP_POLICY_LEN];

		EXPECT_EQ(policy_parse(texts[i], &arena, &policy), 0);
		EXPECT_EQ(policy_format(&policy, text, sizeof(text)), strlen(texts[i]));
		EXPECT_STR(text, texts[i]);
		EXPECT_EQ(policy_format(&policy, text, 10), strlen(texts[i]));
		EXPECT_EQ(strlen(text), 9);
		arena_done(&arena);
	}
}

/* So states of before forward=l7 wrote it. */
static void an_http_key_is_the_helpers(void)
{
	struct arena arena = {0};
	struct policy policy;

	EXPECT_EQ(policy_parse(
			  "key=cookie:sid algorithm=maglev forward=nat", &arena, &policy),
		0);
	EXPECT_EQ(policy.forward, SP_FORWARD_L7);
	arena_done(&arena);
}

static void broken_policy_texts_are_refused(void)
{
	static const char *const texts[] = {"key", "key=", "key=cookie", "keys=source-ip",
		"key=source-ip key=source-ip", "name=a", "=", "forward=nat,",
		"table-size=0", "cookie-ttl=1 key=source-ip",
		"key=cookie:sid forward=ipip", "key=header:x forward=l2",
		"algorithm=ring-hash table-size=7"};
	struct arena arena = {0};
	struct policy policy;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (policy_parse(texts[i], &arena, &policy) != -EINVAL) {
			printf("'%s' was read\n", texts[i]);
			test_failures++;
		}
	arena_done(&arena);
}

static void durations_are_read_as_go_writes_them(void)
{
	static const struct {
		const char *text;
		int64_t ttl_s; /* -1: refused */
	} cases[] = {{"0s", 0}, {"1s", 1}, {"1h30m", 5400}, {"1.5h", 5400}, {"999ms", 0},
		{"1500ms", 1}, {"1m0.999999999s", 60}, {"100us", 0}, {"7\xc2\xb5s", 0},
		{"3153600000s", 3153600000}, {"3153600001s", -1}, {"876000h", 3153600000},
		{"876000h1s", -1}, {"99999999999999999999s", -1}, {"", -1}, {"s", -1},
		{"1", -1}, {"-1s", -1}, {"1d", -1}, {"1s ", -1}, {".5s", -1},
		{"0.00000000000000000001h", 0}, {"1.s", 1}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct word word = {cases[i].text, strlen(cases[i].text)};
		int64_t ttl_s = -1;
		int result = policy_parse_ttl(word, false, &ttl_s);

		if (ttl_s != cases[i].ttl_s || (result == 0) != (cases[i].ttl_s >= 0)) {
			printf("'%s' is %lld\n", cases[i].text, (long long)ttl_s);
			test_failures++;
		}
	}
}

static const struct test tests[] = {
	{"16384 services and 131072 pods fit, one more does not",
		counts_what_does_not_fit},
	{"services are found by name, port name, port number or VIP",
		finds_services_by_any_name},
	{"fingerprints tell every difference", fingerprints_tell_every_difference},
	{"endpoints ascend by address, port as a number, protocol",
		compares_endpoints_by_address_port_and_protocol},
	{"a policy comes back from its text", policies_come_back_from_their_text},
	{"a broken text of a policy is refused", broken_policy_texts_are_refused},
	{"a key that only HTTP has is the helper's", an_http_key_is_the_helpers},
	{"durations are read as Go writes them", durations_are_read_as_go_writes_them},
};

int main(void)
{
	return ROWS_AND_TESTS_RUN(rows, tests);
}
