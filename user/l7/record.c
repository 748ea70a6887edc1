// SPDX-License-Identifier: BSD-2-Clause
/* Records of exchanges. */
#include "l7/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "l7/core.h"
#include "l7/log.h"
#include "l7/stats.h"
#include "model/text.h"

#define FORWARDED_FOR_MAX LOG_LINE_MAX /* more is cut off the line in any case */

void exchange_record_begin(struct worker *worker, struct exchange *exchange)
{
	struct record *record = &exchange->record;
	struct l7_service *service = &exchange->client->vip->service;

	/* Its name and number: a broken request picks no pod. */
	l7_service_refresh(&worker->setup->tables, service);
	record->start_ns = worker->log ? clock_ns(CLOCK_REALTIME) : 0;
	record->client = exchange->client->peer;
	record->minor = 1;
	record->service = service->name;
	record->vip = service->vip;
	record->pod_number = UINT32_MAX;
}

/* Eight hex digits, one for each four bits: a byte for each, 6 more carry those above 9
 * over, and 'a' is 39 behind '9' + 1. */
static void hex_put(char *digits, uint32_t bits)
{
	uint64_t bytes = bits, letters;

	bytes = (bytes | bytes << 16) & 0x0000ffff0000ffff;
	bytes = (bytes | bytes << 8) & 0x00ff00ff00ff00ff;
	bytes = (bytes | bytes << 4) & 0x0f0f0f0f0f0f0f0f;
	letters = (bytes + 0x0606060606060606) >> 4 & 0x0101010101010101;
	bytes += 0x3030303030303030 + letters * 39;
	memcpy(digits, &bytes, sizeof(bytes));
}

/* A random UUID (RFC 9562, version 4): xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx. */
static struct text request_id_make(struct worker *worker, char *buffer)
{
	uint64_t first = worker_random(worker), second = worker_random(worker);
	char digits[32];

	hex_put(digits, (uint32_t)first);
	hex_put(digits + 8, (uint32_t)(first >> 32));
	hex_put(digits + 16, (uint32_t)second);
	hex_put(digits + 24, (uint32_t)(second >> 32));
	memcpy(buffer, digits, 8);
	memcpy(buffer + 9, digits + 8, 4);
	memcpy(buffer + 14, digits + 12, 4);
	memcpy(buffer + 19, digits + 16, 4);
	memcpy(buffer + 24, digits + 20, 12);
	buffer[8] = buffer[13] = buffer[18] = buffer[23] = '-';
	buffer[14] = '4';
	buffer[19] = "89ab"[second >> 62];
	return (struct text){.bytes = buffer, .len = REQUEST_ID_LEN};
}

/* X-Forwarded-For in several fields is one list to the pod, and to the log. */
static struct text forwarded_join(struct exchange *exchange, const struct http_head *head)
{
	char *end = malloc(head->len);
	struct text joined = {.bytes = end};

	free(exchange->joined);
	exchange->joined = end;
	for (size_t i = 0; i < head->fields_len && end; i++) {
		struct text value = head->fields[i].value;

		if (head->fields[i].known != HTTP_X_FORWARDED_FOR || !value.len)
			continue;
		if (end != joined.bytes)
			*end++ = ',';
		memcpy(end, value.bytes, value.len);
		end += value.len;
	}
	joined.len = (size_t)(end - joined.bytes);
	return joined;
}

void exchange_record_head(
	struct worker *worker, struct exchange *exchange, const struct http_head *head)
{
	struct record *record = &exchange->record;
	unsigned forwarded = 0;

	record->method = head->method;
	record->path = head->path;
	record->authority = head->authority;
	record->minor = head->minor;
	for (size_t i = 0; i < head->fields_len; i++) {
		const struct http_field *field = &head->fields[i];

		if (field->known == HTTP_USER_AGENT)
			record->user_agent = field->value;
		else if (field->known == HTTP_X_FORWARDED_FOR && field->value.len &&
			 !forwarded++)
			record->forwarded_for = field->value;
		else if (field->known == HTTP_X_REQUEST_ID)
			record->request_id = field->value;
	}
	if (forwarded > 1)
		record->forwarded_for = forwarded_join(exchange, head);
	if (!record->request_id.len || !exchange->client->is_trusted)
		record->request_id = request_id_make(worker, exchange->request_id);
}

void exchange_record_copy(struct exchange *exchange)
{
	struct record *record = &exchange->record;
	struct text *const texts[] = {&record->method, &record->path, &record->authority,
		&record->user_agent, &record->forwarded_for, &record->request_id};
	const size_t texts_len = sizeof(texts) / sizeof(texts[0]);
	size_t len = 0;
	char *end;

	for (size_t i = 0; i < texts_len; i++)
		len += texts[i]->len;
	exchange->texts = end = malloc(len + 1);
	for (size_t i = 0; i < texts_len; i++) {
		if (!end) {
			*texts[i] = (struct text){0};
			continue;
		}
		if (texts[i]->len)
			memcpy(end, texts[i]->bytes, texts[i]->len);
		texts[i]->bytes = end;
		end += texts[i]->len;
	}
}

/* X-Forwarded-For as the pod gets it. */
static void forwarded_for_compose(const struct worker *worker,
	const struct exchange *exchange, struct composer *composer)
{
	struct text said = exchange->record.forwarded_for;
	char addr[ADDR_TEXT_MAX];

	if (said.len > composer->size - sizeof(addr))
		said.len = composer->size - sizeof(addr);
	if (said.len && !worker->settings->forwarded_overwrite) {
		compose_text(composer, said);
		compose_str(composer, ",");
	}
	compose_str(composer, addr_format(&exchange->client->peer.addr, addr));
}

void exchange_record_end(struct worker *worker, struct exchange *exchange)
{
	struct record *record = &exchange->record;
	const struct l7_service *service = &exchange->client->vip->service;
	char forwarded_for[FORWARDED_FOR_MAX];
	struct composer composer = {
		.bytes = forwarded_for, .size = sizeof(forwarded_for)};

	record->duration_ns = clock_ns(CLOCK_MONOTONIC) - exchange->since_ns;
	record->bytes_received = exchange->up.moved;
	record->bytes_sent += exchange->down.moved;
	record->service_number = service->version.present ? service->number : UINT32_MAX;
	stats_count(worker->stats, record);
	if (!worker->log)
		return;
	forwarded_for_compose(worker, exchange, &composer);
	record->forwarded_for =
		(struct text){.bytes = composer.bytes, .len = composer.len};
	if (!log_put(worker->log, record, worker->settings->log_format))
		worker->stats->log_lost++;
}

uint64_t answer_body_len(const struct composer *answer)
{
	const char *end = memmem(answer->bytes, answer->len, "\r\n\r\n", 4);

	return end ? (uint64_t)(answer->bytes + answer->len - end - 4) : 0;
}
