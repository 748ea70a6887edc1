// SPDX-License-Identifier: BSD-2-Clause
/* Records of exchanges. */
#include "l7/record.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "l7/core.h"
#include "l7/log.h"
#include "l7/stats.h"
#include "model/text.h"

#define FORWARDED_FOR_MAX 1024 /* of what the log line gets */

static uint64_t clock_real_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void exchange_record_begin(struct worker *worker, struct exchange *exchange)
{
	struct record *record = &exchange->record;
	const struct l7_service *service = &exchange->client->vip->service;

	record->start_ns = worker->log ? clock_real_ns() : 0;
	record->client = exchange->client->peer;
	record->minor = 1;
	record->service = service->name;
	record->vip = service->vip;
	record->pod_number = UINT32_MAX;
}

/* A random UUID (RFC 9562, version 4). */
static struct text request_id_make(struct worker *worker, char *buffer)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t random[2] = {worker_random(worker), worker_random(worker)};
	char *end = buffer;

	random[0] = (random[0] & ~0xf000ULL) | 0x4000;
	random[1] = (random[1] & ~(3ULL << 62)) | 2ULL << 62;
	for (int i = 0; i < 32; i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			*end++ = '-';
		*end++ = digits[random[i / 16] >> (60 - i % 16 * 4) & 15];
	}
	return (struct text){.bytes = buffer, .len = REQUEST_ID_LEN};
}

void exchange_record_head(
	struct worker *worker, struct exchange *exchange, const struct http_head *head)
{
	struct record *record = &exchange->record;

	record->method = head->method;
	record->path = head->path;
	record->authority = head->authority;
	record->minor = head->minor;
	for (size_t i = 0; i < head->fields_len; i++) {
		const struct http_field *field = &head->fields[i];

		if (field->known == HTTP_USER_AGENT)
			record->user_agent = field->value;
		else if (field->known == HTTP_X_FORWARDED_FOR)
			record->forwarded_for = field->value;
		else if (field->known == HTTP_X_REQUEST_ID)
			record->request_id = field->value;
	}
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

	if (said.len && !worker->settings->forwarded_overwrite) {
		compose_text(composer, said);
		compose_str(composer, ", ");
	}
	compose_str(composer, addr_format(&exchange->client->peer.addr, addr));
}

void exchange_record_end(struct worker *worker, struct exchange *exchange)
{
	struct record *record = &exchange->record;
	char forwarded_for[FORWARDED_FOR_MAX];
	struct composer composer = {
		.bytes = forwarded_for, .size = sizeof(forwarded_for)};

	record->duration_ns = worker_clock_ns() - exchange->since_ns;
	record->bytes_received = exchange->up.moved;
	record->bytes_sent += exchange->down.moved;
	record->service_number = exchange->client->vip->service.number;
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
