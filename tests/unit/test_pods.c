/* SPDX-License-Identifier: BSD-2-Clause */
/* Services with Pods that their selectors choose. */
#include "manifest_rows.h"

#define DEFAULT " key=source-ip-port algorithm=maglev forward=nat"

/* One Pod; `more` is a further member of its metadata. */
struct pod_case {
	const char *name;
	const char *labels;
	const char *more;
	const char *phase;
	const char *ready;
	const char *ip;
	const char *port; /* of the container, named web */
};

/* The service default/s on 192.0.2.1:80 with this selector and targetPort, and the pods.
 */
static void expect_pods(const char *spec, const struct pod_case *pods, size_t len,
	const char *more, const char *want, int line)
{
	static char text[1 << 14];
	struct read read;
	FILE *file = fmemopen(text, sizeof(text), "w");

	fprintf(file,
		"{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {%s, "
		"externalIPs: "
		"[192.0.2.1]}}\n%s",
		spec, more);
	for (size_t i = 0; i < len; i++)
		fprintf(file,
			"{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: "
			"{%s}%s}, "
			"spec: {containers: [{name: x}, {ports: [{containerPort: 1}, "
			"{containerPort: %s, name: web}]}]}, status: {phase: %s, "
			"conditions: "
			"[{type: Other, status: 'True'}, {type: Ready, status: '%s'}], "
			"podIPs: "
			"[{ip: '%s'}]}}\n",
			pods[i].name, pods[i].labels, pods[i].more, pods[i].port,
			pods[i].phase, pods[i].ready, pods[i].ip);
	fclose(file);
	read_text(&read, text);
	expect_model(&read, want, line);
	read_done(&read);
}

#define EXPECT_PODS(spec, pods, more, want) \
	expect_pods(spec, pods, sizeof(pods) / sizeof((pods)[0]), more, want, __LINE__)

static void selects_by_all_labels(void)
{
	static const struct pod_case pods[] = {
		{"p2", "app: shop, tier: front, x: y", "", "Running", "True", "10.0.0.2",
			"9"},
		{"p1", "tier: front, app: shop", "", "Running", "True", "10.0.0.1", "9"},
		{"p3", "app: shop", "", "Running", "True", "10.0.0.3", "9"},
		{"p4", "app: shop, tier: back", "", "Running", "True", "10.0.0.4", "9"},
		{"p5", "app: shop, tier: front", ", namespace: n", "Running", "True",
			"10.0.0.5", "9"},
		{"p6", "app: shop, tier: front", "", "Running", "True", "fd00::6", "9"},
		{"p7", "app: cart, tier: front", "", "Running", "True", "10.0.0.7", "9"},
	};

	EXPECT_PODS("selector: {app: shop, tier: front}, ports: [{port: 80}]", pods, "",
		"192.0.2.1:80/tcp default/s:80" DEFAULT " 10.0.0.1:80 10.0.0.2:80\n");
}

static void targets_ports_by_number_and_name(void)
{
	static const struct pod_case pods[] = {
		{"p1", "a: b", "", "Running", "True", "10.0.0.1", "8080"},
		{"p2", "a: b", "", "Running", "True", "10.0.0.2", "9090"},
	};

	EXPECT_PODS("selector: {a: b}, ports: [{port: 80, targetPort: web}]", pods, "",
		"192.0.2.1:80/tcp default/s:80" DEFAULT " 10.0.0.1:8080 10.0.0.2:9090\n");
	EXPECT_PODS("selector: {a: b}, ports: [{port: 80, targetPort: 7}]", pods, "",
		"192.0.2.1:80/tcp default/s:80" DEFAULT " 10.0.0.1:7 10.0.0.2:7\n");
	EXPECT_PODS("selector: {a: b}, ports: [{port: 80, targetPort: dns}]", pods, "",
		"192.0.2.1:80/tcp default/s:80" DEFAULT "\n");
	EXPECT_PODS(
		"selector: {a: b}, ports: [{port: 80, protocol: UDP, targetPort: web}]",
		pods, "", "192.0.2.1:80/udp default/s:80" DEFAULT "\n");
}

static void takes_those_that_are_ready(void)
{
	static const struct pod_case pods[] = {
		{"p1", "a: b", "", "Running", "True", "10.0.0.1", "9"},
		{"p2", "a: b", ", deletionTimestamp: '2026-01-01T00:00:00Z'", "Running",
			"True", "10.0.0.2", "9"},
		{"p3", "a: b", "", "Running", "False", "10.0.0.3", "9"},
		{"p4", "a: b", "", "Succeeded", "True", "10.0.0.4", "9"},
		{"p5", "a: b", "", "Failed", "True", "10.0.0.5", "9"},
		{"p6", "a: b", ", deletionTimestamp: '2026-01-01T00:00:00Z'", "Running",
			"False", "10.0.0.6", "9"},
	};

	EXPECT_PODS("selector: {a: b}, ports: [{port: 80}]", pods, "",
		"192.0.2.1:80/tcp default/s:80" DEFAULT
		" 10.0.0.1:80 10.0.0.2:80-draining\n");
}

static void takes_none_without_a_selector(void)
{
	static const struct pod_case pods[] = {
		{"p1", "a: b", "", "Running", "True", "10.0.0.1", "9"},
	};

	EXPECT_PODS("ports: [{port: 80}]", pods, "",
		"192.0.2.1:80/tcp default/s:80" DEFAULT "\n");
	EXPECT_PODS("selector: {}, ports: [{port: 80}]", pods, "",
		"192.0.2.1:80/tcp default/s:80" DEFAULT "\n");
}

static void takes_none_beside_slices(void)
{
	static const struct pod_case pods[] = {
		{"p1", "a: b", "", "Running", "True", "10.0.0.1", "9"},
	};

	EXPECT_PODS("selector: {a: b}, ports: [{port: 80}]", pods,
		"{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: "
		"a, "
		"labels: {kubernetes.io/service-name: s}}, addressType: IPv4, ports: "
		"[{port: "
		"80}], endpoints: [{addresses: [10.0.0.7]}]}\n",
		"192.0.2.1:80/tcp default/s:80" DEFAULT " 10.0.0.7:80\n");
}

#define POD(rest) "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n" rest
#define READY "status:\n  conditions: [{type: Ready, status: 'True'}]\n"

static const struct row rows[] = {
	{"an address that is none", POD(READY "  podIPs: [{ip: x}]\n"),
		"t:6:17+1: ip 'x' is not an IP address"},
	{"an old address that is none", POD(READY "  podIP: x\n"),
		"t:6:10+1: podIP 'x' is not an IP address"},
	{"a container's port beyond 65535",
		POD(READY "spec:\n  containers:\n  - ports: [{name: a, containerPort: "
			  "70000}]\n"),
		"t:8:38+5: containerPort 70000 is outside 1..65535"},
	{"conditions that are no list", POD("status: {conditions: {}}\n"),
		"t:4:22+1: conditions is a mapping, not a list"},
	{"a Pod given twice",
		POD(READY "  podIP: 10.0.0.1\n") "---\n" POD(READY "  podIP: 10.0.0.2\n"),
		"t:10:18+1: Pod default/p is given twice: first at t:3"},
};

static const struct test tests[] = {
	{"all labels must fit, pods come in order of their names", selects_by_all_labels},
	{"target ports are numbers, or names of container ports",
		targets_ports_by_number_and_name},
	{"ready pods are taken, deleted ones drain", takes_those_that_are_ready},
	{"no selector selects nothing", takes_none_without_a_selector},
	{"where there are slices, pods do not count", takes_none_beside_slices},
};

int main(void)
{
	return ROWS_AND_TESTS_RUN(rows, tests);
}
