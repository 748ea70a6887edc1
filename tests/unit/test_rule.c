/* SPDX-License-Identifier: BSD-2-Clause */
/* DestinationRules: the policies they make, what is warned of, and each mistake. */
#include "manifest_rows.h"

#define SERVICE                                                                        \
	"{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {externalIPs: " \
	"[192.0.2.1], ports: [{port: 80}, {port: 81}]}}\n"                             \
	"{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a, "  \
	"labels: "                                                                     \
	"{kubernetes.io/service-name: shop}}, addressType: IPv4, ports: [{port: "      \
	"8080}], "                                                                     \
	"endpoints: []}\n"
#define RULE(name, host, rest)                                                   \
	"{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: " \
	"{name: " name "}, spec: {host: " host ", " rest "}}\n"
#define HASH(members) "trafficPolicy: {loadBalancer: {consistentHash: {" members "}}}"
#define DEFAULT "key=source-ip-port algorithm=maglev forward=nat"

/* The policies of ports 80 and 81 of the service, with this rule. */
static void expect_policies(const char *rule, const char *want_80, const char *want_81,
	size_t warnings, int line)
{
	char text[4096], policy[512];
	const char *want[] = {want_80, want_81};
	struct read read;

	snprintf(text, sizeof(text), "%s%s", SERVICE, rule);
	read_text(&read, text);
	for (size_t i = 0; i < 2 && read.model.services_len == 2; i++) {
		policy_format(&read.model.services[i].policy, policy, sizeof(policy));
		if (strcmp(policy, want[i])) {
			printf("line %d: policy %zu is %s, expected %s\n", line, i,
				policy, want[i]);
			test_failures++;
		}
	}
	/* That there are no pods is warned of twice in every case. */
	if (read.result || read.model.services_len != 2 ||
		read.diags.warnings_len != warnings + 2) {
		printf("line %d: result %d, %s", line, read.result,
			complaints_print(&read.diags));
		test_failures++;
	}
	read_done(&read);
}

#define EXPECT_POLICIES(rule, want_80, want_81, warnings) \
	expect_policies(rule, want_80, want_81, warnings, __LINE__)
#define EXPECT_POLICY(rule, want, warnings) EXPECT_POLICIES(rule, want, want, warnings)

static void reads_keys(void)
{
	EXPECT_POLICY(RULE("r", "shop", HASH("useSourceIp: true")),
		"key=source-ip algorithm=ring-hash ring-size=1024 forward=nat", 0);
	EXPECT_POLICY(RULE("r", "shop", HASH("httpHeaderName: x-user")),
		"key=header:x-user algorithm=ring-hash ring-size=1024 forward=l7", 0);
	EXPECT_POLICY(RULE("r", "shop", HASH("httpQueryParameterName: user")),
		"key=query:user algorithm=ring-hash ring-size=1024 forward=l7", 0);
	EXPECT_POLICY(RULE("r", "shop", HASH("httpCookie: {name: sid}")),
		"key=cookie:sid algorithm=ring-hash ring-size=1024 forward=l7", 0);
}

static void reads_cookies(void)
{
	EXPECT_POLICY(RULE("r", "shop",
			      HASH("httpCookie: {name: sid, ttl: 1h0m1.9s, path: /a, "
				   "attributes: "
				   "[{name: SameSite, value: Lax}, {name: Secure}]}")),
		"key=cookie:sid cookie-ttl=3601 cookie-path=/a "
		"cookie-attribute=SameSite=Lax "
		"cookie-attribute=Secure algorithm=ring-hash ring-size=1024 forward=l7",
		0);
	EXPECT_POLICY(RULE("r", "shop", HASH("httpCookie: {name: sid, ttl: 0s}")),
		"key=cookie:sid cookie-ttl=0 algorithm=ring-hash ring-size=1024 "
		"forward=l7",
		0);
}

static void reads_algorithms(void)
{
	EXPECT_POLICY(RULE("r", "shop", HASH("useSourceIp: true, maglev: {}")),
		"key=source-ip algorithm=maglev table-size=65537 forward=nat", 0);
	EXPECT_POLICY(RULE("r", "shop",
			      HASH("useSourceIp: true, maglev: {tableSize: 4999999}")),
		"key=source-ip algorithm=maglev table-size=4999999 forward=nat", 0);
	EXPECT_POLICY(
		RULE("r", "shop", HASH("useSourceIp: true, maglev: {tableSize: 2}")),
		"key=source-ip algorithm=maglev table-size=2 forward=nat", 0);
	EXPECT_POLICY(RULE("r", "shop", HASH("useSourceIp: true, ringHash: {}")),
		"key=source-ip algorithm=ring-hash ring-size=1024 forward=nat", 0);
	EXPECT_POLICY(
		RULE("r", "shop",
			HASH("useSourceIp: true, ringHash: {minimumRingSize: 8388608}")),
		"key=source-ip algorithm=ring-hash ring-size=8388608 forward=nat", 0);
	EXPECT_POLICY(RULE("r", "shop", HASH("useSourceIp: true, minimumRingSize: 77")),
		"key=source-ip algorithm=ring-hash ring-size=77 forward=nat", 0);
}

static void no_affinity_is_the_default_with_a_warning(void)
{
	EXPECT_POLICY(RULE("r", "shop", HASH("useSourceIp: false")), DEFAULT, 1);
	EXPECT_POLICY(
		RULE("r", "shop", "trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}"),
		DEFAULT, 1);
	EXPECT_POLICY(
		RULE("r", "shop", "trafficPolicy: {tls: {mode: DISABLE}}"), DEFAULT, 0);
	EXPECT_POLICY(RULE("r", "shop", ""), DEFAULT, 0);
}

/* A port's settings replace those of the rule, and inherit nothing. */
static void ports_stand_before_the_rule(void)
{
	EXPECT_POLICIES(RULE("r", "shop",
				"trafficPolicy: {loadBalancer: {consistentHash: "
				"{useSourceIp: true}}, "
				"portLevelSettings: [{port: {number: 81}, loadBalancer: "
				"{consistentHash: "
				"{httpHeaderName: x, maglev: {tableSize: 251}}}}]}"),
		"key=source-ip algorithm=ring-hash ring-size=1024 forward=nat",
		"key=header:x algorithm=maglev table-size=251 forward=l7", 0);
	EXPECT_POLICIES(RULE("r", "shop",
				"trafficPolicy: {loadBalancer: {consistentHash: "
				"{useSourceIp: true}}, "
				"portLevelSettings: [{port: {number: 80}, tls: {mode: "
				"DISABLE}}]}"),
		DEFAULT, "key=source-ip algorithm=ring-hash ring-size=1024 forward=nat",
		0);
}

static void finds_the_host(void)
{
	static const char *const hosts[] = {"shop", "shop.default.svc",
		"shop.default.svc.cluster.local", "shop.default.svc.example.org"};
	static const char *const others[] = {"shop.default", "shop.default.service.local",
		"shop.default.pod.cluster.local", "'*'", "'*.default.svc.cluster.local'",
		"shop.other.svc.cluster.local", "shops"};
	char rule[512];

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		snprintf(rule, sizeof(rule), RULE("r", "%s", HASH("useSourceIp: true")),
			hosts[i]);
		EXPECT_POLICY(rule,
			"key=source-ip algorithm=ring-hash ring-size=1024 forward=nat",
			0);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(rule, sizeof(rule), RULE("r", "%s", HASH("useSourceIp: true")),
			others[i]);
		EXPECT_POLICY(rule, DEFAULT, 1);
	}
	/* The short name is one of the rule's own namespace. */
	EXPECT_POLICY(RULE("r, namespace: other", "shop", HASH("useSourceIp: true")),
		DEFAULT, 1);
	EXPECT_POLICY(RULE("r, namespace: other", "shop.default.svc",
			      HASH("useSourceIp: true")),
		"key=source-ip algorithm=ring-hash ring-size=1024 forward=nat", 0);
}

static void warns_of_what_is_ignored(void)
{
	EXPECT_POLICY(
		RULE("r", "shop", "exportTo: ['.'], workloadSelector: {matchLabels: {}}"),
		DEFAULT, 2);
	EXPECT_POLICY(RULE("r", "shop", "exportTo: ['*']"), DEFAULT, 0);
	EXPECT_POLICY(RULE("r", "shop",
			      "trafficPolicy: {loadBalancer: {localityLbSetting: "
			      "{enabled: true}, "
			      "consistentHash: {useSourceIp: true}}}"),
		"key=source-ip algorithm=ring-hash ring-size=1024 forward=nat", 1);
	EXPECT_POLICY(
		RULE("r", "shop",
			"subsets: [{name: a}, {name: b, trafficPolicy: {loadBalancer: "
			"{}}}]"),
		DEFAULT, 1);
	EXPECT_POLICY(RULE("r", "shop", "trafficPolicy: {loadbalancer: {}}"), DEFAULT, 1);
}

static void all_versions_are_read(void)
{
	static const char *const versions[] = {"v1", "v1beta1", "v1alpha3"};
	char rule[512];

	for (size_t i = 0; i < 3; i++) {
		snprintf(rule, sizeof(rule),
			"{apiVersion: networking.istio.io/%s, kind: DestinationRule, "
			"metadata: "
			"{name: r}, spec: {host: shop, " HASH("useSourceIp: true") "}}",
			versions[i]);
		EXPECT_POLICY(rule,
			"key=source-ip algorithm=ring-hash ring-size=1024 forward=nat",
			0);
	}
}

static void an_http_key_is_not_for_udp(void)
{
	struct read read;

	read_text(&read,
		"{apiVersion: v1, kind: Service, metadata: {name: s}, spec: "
		"{externalIPs: [192.0.2.1], sessionAffinity: ClientIP, ports: [{port: "
		"53, protocol: UDP}]}}\n" RULE("r", "s", HASH("httpHeaderName: x")));
	EXPECT_MODEL(&read,
		"192.0.2.1:53/udp default/s:53 key=source-ip session-timeout=10800 "
		"algorithm=maglev forward=nat\n");
	EXPECT(strstr(
		complaints_print(&read.diags), "the rule's key needs HTTP: UDP port 53"));
	read_done(&read);
}

#define YAML(rest)                                                                     \
	"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: " \
	"r}\n"                                                                         \
	"spec:\n  host: shop\n" rest
#define YAML_HASH(rest) \
	YAML("  trafficPolicy:\n    loadBalancer:\n      consistentHash:\n" rest)

static const struct row rows[] = {
	{"a rule without a spec",
		"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: "
		"{name: r}\n",
		"t:3:18+1: DestinationRule without a spec"},
	{"a rule without a host",
		"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: "
		"{name: r}\n"
		"spec:\n  x: y\n",
		"t:5:3+1: host is missing here"},
	{"no key", YAML_HASH("        ringHash: {}\n"),
		"t:8:7+14: consistentHash names no key (one of: httpHeaderName, "
		"httpCookie, "
		"useSourceIp, httpQueryParameterName)"},
	{"two keys", YAML_HASH("        useSourceIp: true\n        httpHeaderName: x\n"),
		"t:9:9+11: two keys: httpHeaderName and useSourceIp (leave one of the "
		"two out)"},
	{"two keys of which one is off",
		YAML_HASH("        useSourceIp: false\n        httpHeaderName: x\n"),
		"t:9:22+5: warning: useSourceIp: false means no affinity\n"
		"t:9:9+11: two keys: httpHeaderName and useSourceIp"},
	{"a misspelt key", YAML_HASH("        useSourceIP: true\n"),
		"t:9:9+11: field 'useSourceIP' is unknown here (did you mean "
		"'useSourceIp'?)"},
	{"a misspelt algorithm",
		YAML_HASH("        useSourceIp: true\n        magleb: {}\n"),
		"t:10:9+6: field 'magleb' is unknown here (did you mean 'maglev'?)"},
	{"a misspelt size",
		YAML_HASH("        useSourceIp: true\n        maglev: {tablesize: 7}\n"),
		"t:10:18+9: field 'tablesize' is unknown here (did you mean "
		"'tableSize'?)"},
	{"a misspelt cookie field", YAML_HASH("        httpCookie: {name: a, TTL: 1s}\n"),
		"t:9:31+3: field 'TTL' is unknown here (did you mean 'ttl'?)"},
	{"useSourceIp in quotes", YAML_HASH("        useSourceIp: \"true\"\n"),
		"t:9:23+4: useSourceIp is a string, not true or false"},
	{"both algorithms",
		YAML_HASH("        useSourceIp: true\n        ringHash: {}\n        "
			  "maglev: {}\n"),
		"t:11:9+6: both ringHash and maglev are named"},
	{"the deprecated size beside an algorithm",
		YAML_HASH(
			"        useSourceIp: true\n        minimumRingSize: 1\n        "
			"ringHash: {}\n"),
		"t:10:9+15: the deprecated minimumRingSize does not go with an algorithm "
		"(write "
		"it inside ringHash)"},
	{"a table size of 1",
		YAML_HASH("        useSourceIp: true\n        maglev: {tableSize: 1}\n"),
		"t:10:29+1: table size 1 is outside 2..5000010"},
	{"a table size of 0",
		YAML_HASH("        useSourceIp: true\n        maglev: {tableSize: 0}\n"),
		"t:10:29+1: table size 0 is outside 2..5000010"},
	{"a table size that is not prime",
		YAML_HASH("        useSourceIp: true\n        maglev: {tableSize: "
			  "65536}\n"),
		"t:10:29+5: table size 65536 is not a prime number (maglev needs a "
		"prime; 65537 "
		"is one)"},
	{"a table size of 5000011",
		YAML_HASH("        useSourceIp: true\n        maglev: {tableSize: "
			  "5000011}\n"),
		"t:10:29+7: table size 5000011 is outside 2..5000010"},
	{"a table size in quotes",
		YAML_HASH(
			"        useSourceIp: true\n        maglev: {tableSize: '7'}\n"),
		"t:10:30+1: tableSize is a string, not a number (leave the quotes out)"},
	{"a ring size that is too large",
		YAML_HASH(
			"        useSourceIp: true\n        minimumRingSize: 8388609\n"),
		"t:10:26+7: ring size 8388609 is outside 1..8388608"},
	{"a negative ring size",
		YAML_HASH("        useSourceIp: true\n        minimumRingSize: -1\n"),
		"t:10:26+2: minimumRingSize -1 is not a whole number from 1 on"},
	{"a cookie without a name", YAML_HASH("        httpCookie: {ttl: 1s}\n"),
		"t:9:21+1: name is missing here"},
	{"a cookie name that no cookie has",
		YAML_HASH("        httpCookie: {name: 'a b'}\n"),
		"t:9:29+3: 'a b' cannot be the name of a cookie"},
	{"a cookie's time without a unit",
		YAML_HASH("        httpCookie: {name: a, ttl: '60'}\n"),
		"t:9:37+2: ttl '60' is not a duration within 0..3153600000s (as in "
		"3600s, 90m or "
		"12h; 0s makes a session cookie)"},
	{"a cookie's time that is a number",
		YAML_HASH("        httpCookie: {name: a, ttl: 60}\n"),
		"t:9:36+2: ttl is a number, not a string (put it in quotes)"},
	{"a cookie path that ends the header",
		YAML_HASH("        httpCookie: {name: a, path: '/;x'}\n"),
		"t:9:38+3: '/;x' cannot stand in a set-cookie header"},
	{"a cookie attribute without a name",
		YAML_HASH("        httpCookie: {name: a, attributes: [{value: b}]}\n"),
		"t:9:44+1: name is missing here"},
	{"a header name with a blank", YAML_HASH("        httpHeaderName: 'x y'\n"),
		"t:9:26+3: 'x y' cannot be the name of a header"},
	{"a query parameter that no query has",
		YAML_HASH("        httpQueryParameterName: 'a&b'\n"),
		"t:9:34+3: 'a&b' cannot be the name of a query parameter"},
	{"both simple and consistentHash",
		YAML("  trafficPolicy:\n    loadBalancer:\n      simple: RANDOM\n"
		     "      consistentHash: {useSourceIp: true}\n"),
		"t:8:15+6: both simple and consistentHash are named"},
	{"a port setting without a port",
		YAML("  trafficPolicy:\n    portLevelSettings:\n    - loadBalancer: "
		     "{}\n"),
		"t:8:7+1: portLevelSettings without a port"},
	{"a port set twice",
		YAML("  trafficPolicy:\n    portLevelSettings:\n    - port: {number: "
		     "80}\n"
		     "    - port: {number: 80}\n"),
		"t:9:13+1: port 80 is set twice"},
	{"two rules for one host",
		RULE("a", "shop", "x: y") RULE("b", "shop.default.svc", "x: y"),
		"t:2:95+16: two rules for host shop: b and a (t:1)"},
	{"a rule without a Service", YAML(""),
		"t:5:9+4: warning: no Service default/shop for this rule (its Service is "
		"in no "
		"file that was read)"},
	{"a rule for a wildcard host",
		"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: "
		"{name: r}\n"
		"spec: {host: '*.org'}\n",
		"t:4:15+5: warning: a rule for a wildcard host is ignored"},
};

static const struct test tests[] = {
	{"each of the four keys is read", reads_keys},
	{"cookies have a time, a path and attributes", reads_cookies},
	{"both algorithms have their defaults and limits", reads_algorithms},
	{"what carries no affinity means the default, with a warning",
		no_affinity_is_the_default_with_a_warning},
	{"settings of a port stand before the rule's", ports_stand_before_the_rule},
	{"a host is a short name or ends with .svc and a domain", finds_the_host},
	{"what is ignored is warned of", warns_of_what_is_ignored},
	{"all three versions are read", all_versions_are_read},
	{"an HTTP key is not for UDP", an_http_key_is_not_for_udp},
};

int main(void)
{
	return ROWS_AND_TESTS_RUN(rows, tests);
}
