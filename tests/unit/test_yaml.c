/* SPDX-License-Identifier: BSD-2-Clause */
/* YAML and JSON as such: every trap of the format and of libfyaml, with its place. */
#include "manifest_rows.h"

#define SERVICE_HEAD "apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n"
#define SERVICE_REST                                                              \
	"spec:\n  ports:\n  - port: 80\nstatus:\n  loadBalancer:\n    ingress:\n" \
	"    - ip: 192.0.2.1\n"
#define SERVICE SERVICE_HEAD SERVICE_REST
#define SLICE                                                                          \
	"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: "    \
	"shop-a\n"                                                                     \
	"  labels:\n    kubernetes.io/service-name: shop\naddressType: IPv4\nports:\n" \
	"- port: 8080\nendpoints:\n- addresses: [10.0.0.1]\n- addresses: [10.0.0.2]\n"
#define MODEL                                                                   \
	"192.0.2.1:80/tcp default/shop:80 key=source-ip-port algorithm=maglev " \
	"forward=nat "                                                          \
	"10.0.0.1:8080 10.0.0.2:8080\n"

#define JSON_SERVICE                                                                \
	"{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": " \
	"\"shop\"}, "                                                               \
	"\"spec\": {\"ports\": [{\"port\": 80}]}, \"status\": {\"loadBalancer\": "  \
	"{\"ingress\": [{\"ip\": \"192.0.2.1\"}]}}}"
#define JSON_SLICE                                                                 \
	"{\"apiVersion\": \"discovery.k8s.io/v1\", \"kind\": \"EndpointSlice\", "  \
	"\"metadata\": {\"name\": \"shop-a\", \"labels\": "                        \
	"{\"kubernetes.io/service-name\": \"shop\"}}, \"addressType\": \"IPv4\", " \
	"\"ports\": [{\"port\": 8080}], \"endpoints\": [{\"addresses\": "          \
	"[\"10.0.0.1\"]}, "                                                        \
	"{\"addresses\": [\"10.0.0.2\"]}]}"

static void expect_text(const char *text, size_t documents, size_t skipped, int line)
{
	struct read read;

	read_text(&read, text);
	expect_model(&read, MODEL, line);
	EXPECT_EQ(read.model.documents_len, documents);
	EXPECT_EQ(read.model.skipped_len, skipped);
	EXPECT_EQ(read.diags.warnings_len, 0);
	read_done(&read);
}

#define EXPECT_TEXT(text, documents, skipped) \
	expect_text(text, documents, skipped, __LINE__)

static void reads_documents(void)
{
	EXPECT_TEXT(SERVICE "---\n" SLICE, 2, 0);
	EXPECT_TEXT("---\n" SLICE "...\n---\n" SERVICE "---\n", 2, 0);
	EXPECT_TEXT("%YAML 1.2\n---\n" SLICE "...\n%YAML 1.2\n---\n" SERVICE, 2, 0);
}

static void skips_empty_documents(void)
{
	EXPECT_TEXT("---\n---\n# nothing\n---\nnull\n---\n" SERVICE "---\n~\n---\n" SLICE
		    "---\n---",
		2, 0);
}

static void counts_other_kinds(void)
{
	EXPECT_TEXT(SERVICE "---\n" SLICE
			    "---\napiVersion: v1\nkind: ConfigMap\ndata: [1]\n"
			    "---\napiVersion: serving.knative.dev/v1\nkind: Service\n"
			    "---\nkind: Endpoints\n",
		5, 3);
}

static void reads_byte_order_mark(void)
{
	EXPECT_TEXT("\xef\xbb\xbf" SERVICE "---\n" SLICE, 2, 0);
	EXPECT_TEXT("\xef\xbb\xbf" JSON_SERVICE JSON_SLICE, 2, 0);
}

/* Every \n becomes \r\n. */
static void reads_windows_lines(void)
{
	const char *text = SERVICE "---\n" SLICE;
	char *windows = calloc(strlen(text) * 2 + 1, 1), *at = windows;

	for (; *text; text++) {
		if (*text == '\n')
			*at++ = '\r';
		*at++ = *text;
	}
	EXPECT_TEXT(windows, 2, 0);
	free(windows);
}

static void reads_json_in_a_row(void)
{
	EXPECT_TEXT(JSON_SERVICE JSON_SLICE, 2, 0);
	EXPECT_TEXT(JSON_SERVICE "\n" JSON_SLICE "\n", 2, 0);
	EXPECT_TEXT(JSON_SERVICE "\r\n\t" JSON_SLICE " ", 2, 0);
	EXPECT_TEXT(JSON_SERVICE "\n---\n" JSON_SLICE "\n", 2, 0);
	EXPECT_TEXT(JSON_SERVICE "\n---\n" SLICE, 2, 0);
	EXPECT_TEXT(JSON_SERVICE "{\"kind\": \"X\", \"a\": \"}{\\\"]\\\\\"}" JSON_SLICE,
		3, 1);
	EXPECT_TEXT("{kind: X, a: 'it''s }', b: it's, # }\n c: [']']}" JSON_SERVICE
			    JSON_SLICE,
		3, 1);
}

static void reads_lists(void)
{
	EXPECT_TEXT(
		"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [" JSON_SERVICE
		", " JSON_SLICE ", {\"kind\": \"X\"}]}",
		3, 1);
	EXPECT_TEXT("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, "
		    "items: "
		    "[" JSON_SERVICE "]}\n- " JSON_SLICE "\n",
		2, 0);
}

static void reads_lists_whose_items_have_no_kind(void)
{
	EXPECT_TEXT(
		"apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: shop}\n"
		"  spec: {ports: [{port: 80}], externalIPs: [192.0.2.1]}\n---\n"
		"apiVersion: discovery.k8s.io/v1\nkind: EndpointSliceList\nitems:\n"
		"- metadata: {name: a, labels: {kubernetes.io/service-name: shop}}\n"
		"  addressType: IPv4\n  ports: [{port: 8080}]\n"
		"  endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}]\n---\n"
		"apiVersion: networking.istio.io/v1\nkind: DestinationRuleList\nitems:\n"
		"- metadata: {name: r}\n  spec: {host: shop}\n---\n"
		"apiVersion: v1\nkind: PodList\nitems: []\n---\n"
		"apiVersion: apps/v1\nkind: DeploymentList\nitems: [{metadata: {}}]\n",
		4, 1);
}

static void shares_what_aliases_stand_for(void)
{
	EXPECT_TEXT(
		"kind: X\na: &ip 10.0.0.1\nb: *ip\n---\n" SERVICE
		"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n"
		"  name: a\n  labels: {kubernetes.io/service-name: &s shop}\n  x: *s\n"
		"addressType: IPv4\nbase: &base {ports: [{port: &p 8080}], x: *p}\n"
		"<<: [{x: 1}, *base]\nendpoints:\n- {addresses: [10.0.0.1]}\n"
		"- {addresses: &a [10.0.0.2], x: *a}\n",
		3, 1);
}

static void stops_alias_bombs(void)
{
	char text[4096] = "a: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
	struct read read;

	for (int i = 1; i < 20; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			"a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
			i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	read_text(&read, text);
	EXPECT_EQ(read.result, -EINVAL);
	EXPECT(strstr(complaints_print(&read.diags),
		"the aliases of this document stand for too many values"));
	read_done(&read);
}

static void stops_at_too_many_anchors(void)
{
	char text[8192] = "";
	struct read read;

	for (int i = 0; i < 257; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "- &a%d x\n",
			i);
	read_text(&read, text);
	EXPECT_EQ(read.result, -EINVAL);
	EXPECT(is_answer(complaints_print(&read.diags),
		"t:257:9+1: a document may have at most 256 anchors"));
	read_done(&read);
}

static void stops_at_deep_nesting(void)
{
	static char text[200001];
	struct read read;

	memset(text, '[', 200000);
	read_text(&read, text);
	EXPECT_EQ(read.result, -EINVAL);
	EXPECT(is_answer(
		complaints_print(&read.diags), "t:1:65+1: nested deeper than 64 levels"));
	read_done(&read);
}

static void reads_huge_scalars(void)
{
	size_t len = 3 << 20;
	char *text = malloc(len + 4096);

	sprintf(text, "kind: X\ndata: \"");
	memset(text + strlen(text), 'x', len);
	sprintf(text + strlen("kind: X\ndata: \"") + len, "\"\n---\n%s---\n%s", SERVICE,
		SLICE);
	EXPECT_TEXT(text, 3, 1);
	free(text);
}

/* Texts are cut at marks some way apart: never between a directive and its mark. */
static void keeps_directives_with_their_documents(void)
{
	size_t len = 64 * 1024;

	for (size_t extra = 0; extra < 64; extra += 7) {
		char *text = malloc(len + 4096);
		size_t at = (size_t)sprintf(text, "kind: X\ndata: \"");

		memset(text + at, 'x', len - 64 + extra);
		sprintf(text + at + len - 64 + extra,
			"\"\n...\n%%YAML 1.2\n---\n%s...\n%%YAML 1.2\n---\n%s", SERVICE,
			SLICE);
		EXPECT_TEXT(text, 3, 1);
		free(text);
	}
}

static void knows_null_in_every_form(void)
{
	static const char *const forms[] = {"", "~", "null", "Null", "NULL"};
	char text[1024];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(text, sizeof(text),
			SERVICE_HEAD "  namespace: %s\n" SERVICE_REST "---\n" SLICE,
			forms[i]);
		EXPECT_TEXT(text, 2, 0);
	}
}

static void refuses_nul_bytes(void)
{
	static const char text[] = SERVICE "---\0\n" SLICE;
	struct read read = {0};

	read_add(&read, "t", text, sizeof(text) - 1);
	read_run(&read);
	EXPECT_EQ(read.result, -EINVAL);
	EXPECT_STR(complaints_print(&read.diags),
		"t:12:4+1: byte 0x00 is not text (manifests are UTF-8 text without "
		"control "
		"characters)\n");
	read_done(&read);
}

/* The same mistake in many surroundings; its word is always "wrong". */
static void places_are_right_in_any_style(void)
{
	static const char *const texts[] = {
		"# c\n\n\nprotocol: wrong\n",
		"protocol:\n  wrong\n",
		"protocol: 'wrong'\n",
		"protocol:\n\n  # c\n\n  \"wrong\"\n",
		"name: \xc3\xa9\xe2\x82\xac\nprotocol: wrong\n",
		"name: |\n  a\n\n  b\nprotocol: wrong\n",
		"name: >-\n  a\n\n\n  b\n\nprotocol: wrong\n",
		"name: \"a\n  b\n\n  c\"\nprotocol: wrong\n",
		"name: a\n  b\n  c\nprotocol: wrong\n",
		"{y: [a,\n b], port: 80, protocol:\n wrong}\n",
		"? protocol\n: wrong\n",
		"name: \xe2\x80\xa8x\nprotocol: wrong\n",
		"name: x\r\nprotocol: wrong\r\n",
		"protocol: !!str wrong\n",
		"name: &a b\nprotocol: &c wrong\ny: *a\n",
		"protocol: |\n  wrong",
		"y:\nprotocol: wrong\n",
		"y: # c\n# c\nprotocol: wrong # c",
	};
	static const char head[] = "apiVersion: v1\nkind: ServiceList\nitems:\n- "
				   "metadata: {name: a}\n  spec:\n"
				   "    ports:\n    - port: 80\n      x:\n";

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[1024];
		struct read read;
		const struct place *place;
		const char *line;

		/* Each line of the text goes below `- port: 80`, but in braces. */
		snprintf(text, sizeof(text), "%s", head);
		for (const char *at = texts[i]; *at;) {
			size_t len = strcspn(at, "\n");

			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				"%s%.*s\n", texts[i][0] == '{' ? "       " : "      ",
				(int)len, at);
			at += len + (at[len] == '\n');
		}
		if (texts[i][0] == '{')
			memcpy(strstr(text, "- port: 80\n      x:\n"),
				"-                  ", 19);
		read_text(&read, text);
		EXPECT_EQ(read.diags.errors_len >= 1, 1);
		place = &read.diags.errors[0].place;
		line = read.sources[0].text;
		for (unsigned n = 1; n < place->line; n++)
			line = strchr(line, '\n') + 1;
		if (memcmp(line + place->column - 1, "wrong", 5)) {
			printf("text %zu: line %u column %u\n%s%s", i, place->line,
				place->column, text, complaints_print(&read.diags));
			test_failures++;
		}
		read_done(&read);
	}
}

static const struct row rows[] = {
	{"a key that comes twice", SERVICE_HEAD "  name: web\n" SERVICE_REST,
		"t:5:3+4: the key comes twice (leave one of the two out)"},
	{"a key that comes twice in a kind that is skipped",
		"kind: X\na: {b: 1, c: 2, b: 3}\n", "t:2:17+1: the key comes twice"},
	{"a tab as indentation", "kind: X\na:\n\tb: 1\n",
		"t:3:1+1: tab character may not be used as indentation"},
	{"half a character", "kind: X\na: \xe2\x82\n", "t:2:4+1: byte 0xe2 is not text"},
	{"a surrogate", "kind: X\na: \xed\xa0\x80\n", "t:2:4+1: byte 0xed is not text"},
	{"a character in more bytes than it needs", "kind: X\na: \xe0\x80\xaf\n",
		"t:2:4+1: byte 0xe0 is not text"},
	{"a character beyond the last one", "kind: X\na: \xf4\x90\x80\x80\n",
		"t:2:4+1: byte 0xf4 is not text"},
	{"a byte that no UTF-8 has", "kind: X\na: \xff\n",
		"t:2:4+1: byte 0xff is not text"},
	{"a brace that stays open", "{\"kind\": \"X\"\n\n",
		"t:1:13+1: missing comma in flow mapping (the text ends before something "
		"that is "
		"open is closed)"},
	{"text behind a JSON object", "{\"kind\": \"X\"} }\n",
		"t:1:15+1: flow mapping with invalid extra closing brace"},
	{"a word behind a JSON object", "{\"kind\": \"X\"} x\n",
		"t:1:15+1: this is neither a Kubernetes object nor a plain pod list"},
	{"a broken document does not hide the next one",
		"a: [\n---\nkind: X\n---\nb: }\n---\nkind\n",
		"t:2:1+1: invalid document start indicator in a flow sequence\n"
		"t:5:4+1: \n"
		"t:7:1+4: this is neither"},
	{"a broken JSON object does not hide the next one",
		"{\"a\": 1 \"b\": 2}\n{\"a\": 1}\n",
		"t:1:12+1: missing comma in flow mapping\nt:2:1+1: kind is missing"},
	{"an alias without an anchor", "kind: X\na: *b\n",
		"t:2:5+1: the alias has no anchor in this document"},
	{"an anchor of another document", "kind: X\na: &b 1\n---\nkind: X\na: *b\n",
		"t:5:5+1: the alias has no anchor in this document"},
	{"an alias of what it is in", "kind: X\na: &b [*b]\n",
		"t:2:9+1: the alias stands for what it is part of"},
	{"a mapping as a key", "kind: X\n? {a: b}\n: c\n",
		"t:2:3+1: a key must be a word"},
	{"a document without a kind", "---\na: 1\n", "t:2:1+1: kind is missing"},
	{"a kind that is no word", "kind: [a]\n",
		"t:1:7+1: kind is a list, not a string"},
	{"a list as a document", "[]\n",
		"t:1:1+1: this is neither a Kubernetes object nor a "
		"plain pod list (wrap it: "},
	{"items that are no list", "kind: List\nitems: {}\n",
		"t:2:8+1: items is a mapping, not a list"},
	{"an item that is no mapping", "kind: List\nitems: [x]\n",
		"t:2:9+1: items is a string, not a mapping"},
	{"a plain pod list that does not begin with service", "10.0.0.1:80\n",
		"t:1:1+11: this is neither a Kubernetes object nor a plain pod list (a "
		"plain pod "
		"list begins with the word 'service')"},
	{"another version of a kind that is read",
		"apiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\n",
		"t:1:13+24: warning: EndpointSlice of version 'discovery.k8s.io/v1beta1' "
		"is "
		"skipped: only discovery.k8s.io/v1 is read"},
	{"an empty text is fine", "", ""},
	{"a text of comments is fine", "# nothing\n\n", ""},
};

static const struct test tests[] = {
	{"documents are read in any order, with all of YAML's marks", reads_documents},
	{"empty documents are passed over", skips_empty_documents},
	{"kinds that are not ours are counted, a Service of another group too",
		counts_other_kinds},
	{"a byte order mark is passed over", reads_byte_order_mark},
	{"lines may end with CRLF", reads_windows_lines},
	{"JSON objects may follow each other", reads_json_in_a_row},
	{"kind: List is read, in JSON, YAML and nested", reads_lists},
	{"the raw lists are read, whose items carry no kind",
		reads_lists_whose_items_have_no_kind},
	{"aliases and merge keys stand for values", shares_what_aliases_stand_for},
	{"aliases of aliases of aliases are refused in no time", stops_alias_bombs},
	{"a document may have 256 anchors", stops_at_too_many_anchors},
	{"200,000 open brackets are refused at the 65th", stops_at_deep_nesting},
	{"a value of 3 MiB is read", reads_huge_scalars},
	{"a directive stays with its document", keeps_directives_with_their_documents},
	{"null has five forms", knows_null_in_every_form},
	{"a NUL byte does not end the text", refuses_nul_bytes},
	{"places are right whatever stands before", places_are_right_in_any_style},
};

int main(void)
{
	return ROWS_AND_TESTS_RUN(rows, tests);
}
