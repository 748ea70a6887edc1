/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports of the HTTP helper: rows by the names of the tables, sums of all workers. */
#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "l7/control.h"
#include "l7/report.h"
#include "model/text.h"

#define SERVICES 4
#define PODS 5
#define WORKERS 2

static struct sp_state state = {.generation = 1};
static struct sp_service services[SERVICES];
static struct sp_pod pods[PODS];
static const struct l7_tables tables = {
	.state = &state,
	.services = services,
	.pods = pods,
	.services_len = SERVICES,
	.pods_len = PODS,
};
static struct l7_stats *stats[WORKERS];
static struct report_source source = {
	.tables = &tables,
	.stats = (const struct l7_stats *const *)stats,
	.stats_len = WORKERS,
	.workers = WORKERS,
	.restarts = 3,
};

static void service_set(unsigned number, const char *vip, enum sp_key key)
{
	struct sp_service *service = &services[number];

	EXPECT(!vip_parse(vip, strlen(vip), &service->vip));
	sprintf(service->name, "service%u", number);
	service->versions[0] =
		(struct sp_service_version){.generation = 1, .present = 1, .key = key};
}

static void pod_set(unsigned number, unsigned service, unsigned place)
{
	char at[32];

	sprintf(at, "10.0.0.%u:8080", number);
	EXPECT(!pod_parse(at, strlen(at), &pods[number].at));
	pods[number].born = 7;
	pods[number].versions[1] = (struct sp_pod_version){.generation = 1,
		.service = service,
		.place = place,
		.state = SP_POD_READY};
}

/* service1 has no pod that is live, service2 is not HTTP, service3 has pods in an order
 * of its own. */
static void tables_begin(void)
{
	memset(services, 0, sizeof(services));
	memset(pods, 0, sizeof(pods));
	service_set(1, "192.0.2.1:80", SP_KEY_COOKIE);
	service_set(2, "192.0.2.2:80", SP_KEY_SOURCE_IP);
	service_set(3, "192.0.2.3:80", SP_KEY_QUERY);
	pod_set(0, 3, 1);
	pod_set(1, 3, 0);
	pod_set(2, 2, 0);
	pod_set(3, 1, 0);
	pods[3].versions[1].state = SP_POD_GONE;
	pods[0].versions[1].state = SP_POD_DRAINING;
	for (int i = 0; i < WORKERS; i++) {
		free(stats[i]);
		stats[i] = calloc(1, sizeof(*stats[i]));
	}
	source.all = false;
}

static void request_count(struct l7_stats *worker, unsigned service, unsigned pod)
{
	struct record record = {.status = 200,
		.vip = services[service].vip,
		.service = "",
		.service_number = service,
		.pod_number = pod,
		.pod_born = pods[pod].born};

	stats_count(worker, &record);
}

static const struct report *report_get(void)
{
	int fd = report_make(&source);
	const struct report *report = fd < 0 ? NULL : report_map(fd);

	EXPECT(report);
	close(fd);
	if (!report)
		exit(1);
	return report;
}

static void expect_row(const struct report_row *row, const char *service, const char *at,
	uint64_t requests)
{
	char text[ENDPOINT_TEXT_MAX];

	EXPECT_STR(row->service, service);
	EXPECT_STR(pod_format(&row->at, text), at);
	EXPECT_EQ(row->traffic.requests, requests);
}

static void test_rows(void)
{
	const struct report *report;

	tables_begin();
	request_count(stats[0], 3, 0);
	request_count(stats[0], 3, 1);
	request_count(stats[1], 3, 1);
	report = report_get();
	EXPECT_EQ(report->rows_len, 4);
	expect_row(&report->rows[0], "service1", "192.0.2.1:80", 0);
	expect_row(&report->rows[1], "service3", "192.0.2.3:80", 3);
	expect_row(&report->rows[2], "service3", "10.0.0.1:8080", 2);
	expect_row(&report->rows[3], "service3", "10.0.0.0:8080", 1);
	EXPECT(!report_row_is_pod(&report->rows[1]));
	EXPECT_EQ(report->rows[2].state, SP_POD_READY);
	EXPECT_EQ(report->rows[3].state, SP_POD_DRAINING);
	report_unmap(report);
}

static void test_all(void)
{
	const struct report *report;

	tables_begin();
	source.all = true;
	services[3].vip.protocol = IPPROTO_UDP;
	report = report_get();
	EXPECT_EQ(report->rows_len, 3);
	expect_row(&report->rows[1], "service2", "192.0.2.2:80", 0);
	expect_row(&report->rows[2], "service2", "10.0.0.2:8080", 0);
	report_unmap(report);
}

static void test_numbers_used_anew(void)
{
	const struct report *report;

	tables_begin();
	request_count(stats[0], 3, 0);
	pods[0].born = 8;
	services[3].vip.port = htons(81);
	report = report_get();
	expect_row(&report->rows[1], "service3", "192.0.2.3:81", 0);
	expect_row(&report->rows[3], "service3", "10.0.0.0:8080", 0);
	report_unmap(report);
}

static void test_totals(void)
{
	const struct report *report;

	tables_begin();
	stats[0]->connections = 10;
	stats[1]->connections = 5;
	stats[1]->connections_open = 1;
	stats[0]->log_lost = 2;
	report = report_get();
	EXPECT_EQ(report->totals.connections, 15);
	EXPECT_EQ(report->totals.connections_open, 1);
	EXPECT_EQ(report->totals.log_lost, 2);
	EXPECT_EQ(report->workers, 2);
	EXPECT_EQ(report->restarts, 3);
	report_unmap(report);
}

static void test_strange_pods(void)
{
	const struct report *report;

	tables_begin();
	pods[2].versions[1].service = UINT32_MAX;
	pods[1].versions[1].place = UINT32_MAX - 1;
	report = report_get();
	EXPECT_EQ(report->rows_len, 4);
	report_unmap(report);
}

/* Whether `len` bytes of a report, of which `at` is changed, are taken for one. */
static bool is_taken(size_t len, size_t at)
{
	int whole = report_make(&source), part = memfd_create("part", MFD_CLOEXEC);
	static char bytes[1 << 16];
	const struct report *report;

	EXPECT(pread(whole, bytes, sizeof(bytes), 0) > (ssize_t)len - 8);
	if (at < sizeof(bytes))
		bytes[at] ^= 1;
	EXPECT(write(part, bytes, len) == (ssize_t)len);
	errno = 0;
	report = report_map(part);
	EXPECT(report || errno == EPROTO);
	report_unmap(report);
	close(whole);
	close(part);
	return report;
}

static void test_broken_reports(void)
{
	const size_t whole = sizeof(struct report) + 4 * sizeof(struct report_row);

	tables_begin();
	EXPECT(is_taken(whole, SIZE_MAX));
	EXPECT(!is_taken(0, SIZE_MAX));
	EXPECT(!is_taken(sizeof(struct report) - 1, SIZE_MAX));
	EXPECT(!is_taken(whole - 1, SIZE_MAX));
	EXPECT(!is_taken(whole - sizeof(struct report_row), SIZE_MAX));
	EXPECT(!is_taken(whole, offsetof(struct report, row_len)));
	EXPECT(!is_taken(whole, offsetof(struct report, rows_len)));
}

/* --- On its way to a command --- */

static char folder[] = "/tmp/samepod-report.XXXXXX", path[64];

enum keeper {
	ANSWERS,
	CLOSES,
	SENDS_NO_FD,
};

/* A keeper for one command, in a process of its own. */
static pid_t keeper_begin(enum keeper how)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0), fd, none;
	struct control_message message;
	pid_t pid;

	strcpy(address.sun_path, path);
	unlink(path);
	EXPECT(!bind(listener, (struct sockaddr *)&address, sizeof(address)));
	EXPECT(!listen(listener, 1));
	pid = fork();
	if (pid) {
		close(listener);
		return pid;
	}
	fd = accept(listener, NULL, NULL);
	control_receive(fd, &message, &none);
	if (how == ANSWERS && message.kind == CONTROL_REPORT)
		report_send(fd, &source);
	else if (how == SENDS_NO_FD)
		control_send(fd, &message, -1);
	_exit(0);
}

static int ask_keeper(enum keeper how)
{
	pid_t pid = keeper_begin(how);
	int fd = report_ask(path);

	waitpid(pid, NULL, 0);
	return fd;
}

static void test_ask(void)
{
	const struct report *report;
	int fd;

	tables_begin();
	request_count(stats[0], 3, 0);
	fd = ask_keeper(ANSWERS);
	report = report_map(fd);
	EXPECT(report);
	if (report)
		expect_row(&report->rows[1], "service3", "192.0.2.3:80", 1);
	report_unmap(report);
	close(fd);
}

static void test_ask_fails(void)
{
	unlink(path);
	EXPECT_EQ(report_ask(path), -ENOENT);
	EXPECT_EQ(ask_keeper(CLOSES), -EPROTO);
	EXPECT_EQ(ask_keeper(SENDS_NO_FD), -EPROTO);
	EXPECT_EQ(report_ask(path), -ECONNREFUSED);
	EXPECT_EQ(report_ask("/a/path/that/is/longer/than/any/address/of/a/socket/may/be/"
			     "and/so/is/none/even/if/there/were/such/folders/as/these"),
		-ENAMETOOLONG);
}

int main(void)
{
	static const struct test tests[] = {
		{"a service's row comes before those of its pods, by place", test_rows},
		{"from files every TCP service is the helper's", test_all},
		{"a number that is used anew has counted nothing",
			test_numbers_used_anew},
		{"totals are sums of all workers", test_totals},
		{"pods of no service are left out", test_strange_pods},
		{"what is no whole report is refused", test_broken_reports},
		{"a command gets the keeper's report", test_ask},
		{"a keeper that is not there or gives none is told", test_ask_fails},
	};
	int code;

	if (!mkdtemp(folder))
		return 1;
	sprintf(path, "%s/l7.sock", folder);
	code = TESTS_RUN(tests);
	unlink(path);
	rmdir(folder);
	for (int i = 0; i < WORKERS; i++)
		free(stats[i]);
	return code;
}
