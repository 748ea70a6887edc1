/* SPDX-License-Identifier: BSD-2-Clause */
/* A report as Prometheus reads it. */
#include "l7/exposition.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "model/text.h"

#define NS_PER_S 1000000000
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* One sample's place: composer, metric and whose it is. */
struct sample {
	struct composer *composer;
	const char *metric;
	const struct report_row *row; /* NULL: the helper's own */
};

/* A label's value: quotes, backslashes and line feeds escaped, always UTF-8. */
static void put_label(struct composer *composer, const char *value)
{
	size_t len = strlen(value), taken;
	uint32_t rune;

	for (; len; value += taken, len -= taken) {
		taken = utf8_next(value, len, &rune);
		if (!taken) {
			compose_str(composer, REPLACEMENT);
			taken = 1;
		} else if (*value == '\n') {
			compose_str(composer, "\\n");
		} else {
			if (*value == '"' || *value == '\\')
				compose_str(composer, "\\");
			compose_text(composer, (struct text){value, taken});
		}
	}
}

/* `name{service="shop",pod="10.0.1.11:8080",code="2xx"} `; the last label may be NULL
 * with its value. */
static void put_name(const struct sample *sample, const char *suffix, const char *label,
	const char *value)
{
	struct composer *composer = sample->composer;
	char pod[ENDPOINT_TEXT_MAX];

	compose_str(composer, sample->metric);
	compose_str(composer, suffix);
	if (!sample->row) {
		compose_str(composer, " ");
		return;
	}
	compose_str(composer, "{service=\"");
	put_label(composer, sample->row->service);
	if (report_row_is_pod(sample->row)) {
		compose_str(composer, "\",pod=\"");
		compose_str(composer, pod_format(&sample->row->at, pod));
	}
	if (label && value) {
		compose_str(composer, "\",");
		compose_str(composer, label);
		compose_str(composer, "=\"");
		put_label(composer, value);
	}
	compose_str(composer, "\"} ");
}

static void put_count(const struct sample *sample, const char *suffix, const char *label,
	const char *value, uint64_t count)
{
	put_name(sample, suffix, label, value);
	compose_uint(sample->composer, count);
	compose_str(sample->composer, "\n");
}

/* "0.000064" */
static char *seconds_format(uint64_t ns, char buffer[32])
{
	snprintf(buffer, 32, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_S, ns % NS_PER_S);
	return buffer;
}

static void put_requests(const struct sample *sample)
{
	static const char *const codes[STATS_STATUSES] = {
		"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

	for (unsigned i = 0; i < STATS_STATUSES; i++)
		if (sample->row->traffic.statuses[i])
			put_count(sample, "", "code", codes[i],
				sample->row->traffic.statuses[i]);
}

static void put_flags(const struct sample *sample)
{
	for (unsigned i = 0; i < RECORD_FLAGS; i++)
		if (sample->row->traffic.flags[i])
			put_count(sample, "", "flag", record_flag_words[i].name,
				sample->row->traffic.flags[i]);
}

/* _count is the sum of the buckets, whatever is counted meanwhile. */
static void put_histogram(const struct sample *sample)
{
	const struct l7_traffic *traffic = &sample->row->traffic;
	uint64_t sum = 0;
	char text[32];

	for (unsigned i = 0; i < STATS_BUCKETS - 1; i++) {
		sum += traffic->buckets[i];
		put_count(sample, "_bucket", "le",
			seconds_format(stats_bucket_end(i), text), sum);
	}
	sum += traffic->buckets[STATS_BUCKETS - 1];
	put_count(sample, "_bucket", "le", "+Inf", sum);
	put_name(sample, "_sum", NULL, NULL);
	compose_str(sample->composer, seconds_format(traffic->duration_ns, text));
	compose_str(sample->composer, "\n");
	put_count(sample, "_count", NULL, NULL, sum);
}

static void put_retries(const struct sample *sample)
{
	put_count(sample, "", NULL, NULL, sample->row->traffic.retries);
}

static void put_received(const struct sample *sample)
{
	put_count(sample, "", NULL, NULL, sample->row->traffic.bytes_received);
}

static void put_sent(const struct sample *sample)
{
	put_count(sample, "", NULL, NULL, sample->row->traffic.bytes_sent);
}

/* Whose samples a metric has. */
enum whose {
	PODS,
	SERVICES,
	HELPER,
};

struct metric {
	struct exposition_word word;
	enum whose whose;
	void (*put)(const struct sample *sample); /* PODS, SERVICES */
	size_t total; /* HELPER: offset of a number in struct report */
};

#define TOTAL(field) HELPER, NULL, offsetof(struct report, totals.field)

static const struct metric metrics[] = {
	{{"samepod_l7_requests_total", "counter", "Requests that a pod was asked for."},
		PODS, put_requests, 0},
	{{"samepod_l7_request_duration_seconds", "histogram",
		 "From the end of a request's head to the last byte of its response."},
		PODS, put_histogram, 0},
	{{"samepod_l7_retries_total", "counter", "Further connections for a request."},
		PODS, put_retries, 0},
	{{"samepod_l7_received_bytes_total", "counter", "Bytes of requests' bodies."},
		PODS, put_received, 0},
	{{"samepod_l7_sent_bytes_total", "counter", "Bytes of responses' bodies."}, PODS,
		put_sent, 0},
	{{"samepod_l7_service_requests_total", "counter",
		 "All requests of a service, those that no pod was asked for too."},
		SERVICES, put_requests, 0},
	{{"samepod_l7_service_request_duration_seconds", "histogram",
		 "The same of all requests of a service."},
		SERVICES, put_histogram, 0},
	{{"samepod_l7_service_response_flags_total", "counter",
		 "Requests with this response flag in the access log."},
		SERVICES, put_flags, 0},
	{{"samepod_l7_connections_total", "counter", "Connections of clients."},
		TOTAL(connections)},
	{{"samepod_l7_connections", "gauge", "Connections of clients that are open."},
		TOTAL(connections_open)},
	{{"samepod_l7_connections_refused_total", "counter",
		 "Connections closed at once: a limit was reached."},
		TOTAL(refused_limit)},
	{{"samepod_l7_pod_connections_total", "counter", "Connections to pods."},
		TOTAL(pod_connections)},
	{{"samepod_l7_pod_connections", "gauge", "Connections to pods that are open."},
		TOTAL(pod_connections_open)},
	{{"samepod_l7_pod_connect_failures_total", "counter",
		 "Connections to pods that failed."},
		TOTAL(pod_connect_failures)},
	{{"samepod_l7_accept_pauses_total", "counter", "Times that descriptors ran out."},
		TOTAL(accept_pauses)},
	{{"samepod_l7_log_lines_lost_total", "counter",
		 "Lines of the access log that were lost."},
		TOTAL(log_lost)},
};

#define METRICS (sizeof(metrics) / sizeof(metrics[0]))

bool exposition_describe(size_t number, struct exposition_word *ret_word)
{
	if (number >= METRICS)
		return false;
	*ret_word = metrics[number].word;
	return true;
}

static void put_description(const struct metric *metric, struct composer *composer)
{
	const char *const words[] = {"# HELP ", metric->word.name, " ", metric->word.help,
		"\n# TYPE ", metric->word.name, " ", metric->word.type, "\n"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		compose_str(composer, words[i]);
}

/* A row that has had no request has no samples: most of many thousand pods. */
static bool has_samples(const struct metric *metric, const struct report_row *row)
{
	return row->traffic.requests && report_row_is_pod(row) == (metric->whose == PODS);
}

/* The next piece; the metric ends behind the last row. */
static void put_piece(struct exposition *exposition, const struct report *report,
	struct composer *composer)
{
	const struct metric *metric = &metrics[exposition->metric];
	struct sample sample = {.composer = composer, .metric = metric->word.name};
	const char *total = (const char *)report + metric->total;

	if (!exposition->is_described) {
		put_description(metric, composer);
		exposition->is_described = true;
		if (metric->whose == HELPER)
			put_count(&sample, "", NULL, NULL, *(const uint64_t *)total);
	} else if (metric->whose != HELPER && exposition->row < report->rows_len) {
		sample.row = &report->rows[exposition->row++];
		if (has_samples(metric, sample.row))
			metric->put(&sample);
	} else {
		*exposition = (struct exposition){.metric = exposition->metric + 1};
	}
}

bool exposition_compose(struct exposition *exposition, const struct report *report,
	struct composer *composer)
{
	while (exposition->metric < METRICS &&
		composer->size - composer->len >= EXPOSITION_PIECE_MAX)
		put_piece(exposition, report, composer);
	return exposition->metric < METRICS;
}
