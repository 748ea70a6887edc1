/* SPDX-License-Identifier: BSD-2-Clause */
/* Prometheus text: every metric's samples together, labels escaped, and its server. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "l7/exposition.h"
#include "l7/metrics.h"
#include "model/text.h"

#define ROWS_MAX 2000
#define TEXT_LEN (16U << 20)

static char text[TEXT_LEN], answer[TEXT_LEN];
static struct report *report;

static struct report_row *row_add(const char *service, const char *at, uint32_t state)
{
	struct report_row *row = &report->rows[report->rows_len++];

	snprintf(row->service, sizeof(row->service), "%s", service);
	EXPECT(!pod_parse(at, strlen(at), &row->at));
	row->state = state;
	return row;
}

static void report_begin(void)
{
	free(report);
	report = calloc(1, sizeof(*report) + ROWS_MAX * sizeof(report->rows[0]));
}

/* All of the text, in pieces of `size`. */
static const char *compose_all(size_t size)
{
	struct exposition exposition = {0};
	size_t len = 0;
	bool more;

	do {
		struct composer composer = {.bytes = text + len, .size = size};

		more = exposition_compose(&exposition, report, &composer);
		EXPECT(!composer.full);
		len += composer.len;
	} while (more && len + size < TEXT_LEN);
	EXPECT(!more);
	text[len] = 0;
	return text;
}

static void test_text(void)
{
	struct report_row *service, *pod;
	const char *shown;

	report_begin();
	service = row_add("default/httpbin:8000", "192.0.2.1:80", SP_POD_GONE);
	pod = row_add("default/httpbin:8000", "10.0.1.11:8080", SP_POD_READY);
	row_add("default/httpbin:8000", "10.0.1.12:8080", SP_POD_READY);
	service->traffic.requests = 4;
	service->traffic.statuses[0] = 1;
	service->traffic.statuses[5] = 3;
	service->traffic.flags[RECORD_UF] = 2;
	pod->traffic.requests = 3;
	pod->traffic.statuses[5] = 3;
	pod->traffic.retries = 6;
	pod->traffic.bytes_sent = 12;
	pod->traffic.duration_ns = 1500000001;
	pod->traffic.buckets[0] = 1;
	pod->traffic.buckets[1] = 1;
	pod->traffic.buckets[STATS_BUCKETS - 1] = 1;
	report->totals.connections = 17;
	report->totals.log_lost = 5;
	shown = compose_all(65536);
	EXPECT(strstr(shown,
		"# HELP samepod_l7_requests_total Requests that a pod was asked for.\n"
		"# TYPE samepod_l7_requests_total counter\n"
		"samepod_l7_requests_total{service=\"default/httpbin:8000\","
		"pod=\"10.0.1.11:8080\",code=\"5xx\"} 3\n# HELP "));
	EXPECT(strstr(shown,
		"samepod_l7_service_requests_total{service=\"default/httpbin:8000\","
		"code=\"none\"} 1\nsamepod_l7_service_requests_total{"
		"service=\"default/httpbin:8000\",code=\"5xx\"} 3\n"));
	EXPECT(strstr(shown, "_request_duration_seconds_bucket{service=\"default/"
			     "httpbin:8000\",pod=\"10.0.1.11:8080\","
			     "le=\"0.000064000\"} 1\n"));
	EXPECT(strstr(shown, ",le=\"0.000128000\"} 2\n"));
	EXPECT(strstr(shown, ",le=\"16.777216000\"} 2\n"));
	EXPECT(strstr(shown, ",pod=\"10.0.1.11:8080\",le=\"+Inf\"} 3\n"));
	EXPECT(strstr(shown, "_seconds_sum{service=\"default/httpbin:8000\","
			     "pod=\"10.0.1.11:8080\"} 1.500000001\n"));
	EXPECT(strstr(shown, "_seconds_count{service=\"default/httpbin:8000\","
			     "pod=\"10.0.1.11:8080\"} 3\n"));
	EXPECT(strstr(shown, "flag=\"UF\"} 2\n"));
	EXPECT(strstr(shown, "\nsamepod_l7_connections_total 17\n"));
	EXPECT(strstr(shown, "\nsamepod_l7_log_lines_lost_total 5\n"));
	EXPECT(!strstr(shown, "10.0.1.12"));
}

static void test_labels(void)
{
	report_begin();
	row_add("a\"b\\c\nd\xff\xc3\xa9", "192.0.2.1:80", SP_POD_GONE)->traffic =
		(struct l7_traffic){.requests = 1, .statuses = {0, 0, 1}};
	EXPECT(strstr(compose_all(65536), "service_requests_total{service=\"a\\\"b\\\\c\\"
					  "nd\xef\xbf\xbd\xc3\xa9\",code=\"2xx\"} 1\n"));
}

/* Names of the longest kind, in pieces as small as may be. */
static void test_pieces(void)
{
	static char name[SP_NAME_LEN], whole[TEXT_LEN];

	memset(name, '"', sizeof(name) - 1);
	report_begin();
	for (unsigned i = 0; i < 20; i++) {
		struct report_row *row =
			row_add(name, "[2001:db8:1111:2222:3333:4444:5555:6666]:65535",
				i ? SP_POD_READY : SP_POD_GONE);

		memset(&row->traffic.requests, 0xff,
			sizeof(row->traffic) - offsetof(struct l7_traffic, requests));
	}
	strcpy(whole, compose_all(1 << 20));
	EXPECT_STR(compose_all(EXPOSITION_PIECE_MAX), whole);
	memset(name, 0xff, sizeof(name) - 1);
	for (unsigned i = 0; i < 20; i++)
		memcpy(report->rows[i].service, name, sizeof(name));
	strcpy(whole, compose_all(1 << 20));
	EXPECT_STR(compose_all(EXPOSITION_PIECE_MAX), whole);
}

/* --- The server --- */

static struct sp_state state = {.generation = 1};
static struct sp_service services[1];
static struct sp_pod pods[ROWS_MAX];
static const struct l7_tables tables = {.state = &state,
	.services = services,
	.pods = pods,
	.services_len = 1,
	.pods_len = ROWS_MAX};
static struct l7_stats *stats;
static struct report_source source = {.tables = &tables,
	.stats = (const struct l7_stats *const *)&stats,
	.stats_len = 1};
static struct metrics *metrics;
static struct sockaddr_in server = {.sin_family = AF_INET};

/* A service with ROWS_MAX pods that have all been asked. */
static void source_begin(void)
{
	services[0].vip = (struct sp_endpoint){.port = 80, .protocol = IPPROTO_TCP};
	strcpy(services[0].name, "shop");
	services[0].versions[0] = (struct sp_service_version){
		.generation = 1, .present = 1, .key = SP_KEY_COOKIE};
	stats = calloc(1, sizeof(*stats));
	for (uint32_t i = 0; i < ROWS_MAX; i++) {
		pods[i].at = (struct sp_endpoint){
			.addr = sp_addr_from_v4(htonl(i)), .port = 80};
		pods[i].born = 1;
		pods[i].versions[0] = (struct sp_pod_version){
			.generation = 1, .place = i, .state = SP_POD_READY};
		stats_count(stats, &(struct record){.vip = services[0].vip,
					   .status = 200,
					   .pod_number = i,
					   .pod_born = 1});
	}
}

/* On a port that is free. */
static void server_begin(void)
{
	struct sp_endpoint at = {.addr = sp_addr_from_v4(htonl(INADDR_LOOPBACK))};
	int error = -EADDRINUSE;

	for (unsigned port = 20000; port < 30000 && error == -EADDRINUSE; port++) {
		at.port = htons((uint16_t)port);
		error = metrics_open(&at, &metrics);
	}
	EXPECT_EQ(error, 0);
	server.sin_port = at.port;
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static int client_open(const char *request)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	EXPECT(!connect(fd, (struct sockaddr *)&server, sizeof(server)));
	EXPECT(send(fd, request, strlen(request), 0) == (ssize_t)strlen(request));
	return fd;
}

/* Turn the server until the client's connection is closed; returns the bytes read. */
static const char *client_finish(int fd)
{
	size_t len = 0;

	for (;;) {
		struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
			{.fd = metrics_fd(metrics), .events = POLLIN}};
		ssize_t got;

		if (poll(fds, 2, 60000) <= 0)
			break;
		if (fds[1].revents)
			metrics_turn(metrics, &source);
		if (!fds[0].revents)
			continue;
		got = recv(fd, answer + len, TEXT_LEN - 1 - len, 0);
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	answer[len] = 0;
	close(fd);
	return answer;
}

static const char *ask(const char *request)
{
	return client_finish(client_open(request));
}

/* Take the chunks off `bytes`, in place; false: they are broken. */
static bool unchunk(char *bytes)
{
	char *to = bytes, *end;

	for (;;) {
		unsigned long size = strtoul(bytes, &end, 16);

		if (end == bytes || strncmp(end, "\r\n", 2) != 0)
			return false;
		bytes = end + 2;
		if (!size)
			break;
		if (strlen(bytes) < size + 2 || strncmp(bytes + size, "\r\n", 2) != 0)
			return false;
		memmove(to, bytes, size);
		to += size;
		bytes += size + 2;
	}
	*to = 0;
	return !strcmp(bytes, "\r\n");
}

static unsigned lines_count(const char *bytes, const char *begin)
{
	unsigned count = 0;

	for (; bytes && *bytes; bytes = strchr(bytes, '\n')) {
		bytes += *bytes == '\n';
		count += !strncmp(bytes, begin, strlen(begin));
	}
	return count;
}

static void test_answers(void)
{
	char *body;

	server_begin();
	body = strstr(ask("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), "\r\n\r\n");
	EXPECT(!strncmp(answer, "HTTP/1.1 200 OK\r\n", 17));
	EXPECT(strstr(answer, "\r\nTransfer-Encoding: chunked\r\n"));
	EXPECT(strstr(answer, "\r\nContent-Type: text/plain; version=0.0.4;"));
	EXPECT(unchunk(body + 4));
	EXPECT_EQ(lines_count(body, "samepod_l7_requests_total{"), ROWS_MAX);
	EXPECT_EQ(lines_count(body, "samepod_l7_request_duration_seconds_bucket{"),
		ROWS_MAX * STATS_BUCKETS);
	EXPECT(strstr(
		body, "service_requests_total{service=\"shop\",code=\"2xx\"} 2000"));
	body = strstr(ask("GET /metrics?a=b HTTP/1.0\r\n\r\n"), "\r\n\r\n");
	EXPECT(!strstr(answer, "chunked"));
	EXPECT_EQ(lines_count(body, "samepod_l7_requests_total{"), ROWS_MAX);
	EXPECT(!strcmp(body + strlen(body) - 34, "samepod_l7_log_lines_lost_total 0\n"));
	metrics_close(metrics);
}

static void test_refusals(void)
{
	static char long_head[8192] = "GET /metrics HTTP/1.1\r\nHost: a\r\nx: ";
	static const struct {
		const char *request, *status;
	} cases[] = {
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "404 "},
		{"GET /metrics2 HTTP/1.1\r\nHost: a\r\n\r\n", "404 "},
		{"POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n", "405 "},
		{"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", "400 "},
		{"GET /metrics HTTP/1.1\r\n\r\n", "400 "},
		{"nonsense\r\n\r\n", "400 "},
		{"GET /metrics HTTP/1.1\nHost: a\n\n", "400 "},
		{long_head, "431 "},
	};

	memset(long_head + strlen(long_head), 'x', 5000);
	server_begin();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(cases[i].request);
		EXPECT(!strncmp(answer, "HTTP/1.1 ", 9));
		EXPECT(!strncmp(answer + 9, cases[i].status, 4));
	}
	ask("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
	EXPECT(!strcmp(strstr(answer, "\r\n\r\n"), "\r\n\r\n"));
	metrics_close(metrics);
}

static void test_slow_clients(void)
{
	int idle[2 * METRICS_CLIENTS_MAX], slow;
	char byte;

	server_begin();
	slow = client_open("GET /metr");
	for (size_t i = 0; i < METRICS_CLIENTS_MAX - 1; i++)
		idle[i] = client_open("GET /");
	for (int i = 0; i < 10 * METRICS_CLIENTS_MAX; i++)
		metrics_turn(metrics, &source);
	EXPECT(send(slow, "ics HTTP/1.0\r\n\r\n", 16, 0) == 16);
	EXPECT(!strncmp(client_finish(slow), "HTTP/1.1 200 ", 13));
	for (size_t i = METRICS_CLIENTS_MAX - 1; i < 2 * METRICS_CLIENTS_MAX; i++) {
		idle[i] = client_open("GET /");
		for (int j = 0; j < 4; j++)
			metrics_turn(metrics, &source);
	}
	EXPECT(!strncmp(ask("GET /metrics HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 ", 13));
	EXPECT(recv(idle[0], &byte, 1, 0) <= 0);
	for (size_t i = 0; i < 2 * METRICS_CLIENTS_MAX; i++)
		close(idle[i]);
	metrics_close(metrics);
}

/* By who does not share it, as a helper does with its successor. */
static void test_port_in_use(void)
{
	struct sp_endpoint at = {.addr = sp_addr_from_v4(htonl(INADDR_LOOPBACK))};
	struct metrics *second;
	int other = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	server_begin();
	at.port = server.sin_port;
	EXPECT_EQ(metrics_open(&at, &second), 0);
	metrics_close(metrics);
	metrics = second;
	EXPECT(!strncmp(ask("GET /metrics HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 ", 13));
	metrics_close(metrics);
	EXPECT(!setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	EXPECT(!bind(other, (struct sockaddr *)&server, sizeof(server)));
	EXPECT(!listen(other, 1));
	EXPECT_EQ(metrics_open(&at, &second), -EADDRINUSE);
	close(other);
	metrics_close(NULL);
}

int main(void)
{
	static const struct test tests[] = {
		{"samples of a metric stand together, those without requests nowhere",
			test_text},
		{"labels are escaped, and always UTF-8", test_labels},
		{"pieces of any size make the same text", test_pieces},
		{"GET /metrics is answered whole, in chunks or until the end",
			test_answers},
		{"other requests are refused", test_refusals},
		{"slow and idle clients do not keep others out", test_slow_clients},
		{"a port is shared with a successor, and told when another has it",
			test_port_in_use},
	};
	int code;

	source_begin();
	code = TESTS_RUN(tests);
	free(stats);
	free(report);
	return code;
}
