/* SPDX-License-Identifier: BSD-2-Clause */
/* Every decision of a running Envoy that is recorded in tests/data: the same client, the
 * same request, the same pods give the same pod and the same new cookie. */
#include "test.h"

#include <ctype.h>
#include <stdlib.h>

#include "hash.h"
#include "model/text.h"
#include "table/key.h"
#include "table/table.h"

#define DECISIONS "tests/data/envoy-decisions.txt"
#define PODS_MAX 512
#define HEADERS_MAX 8

struct scenario {
	char name[64];
	char key_name[64];
	struct sp_endpoint listener;
	bool makes_cookie;
	struct pod pods[PODS_MAX];
	struct service service;
	struct table table; /* built at the first request */
};

struct header {
	struct text name;
	struct text value;
};

struct request {
	struct sp_endpoint client;
	long pod;
	struct text target;
	struct header headers[HEADERS_MAX];
	size_t headers_len;
	struct text set_cookie;
};

/* What came out, by enum sp_key. */
static struct count {
	unsigned scenarios;
	unsigned requests;
	unsigned wrong;
	unsigned unhashed; /* without a hash: Envoy chose at random */
	unsigned cookies;  /* made */
} counts[SP_KEY_QUERY + 1];

static bool text_is_name(struct text text, const char *name)
{
	if (text.len != strlen(name))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (tolower((unsigned char)text.bytes[i]) != name[i])
			return false;
	}
	return true;
}

/* The values of the headers of that name; returns how many. */
static size_t headers_get(
	const struct request *request, const char *name, struct text *values)
{
	size_t len = 0;

	for (size_t i = 0; i < request->headers_len; i++) {
		if (text_is_name(request->headers[i].name, name))
			values[len++] = key_trim(request->headers[i].value);
	}
	return len;
}

/* Whether the response sets NAME="VALUE". */
static bool cookie_is_set(
	const struct request *request, const char *name, const char *value)
{
	char start[128];
	int len = snprintf(start, sizeof(start), "%s=\"%s\"; ", name, value);

	return request->set_cookie.bytes &&
	       !strncmp(request->set_cookie.bytes, start, len);
}

static bool hash_cookie(const struct scenario *scenario, const struct request *request,
	uint64_t *ret_hash)
{
	struct count *count = &counts[SP_KEY_COOKIE];
	struct text lines[HEADERS_MAX], value;
	size_t len = headers_get(request, "cookie", lines);
	char made[KEY_COOKIE_LEN];

	if (key_find_cookie(lines, len, text_of(scenario->key_name), &value)) {
		count->wrong += request->set_cookie.bytes != NULL;
		*ret_hash = key_hash_text(value);
		return true;
	}
	if (!scenario->makes_cookie)
		return false;
	key_make_cookie(&request->client, &scenario->listener, made);
	count->cookies++;
	count->wrong += !cookie_is_set(request, scenario->key_name, made);
	*ret_hash = key_hash_text(text_of(made));
	return true;
}

static bool hash_request(const struct scenario *scenario, const struct request *request,
	uint64_t *ret_hash)
{
	struct text values[HEADERS_MAX];
	size_t len;

	switch (scenario->service.policy.key) {
	case SP_KEY_COOKIE:
		return hash_cookie(scenario, request, ret_hash);
	case SP_KEY_HEADER:
		len = headers_get(request, scenario->key_name, values);
		*ret_hash = key_hash_header(values, len);
		return len > 0;
	case SP_KEY_QUERY:
		if (!key_find_query(request->target, text_of(scenario->key_name), values))
			return false;
		*ret_hash = key_hash_text(values[0]);
		return true;
	default:
		*ret_hash = sp_hash_source_ip(&request->client.addr);
		return true;
	}
}

/* Compare one request's pod with the recorded one. */
static void request_check(struct scenario *scenario, const struct request *request)
{
	struct count *count = &counts[scenario->service.policy.key];
	uint64_t hash;

	if (!request->client.port)
		return;
	if (!scenario->table.words && table_build(&scenario->service, &scenario->table)) {
		printf("%s: cannot build its table\n", scenario->name);
		exit(1);
	}
	count->requests++;
	if (!hash_request(scenario, request, &hash)) {
		count->unhashed++;
		count->wrong += request->pod >= (long)scenario->service.pods_len;
	} else if (table_find(&scenario->table, hash, NULL) != request->pod) {
		count->wrong++;
	}
}

/* "IP:PORT" or stop: the file is broken then. */
static struct sp_endpoint endpoint_of(const char *text)
{
	struct sp_endpoint endpoint = {0};

	if (pod_parse(text, strlen(text), &endpoint)) {
		printf("%s: not ip:port: %s\n", DECISIONS, text);
		exit(1);
	}
	return endpoint;
}

static enum sp_key key_of(const char *word)
{
	for (enum sp_key key = SP_KEY_SOURCE_IP; key <= SP_KEY_QUERY; key++) {
		if (!strcmp(key_name(key), word))
			return key;
	}
	printf("%s: not a key: %s\n", DECISIONS, word);
	exit(1);
}

static void read_scenario(const char *line, struct scenario *scenario)
{
	struct service *service = &scenario->service;
	char listener[64], algorithm[16], key[16], ttl[16];
	int words;

	table_done(&scenario->table);
	*scenario = (struct scenario){0};
	service->pods = scenario->pods;
	words = sscanf(line, "%63s %63s %15s %u %15s %63s %15s", scenario->name, listener,
		algorithm, &service->policy.size, key, scenario->key_name, ttl);
	scenario->listener = endpoint_of(listener);
	scenario->makes_cookie = words == 7;
	service->policy.key = key_of(key);
	service->policy.algorithm = strcmp(algorithm, "ring-hash")
					    ? SP_ALGORITHM_MAGLEV
					    : SP_ALGORITHM_RING_HASH;
	counts[service->policy.key].scenarios++;
}

static void read_pod(const char *line, struct service *service)
{
	char at[64];
	struct pod *pod = &service->pods[service->pods_len++];

	if (sscanf(line, "%63s %u", at, &pod->weight) != 2 ||
		service->pods_len == PODS_MAX)
		exit(1);
	pod->at = endpoint_of(at);
	pod->state = SP_POD_READY;
}

static void read_request(const char *line, struct request *request)
{
	char client[64];
	int target_at = 0;

	*request = (struct request){.target = text_of("/")};
	if (sscanf(line, "%63s %ld %n", client, &request->pod, &target_at) != 2)
		exit(1);
	request->client = endpoint_of(client);
	if (line[target_at])
		request->target = text_of(line + target_at);
}

static void read_header(const char *line, struct request *request)
{
	const char *colon = strchr(line, ':');

	if (!colon || request->headers_len == HEADERS_MAX)
		exit(1);
	request->headers[request->headers_len++] = (struct header){
		.name = {.bytes = line, .len = (size_t)(colon - line)},
		.value = text_of(colon + 1),
	};
}

/* Read the file line by line; a request is complete when the next one begins. Lines
 * are kept until then: all of the file is, in `text`. */
static void read_decisions(char *text)
{
	static struct scenario scenario;
	struct request request = {0};
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest)) {
		char *words = strchr(line, ' ') + 1;

		if (line[0] == 's' && line[1] == 'e') {
			request.set_cookie = text_of(words);
		} else if (line[0] == 'h') {
			read_header(words, &request);
		} else if (line[0] == 'p') {
			read_pod(words, &scenario.service);
		} else if (line[0] == 'r' || line[0] == 's') {
			request_check(&scenario, &request);
			request = (struct request){0};
			if (line[0] == 's')
				read_scenario(words, &scenario);
			else
				read_request(words, &request);
		}
	}
	request_check(&scenario, &request);
	table_done(&scenario.table);
}

static char *file_read(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file || getdelim(&text, &size, '\0', file) <= 0) {
		printf("cannot read %s (run this from the top of the tree)\n", name);
		exit(1);
	}
	fclose(file);
	return text;
}

static void expect_decisions(enum sp_key key, unsigned scenarios, unsigned requests)
{
	const struct count *count = &counts[key];

	printf("%-9s %3u scenarios, %4u requests, %u wrong, %u without a hash, "
	       "%u cookies made\n",
		key_name(key), count->scenarios, count->requests, count->wrong,
		count->unhashed, count->cookies);
	EXPECT_EQ(count->scenarios, scenarios);
	EXPECT_EQ(count->requests, requests);
	EXPECT_EQ(count->wrong, 0);
}

static void test_source_ip(void)
{
	expect_decisions(SP_KEY_SOURCE_IP, 53, 3180);
}

static void test_header(void)
{
	expect_decisions(SP_KEY_HEADER, 43, 2580);
}

static void test_cookie(void)
{
	expect_decisions(SP_KEY_COOKIE, 64, 3840);
	EXPECT_EQ(counts[SP_KEY_COOKIE].cookies, 1766);
}

static void test_query(void)
{
	expect_decisions(SP_KEY_QUERY, 16, 960);
}

int main(void)
{
	static const struct test tests[] = {
		{"source IP: every client meets the pod that Envoy chose",
			test_source_ip},
		{"header: every value meets the pod that Envoy chose", test_header},
		{"cookie: found or made, it meets the pod that Envoy chose", test_cookie},
		{"query: every value meets the pod that Envoy chose", test_query},
	};
	char *text = file_read(DECISIONS);

	read_decisions(text);
	free(text);
	return TESTS_RUN(tests);
}
