/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper has counted, by the names of its tables. */
#include "l7/report.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/live.h"

#define TRIES 3 /* to see tables between two applies */

/* A row to be: sorted, services come before their pods. */
struct item {
	uint32_t service; /* number */
	uint32_t place;	  /* 0: the service itself; of a pod 1 + its place */
	uint32_t number;
};

/* Which rows there are in one generation of the tables. */
struct draft {
	const struct report_source *source;
	uint32_t generation;
	bool *served; /* by number of service */
	struct item *items;
	size_t items_len;
};

static uint32_t generation_read(const struct report_source *source)
{
	return __atomic_load_n(&source->tables->state->generation, __ATOMIC_ACQUIRE);
}

static bool is_served(const struct draft *draft, uint32_t number)
{
	const struct sp_service *service = &draft->source->tables->services[number];
	const struct sp_service_version *version =
		service_live(service, draft->generation);

	if (!version || service->vip.protocol != IPPROTO_TCP)
		return false;
	return draft->source->all || sp_version_is_l7(version);
}

static void collect_services(struct draft *draft)
{
	for (uint32_t i = 0; i < draft->source->tables->services_len; i++) {
		draft->served[i] = is_served(draft, i);
		if (draft->served[i])
			draft->items[draft->items_len++] =
				(struct item){.service = i, .number = i};
	}
}

static void collect_pods(struct draft *draft)
{
	const struct l7_tables *tables = draft->source->tables;

	for (uint32_t i = 0; i < tables->pods_len; i++) {
		const struct sp_pod_version *version =
			pod_live(&tables->pods[i], draft->generation);

		if (version && version->service < tables->services_len &&
			draft->served[version->service])
			draft->items[draft->items_len++] =
				(struct item){.service = version->service,
					.place = version->place + 1,
					.number = i};
	}
}

static int item_compare(const void *a, const void *b)
{
	const struct item *first = a, *second = b;

	if (first->service != second->service)
		return first->service < second->service ? -1 : 1;
	if (first->place != second->place)
		return first->place < second->place ? -1 : 1;
	return (first->number > second->number) - (first->number < second->number);
}

static void service_fill(
	const struct draft *draft, uint32_t number, struct report_row *row)
{
	row->at = draft->source->tables->services[number].vip;
	row->traffic.born = stats_born(&row->at);
	for (size_t i = 0; i < draft->source->stats_len; i++)
		stats_add(&row->traffic, &draft->source->stats[i]->services[number]);
}

static void pod_fill(const struct draft *draft, uint32_t number, struct report_row *row)
{
	const struct sp_pod *pod = &draft->source->tables->pods[number];
	const struct sp_pod_version *version = pod_live(pod, draft->generation);

	row->at = pod->at;
	row->state = version ? version->state : SP_POD_DRAINING;
	row->traffic.born = pod->born;
	for (size_t i = 0; i < draft->source->stats_len; i++)
		stats_add(&row->traffic, &draft->source->stats[i]->pods[number]);
}

static void row_fill(
	const struct draft *draft, const struct item *item, struct report_row *row)
{
	const struct sp_service *service =
		&draft->source->tables->services[item->service];

	memcpy(row->service, service->name, sizeof(row->service));
	row->service[sizeof(row->service) - 1] = 0;
	if (item->place)
		pod_fill(draft, item->number, row);
	else
		service_fill(draft, item->number, row);
}

static struct report_totals totals_sum(const struct report_source *source)
{
	struct report_totals sum = {0};

	for (size_t i = 0; i < source->stats_len; i++) {
		const struct l7_stats *stats = source->stats[i];

		sum.connections += stats->connections;
		sum.connections_open += stats->connections_open;
		sum.refused_limit += stats->refused_limit;
		sum.pod_connections += stats->pod_connections;
		sum.pod_connections_open += stats->pod_connections_open;
		sum.pod_connect_failures += stats->pod_connect_failures;
		sum.accept_pauses += stats->accept_pauses;
		sum.log_lost += stats->log_lost;
	}
	return sum;
}

static int draft_collect(struct draft *draft)
{
	const struct l7_tables *tables = draft->source->tables;

	draft->served = calloc(tables->services_len + 1, sizeof(*draft->served));
	draft->items = calloc((size_t)tables->services_len + tables->pods_len + 1,
		sizeof(*draft->items));
	if (!draft->served || !draft->items)
		return -ENOMEM;
	for (unsigned i = 0; i < TRIES; i++) {
		draft->items_len = 0;
		draft->generation = generation_read(draft->source);
		collect_services(draft);
		collect_pods(draft);
		if (generation_read(draft->source) == draft->generation)
			break;
	}
	qsort(draft->items, draft->items_len, sizeof(*draft->items), item_compare);
	return 0;
}

static int report_fill(const struct draft *draft, int fd)
{
	size_t size =
		sizeof(struct report) + draft->items_len * sizeof(struct report_row);
	struct report *report;

	if (ftruncate(fd, (off_t)size))
		return -errno;
	report = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (report == MAP_FAILED)
		return -errno;
	report->row_len = sizeof(struct report_row);
	report->rows_len = (uint32_t)draft->items_len;
	report->generation = draft->generation;
	report->workers = draft->source->workers;
	report->restarts = draft->source->restarts;
	report->totals = totals_sum(draft->source);
	for (size_t i = 0; i < draft->items_len; i++)
		row_fill(draft, &draft->items[i], &report->rows[i]);
	munmap(report, size);
	return 0;
}

/* Sealed, so that a reader's memory cannot be cut below it. */
static int report_write(const struct draft *draft)
{
	int fd = memfd_create("samepod-report", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error = fd < 0 ? -errno : report_fill(draft, fd);

	if (!error && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL))
		error = -errno;
	if (error && fd >= 0)
		close(fd);
	return error ? error : fd;
}

int report_make(const struct report_source *source)
{
	struct draft draft = {.source = source};
	int result = draft_collect(&draft);

	if (!result)
		result = report_write(&draft);
	free(draft.served);
	free(draft.items);
	return result;
}

static bool report_is_whole(const struct report *report, size_t size)
{
	if (report->row_len != sizeof(struct report_row) ||
		report->rows_len != (size - sizeof(*report)) / report->row_len ||
		(size - sizeof(*report)) % report->row_len)
		return false;
	for (uint32_t i = 0; i < report->rows_len; i++)
		if (!memchr(report->rows[i].service, 0, SP_NAME_LEN))
			return false;
	return true;
}

/* The length is that of the rows, which report_map() has checked. */
void report_unmap(const struct report *report)
{
	if (report)
		munmap((void *)report,
			sizeof(*report) + report->rows_len * sizeof(struct report_row));
}

const struct report *report_map(int fd)
{
	const struct report *report;
	struct stat stat;

	if (fstat(fd, &stat))
		return NULL;
	if (stat.st_size < (off_t)sizeof(*report)) {
		errno = EPROTO;
		return NULL;
	}
	report = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (report == MAP_FAILED)
		return NULL;
	if (report_is_whole(report, (size_t)stat.st_size))
		return report;
	munmap((void *)report, (size_t)stat.st_size);
	errno = EPROTO;
	return NULL;
}
