/* SPDX-License-Identifier: BSD-2-Clause */
/* Services with their EndpointSlices: what they become, and each mistake. */
#include "manifest_rows.h"

/* A Service in one line; `spec` and `rest` are members with a comma behind. */
#define SERVICE(name, spec, rest)                                                  \
	"{apiVersion: v1, kind: Service, metadata: {name: " name "}, spec: {" spec \
	" ports: [{port: 80}]}, " rest "}\n"
#define VIP(ip) "status: {loadBalancer: {ingress: [{ip: " ip "}]}}"
#define SLICE(name, service, type, ports, endpoints)                                    \
	"{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: " name \
	", labels: {kubernetes.io/service-name: " service "}}, addressType: " type      \
	", ports: [" ports "], endpoints: [" endpoints "]}\n"
#define DEFAULT " key=source-ip-port algorithm=maglev forward=nat"

static void expect_text(const char *text, bool cluster_ips, const char *want, int line)
{
	struct read read = {.options.cluster_ips = cluster_ips};

	read_add(&read, "t", text, strlen(text));
	read_run(&read);
	expect_model(&read, want, line);
	EXPECT_EQ(read.diags.errors_len, 0);
	read_done(&read);
}

#define EXPECT_TEXT(text, want) expect_text(text, false, want, __LINE__)

static void takes_vips_from_three_fields(void)
{
	EXPECT_TEXT(
		SERVICE("a", "",
			"status: {loadBalancer: {ingress: [{ip: 192.0.2.1}, "
			"{ip: 192.0.2.9, ipMode: Proxy}, {hostname: x.org}]}}")
			SERVICE("b", "externalIPs: [192.0.2.2], clusterIP: 10.96.0.1,",
				"") SERVICE("c", "loadBalancerIP: '2001:db8::3',", "")
				SERVICE("d",
					"externalIPs: [192.0.2.4], loadBalancerIP: "
					"192.0.2.4,",
					VIP("192.0.2.4")),
		"192.0.2.1:80/tcp default/a:80" DEFAULT
		"\n192.0.2.2:80/tcp default/b:80" DEFAULT
		"\n192.0.2.4:80/tcp default/d:80" DEFAULT
		"\n[2001:db8::3]:80/tcp default/c:80" DEFAULT "\n");
}

static void takes_cluster_ips_when_asked(void)
{
	static const char text[] = SERVICE(
		"a", "clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 'fd00::1'],", "")
		SERVICE("b", "clusterIP: None, clusterIPs: [None],", "");

	expect_text(text, false, "", __LINE__);
	expect_text(text, true,
		"10.96.0.1:80/tcp default/a:80" DEFAULT
		"\n[fd00::1]:80/tcp default/a:80" DEFAULT "\n",
		__LINE__);
}

static void matches_ports_by_name_and_protocol(void)
{
	EXPECT_TEXT(
		"{apiVersion: v1, kind: Service, metadata: {name: s, namespace: n}, "
		"spec: "
		"{ports: [{name: web, port: 80, targetPort: 1}, {name: dns, port: 53, "
		"protocol: UDP}, {name: tdns, port: 53}]}, " VIP(
			"192.0.2.1") "}\n"
				     "{apiVersion: discovery.k8s.io/v1, kind: "
				     "EndpointSlice, metadata: {name: a, "
				     "namespace: n, labels: {kubernetes.io/service-name: "
				     "s}}, addressType: IPv4, "
				     "ports: [{name: dns, port: 5353, protocol: UDP}, "
				     "{name: web, port: 8080}, "
				     "{name: dns, port: 1}, {name: other, port: 2}], "
				     "endpoints: [{addresses: "
				     "[10.0.0.1, 10.0.0.99]}]}",
		"192.0.2.1:53/tcp n/s:tdns" DEFAULT "\n"
		"192.0.2.1:53/udp n/s:dns" DEFAULT " 10.0.0.1:5353\n"
		"192.0.2.1:80/tcp n/s:web" DEFAULT " 10.0.0.1:8080\n");
}

static void null_port_name_is_no_name(void)
{
	EXPECT_TEXT(SERVICE("s", "", VIP("192.0.2.1")) SLICE("a", "s", "IPv4",
			    "{name: null, port: 8080, protocol: null}",
			    "{addresses: [10.0.0.1]}")
			    SLICE("b", "s", "IPv4", "{name: \"\", port: 8081}",
				    "{addresses: [10.0.0.2], conditions: null}"),
		"192.0.2.1:80/tcp default/s:80" DEFAULT " 10.0.0.1:8080 10.0.0.2:8081\n");
}

static void joins_each_family_with_its_slices(void)
{
	EXPECT_TEXT(SERVICE("s", "externalIPs: [192.0.2.1, '2001:db8::1'],", "") SLICE(
			    "a", "s", "IPv6", "{port: 8080}", "{addresses: ['fd00::1']}")
			    SLICE("b", "s", "IPv4", "{port: 8080}",
				    "{addresses: [10.0.0.1]}"),
		"192.0.2.1:80/tcp default/s:80" DEFAULT " 10.0.0.1:8080\n"
		"[2001:db8::1]:80/tcp default/s:80" DEFAULT " [fd00::1]:8080\n");
}

static void namespaces_do_not_mix(void)
{
	EXPECT_TEXT(SERVICE("s", "", VIP("192.0.2.1")) SLICE("a, namespace: other", "s",
			    "IPv4", "{port: 8080}", "{addresses: [10.0.0.1]}") SLICE("a",
			    "s2", "IPv4", "{port: 8080}", "{addresses: [10.0.0.2]}"),
		"192.0.2.1:80/tcp default/s:80" DEFAULT "\n");
}

static void reads_conditions(void)
{
	EXPECT_TEXT(SERVICE("s", "", VIP("192.0.2.1"))
			    SLICE("a", "s", "IPv4", "{port: 80}",
				    "{addresses: [10.0.0.1], conditions: {}},"
				    "{addresses: [10.0.0.2], conditions: {ready: null}},"
				    "{addresses: [10.0.0.3], conditions: {ready: false}},"
				    "{addresses: [10.0.0.4], conditions: {ready: false, "
				    "serving: true, "
				    "terminating: true}},"
				    "{addresses: [10.0.0.5], conditions: {ready: false, "
				    "serving: false, "
				    "terminating: true}},"
				    "{addresses: [10.0.0.6], conditions: {ready: false, "
				    "serving: true}},"
				    "{addresses: [10.0.0.7], conditions: {ready: true, "
				    "terminating: true}},"
				    "{addresses: [10.0.0.8], conditions: {ready: false, "
				    "terminating: true}}"),
		"192.0.2.1:80/tcp default/s:80" DEFAULT " 10.0.0.1:80 10.0.0.2:80 "
		"10.0.0.4:80-draining 10.0.0.7:80-draining\n");
}

static void merges_slices_in_a_fixed_order(void)
{
	static const char s[] = SERVICE("s", "", VIP("192.0.2.1"));
	static const char a[] = SLICE("a", "s", "IPv4", "{port: 80}",
		"{addresses: [10.0.0.9]}, {addresses: [10.0.0.2], conditions: {ready: "
		"false, "
		"serving: true, terminating: true}}, {addresses: [10.0.0.9]}");
	static const char b[] = SLICE("b", "s", "IPv4", "{port: 80}",
		"{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}, {addresses: "
		"[10.0.0.9], "
		"conditions: {ready: false}}");
	const char *texts[] = {s, b, a};

	/* Every order of the three sources gives the same. */
	for (int i = 0; i < 6; i++) {
		struct read read = {0};
		int first = i % 3, second = (first + 1 + i / 3) % 3;

		read_add(&read, "1", texts[first], strlen(texts[first]));
		read_add(&read, "2", texts[second], strlen(texts[second]));
		read_add(&read, "3", texts[3 - first - second],
			strlen(texts[3 - first - second]));
		read_run(&read);
		EXPECT_MODEL(&read, "192.0.2.1:80/tcp default/s:80" DEFAULT
				    " 10.0.0.9:80 10.0.0.2:80 10.0.0.1:80\n");
		read_done(&read);
	}
}

static void reads_session_affinity(void)
{
	EXPECT_TEXT(
		SERVICE("a", "sessionAffinity: ClientIP,", VIP("192.0.2.1")) SERVICE("b",
			"sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: "
			"{timeoutSeconds: 60}},",
			VIP("192.0.2.2"))
			SERVICE("c", "sessionAffinity: None,", VIP("192.0.2.3")),
		"192.0.2.1:80/tcp default/a:80 key=source-ip session-timeout=10800 "
		"algorithm=maglev forward=nat\n"
		"192.0.2.2:80/tcp default/b:80 key=source-ip session-timeout=60 "
		"algorithm=maglev forward=nat\n"
		"192.0.2.3:80/tcp default/c:80" DEFAULT "\n");
}

static void plain_lists_and_manifests_go_together(void)
{
	struct read read = {0};
	const char *plain = "service 192.0.2.2:80\n10.0.0.2:80\n";
	const char *yaml = SERVICE("s", "", VIP("192.0.2.1"))
		SLICE("a", "s", "IPv4", "{port: 80}", "{addresses: [10.0.0.1]}");

	read_add(&read, "p", plain, strlen(plain));
	read_add(&read, "y", yaml, strlen(yaml));
	read_run(&read);
	EXPECT_MODEL(&read, "192.0.2.1:80/tcp default/s:80" DEFAULT " 10.0.0.1:80\n"
			    "192.0.2.2:80/tcp 192.0.2.2:80/tcp" DEFAULT " 10.0.0.2:80\n");
	EXPECT_EQ(read.model.documents_len, 3);
	EXPECT(read.model.services[0].fingerprint != 0);
	read_done(&read);
}

#define YAML(spec) "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n" spec
#define YAML_VIP "status:\n  loadBalancer:\n    ingress:\n    - ip: 192.0.2.1\n"
#define YAML_SLICE(rest)                                                               \
	"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: a\n" \
	"  labels:\n    kubernetes.io/service-name: s\n" rest

static const struct row rows[] = {
	{"a Service without metadata", "apiVersion: v1\nkind: Service\n",
		"t:1:1+1: Service has no metadata"},
	{"a Service without a name", "apiVersion: v1\nkind: Service\nmetadata:\n  x: y\n",
		"t:4:3+1: name is missing here"},
	{"a name that is a number",
		"apiVersion: v1\nkind: Service\nmetadata:\n  name: 5\n",
		"t:4:9+1: name is a number, not a string (put it in quotes)"},
	{"metadata that is a list", "apiVersion: v1\nkind: Service\nmetadata: []\n",
		"t:3:11+1: metadata is a list, not a mapping"},
	{"a port in quotes", YAML("  ports:\n  - port: \"80\"\n"),
		"t:7:12+2: port is a string, not a number (leave the quotes out)"},
	{"a port beyond 65535", YAML("  ports:\n  - port: 65536\n"),
		"t:7:11+5: port 65536 is outside 1..65535"},
	{"a negative port", YAML("  ports:\n  - port: -1\n"),
		"t:7:11+2: port -1 is outside 1..65535"},
	{"a port with a fraction", YAML("  ports:\n  - port: 80.5\n"),
		"t:7:11+4: port 80.5 is outside 1..65535"},
	{"a port that is missing", YAML("  ports:\n  - name: web\n"),
		"t:7:5+1: port is missing here"},
	{"a port that is null", YAML("  ports:\n  - port: null\n"),
		"t:7:5+1: port is missing here"},
	{"a protocol in small letters",
		YAML("  ports:\n  - port: 80\n    protocol: tcp\n"),
		"t:8:15+3: protocol 'tcp' is unknown (did you mean 'TCP'?)"},
	{"a port of SCTP is left out",
		YAML("  externalIPs: [192.0.2.1]\n  ports:\n  - port: "
		     "80\n    protocol: SCTP\n"),
		"t:9:15+4: warning: a port of protocol SCTP is left out"},
	{"a VIP that is no address",
		YAML("  ports: []\nstatus:\n  loadBalancer:\n    ingress:\n    - ip: "
		     "192.0.2\n"),
		"t:10:11+7: ip '192.0.2' is not an IP address"},
	{"an external IP that is no address", YAML("  externalIPs:\n  - 192.0.2.256\n"),
		"t:7:5+11: externalIPs '192.0.2.256' is not an IP address (as in "
		"192.0.2.10 or "
		"2001:db8::10)"},
	{"an IPv4 address in IPv6's clothes",
		YAML("  externalIPs:\n  - '::ffff:192.0.2.1'\n"),
		"t:7:6+16: externalIPs '::ffff:192.0.2.1' is not an IP address"},
	{"an unknown session affinity", YAML("  sessionAffinity: ClientIp\n"),
		"t:6:20+8: sessionAffinity 'ClientIp' is unknown (did you mean "
		"'ClientIP'?)"},
	{"a session timeout of 0",
		YAML("  sessionAffinity: ClientIP\n  sessionAffinityConfig:\n    "
		     "clientIP:\n"
		     "      timeoutSeconds: 0\n"),
		"t:9:23+1: timeoutSeconds 0 is outside 1..86400"},
	{"empty source ranges are fine",
		YAML("  loadBalancerSourceRanges: []\n  ports: [{port: 80}]\n") YAML_VIP,
		"t:11:11+9: warning: service default/s:80 has no pods"},
	{"an unknown way to forward",
		"apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  annotations:\n"
		"    samepod/forward: natt\n",
		"t:6:22+4: forward 'natt' is unknown (did you mean 'nat'?)"},
	{"a way to forward",
		"apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  annotations:\n"
		"    samepod/forward: ipip\nspec:\n  ports: [{port: 80}]\n  externalIPs: "
		"[192.0.2.1]\n",
		"t:9:17+9: warning: service default/s:80 has no pods"},
	{"a Service for the helper has a port for UDP",
		"apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  annotations:\n"
		"    samepod/forward: l7\nspec:\n  ports:\n  - {name: u, port: 53, "
		"protocol: "
		"UDP}\n  - {name: t, port: 53}\n  externalIPs: [192.0.2.1]\n",
		"t:11:17+9: warning: forward: l7 is HTTP: UDP port 53 of s is forwarded "
		"by "
		"nat\n"
		"t:11:17+9: warning: service default/s:t has no pods\n"
		"t:11:17+9: warning: service default/s:u has no pods"},
	{"an ExternalName is passed over in silence",
		YAML("  type: ExternalName\n  externalName: x.org\n"), ""},
	{"a headless Service is passed over in silence",
		YAML("  clusterIP: None\n  ports: [{port: 80}]\n"), ""},
	{"a Service without a VIP is named", YAML("  clusterIP: 10.96.0.1\n"),
		"t:4:9+1: warning: 1 Service without a VIP, default/s is skipped "
		"(--cluster-ips "
		"takes cluster addresses as VIPs too)"},
	{"a Service given twice",
		YAML("  clusterIP: None\n") "---\n" YAML("  clusterIP: None\n"),
		"t:11:9+1: Service default/s is given twice: first at t:4 (leave one of "
		"the two "
		"out)"},
	{"a slice given twice",
		YAML_SLICE("addressType: IPv4\n") "---\n" YAML_SLICE(
			"addressType: IPv4\n"),
		"t:12:9+1: EndpointSlice default/a is given twice: first at t:4"},
	{"a slice without an address type", YAML_SLICE("ports: []\n"),
		"t:1:1+1: addressType is missing here"},
	{"an unknown address type", YAML_SLICE("addressType: ipv4\n"),
		"t:7:14+4: addressType 'ipv4' is unknown (did you mean 'IPv4'?)"},
	{"a slice of host names is skipped", YAML_SLICE("addressType: FQDN\n"),
		"t:7:14+4: warning: a slice of host names is skipped"},
	{"a slice without a service",
		"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  "
		"name: a\n"
		"addressType: IPv4\n",
		"t:4:9+1: warning: a slice without the label kubernetes.io/service-name "
		"belongs "
		"to no service"},
	{"a slice's port without a number",
		YAML_SLICE("addressType: IPv4\nports:\n- name: web\n"),
		"t:9:3+1: warning: a port without a number is left out"},
	{"an endpoint without an address",
		YAML_SLICE("addressType: IPv4\nendpoints:\n- addresses: []\n- "
			   "conditions: {}\n"),
		"t:9:3+1: endpoint without an address\nt:10:3+1: endpoint without an "
		"address"},
	{"an endpoint of the other family",
		YAML_SLICE("addressType: IPv4\nendpoints:\n- addresses: ['fd00::1']\n"),
		"t:9:16+7: the address is not of the slice's addressType IPv4"},
	{"a condition that is no boolean",
		YAML_SLICE("addressType: IPv4\nendpoints:\n- addresses: [10.0.0.1]\n"
			   "  conditions: {ready: yes}\n"),
		"t:10:23+3: ready is a string, not true or false"},
	{"addresses that are no list",
		YAML_SLICE("addressType: IPv4\nendpoints:\n- addresses: 10.0.0.1\n"),
		"t:9:14+8: addresses is a string, not a list"},
	{"all mistakes of all documents in one run",
		YAML("  ports: [{port: a}]\n") "---\n" YAML("  ports: [{port: b}]\n"),
		"t:6:18+1: port is a string, not a number\nt:13:18+1: port is a string, "
		"not a "
		"number\nt:11:9+1: Service default/s is given twice"},
};

static const struct test tests[] = {
	{"VIPs come from ingress, externalIPs and loadBalancerIP, once each",
		takes_vips_from_three_fields},
	{"cluster addresses are VIPs only when asked for", takes_cluster_ips_when_asked},
	{"ports meet by name and protocol, and the slice's number counts",
		matches_ports_by_name_and_protocol},
	{"a port name that is null or empty is none", null_port_name_is_no_name},
	{"a VIP gets the pods of its own family", joins_each_family_with_its_slices},
	{"namespaces do not mix", namespaces_do_not_mix},
	{"conditions decide who takes clients and who drains", reads_conditions},
	{"slices are merged alike in whatever order they come",
		merges_slices_in_a_fixed_order},
	{"session affinity becomes a key and a timeout", reads_session_affinity},
	{"plain lists and manifests are one set", plain_lists_and_manifests_go_together},
};

int main(void)
{
	return ROWS_AND_TESTS_RUN(rows, tests);
}
