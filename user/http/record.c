/* SPDX-License-Identifier: BSD-2-Clause */
/* One finished request as a line of the access log, text or JSON. */
#include "http/record.h"

#include <string.h>

#include "base/escape.h"
#include "model/text.h"

#define CUT_MARK "..."
#define NS_PER_MS 1000000
#define MS_PER_S 1000

const struct record_flag_word record_flag_words[RECORD_FLAGS] = {
#define X(letters, meaning) [RECORD_##letters] = {#letters, meaning},
	RECORD_FLAG_LIST(X)
#undef X
};

/* What stands before a value: in text what separates it from the one before, in JSON its
 * name, too. With lengths, which need not be counted for each line then. */
struct column {
	struct text text, json;
};

#define COLUMN(in_text, in_json) \
	((struct column){{in_text, sizeof(in_text) - 1}, {in_json, sizeof(in_json) - 1}})

struct line {
	struct composer *composer;
	enum record_format format;
	size_t text_max; /* bytes that an escaped text may have */
};

/* The first bytes of `text` that need no escape and may go in as they are. */
static size_t plain_len(const struct line *line, struct text text, bool is_word)
{
	size_t len = escape_plain_len(text.bytes, text.len);
	const char *space = NULL;

	if (is_word && line->format == RECORD_TEXT)
		space = memchr(text.bytes, ' ', len);
	return space ? (size_t)(space - text.bytes) : len;
}

/* Put the next piece of a text; returns its bytes of the text, 0 when it is cut there. */
static size_t put_piece(struct line *line, struct text text, bool is_word, size_t *left)
{
	char unit[ESCAPE_UNIT_MAX];
	struct text piece = {text.bytes, plain_len(line, text, is_word)};
	size_t taken = piece.len;

	if (!taken && text.bytes[0] == ' ') {
		taken = 1;
		piece = (struct text){"\\x20", 4};
	} else if (!taken) {
		taken = escape_next(
			line->format == RECORD_JSON ? ESCAPE_JSON : ESCAPE_QUOTED,
			text.bytes, text.len, unit, &piece.len);
		piece.bytes = unit;
	} else if (piece.len > *left) {
		piece.len = taken = *left;
	}
	if (piece.len > *left)
		return 0;
	compose_text(line->composer, piece);
	*left -= piece.len;
	return taken;
}

/* The escaped bytes of a text. is_word: a space would end it. */
static void put_bytes(struct line *line, struct text text, bool is_word)
{
	size_t left = line->text_max;

	while (text.len) {
		size_t taken = left ? put_piece(line, text, is_word, &left) : 0;

		if (!taken) {
			compose_str(line->composer, CUT_MARK);
			return;
		}
		text.bytes += taken;
		text.len -= taken;
	}
}

static void put_name(struct line *line, struct column column)
{
	compose_text(
		line->composer, line->format == RECORD_JSON ? column.json : column.text);
}

/* A text in quotes; "-" or null without any. */
static void put_quoted(struct line *line, struct column column, struct text text)
{
	put_name(line, column);
	if (!text.len) {
		compose_str(
			line->composer, line->format == RECORD_JSON ? "null" : "\"-\"");
		return;
	}
	compose_str(line->composer, "\"");
	put_bytes(line, text, false);
	compose_str(line->composer, "\"");
}

static void put_number(struct line *line, struct column column, uint64_t number)
{
	put_name(line, column);
	compose_uint(line->composer, number);
}

static void put_endpoint(
	struct line *line, struct column column, const struct sp_endpoint *at)
{
	char text[ENDPOINT_TEXT_MAX];

	put_quoted(line, column, text_of(at->port ? pod_format(at, text) : NULL));
}

static void put_digits(char *at, unsigned len, uint64_t number)
{
	while (len--) {
		at[len] = (char)('0' + number % 10);
		number /= 10;
	}
}

/* Year, month and day of a day since 1970-01-01; eras of 400 years begin with March, so
 * that the leap day is the last of a year. */
static void put_date(char *at, uint64_t days)
{
	uint64_t since = days + 719468; /* 0000-03-01 */
	uint64_t era = since / 146097, of_era = since % 146097;
	uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * of_year + 2) / 153; /* 0: March */

	put_digits(at, 4, era * 400 + year + (month >= 10));
	put_digits(at + 5, 2, month < 10 ? month + 3 : month - 9);
	put_digits(at + 8, 2, of_year - (153 * month + 2) / 5 + 1);
}

/* "2026-11-28T10:15:22.123Z": by arithmetic, since gmtime_r() takes a lock. */
static void put_time(struct line *line, struct column column, uint64_t ns)
{
	char text[] = "0000-00-00T00:00:00.000Z";
	uint64_t ms = ns / NS_PER_MS, s = ms / MS_PER_S, of_day = s % 86400;

	put_date(text, s / 86400);
	put_digits(text + 11, 2, of_day / 3600);
	put_digits(text + 14, 2, of_day / 60 % 60);
	put_digits(text + 17, 2, of_day % 60);
	put_digits(text + 20, 3, ms % MS_PER_S);
	put_name(line, column);
	compose_text(line->composer, (struct text){text, sizeof(text) - 1});
}

/* The words of a request's first line, which are one column of text. */
static void put_word(struct line *line, struct column column, struct text text)
{
	put_name(line, column);
	if (text.len)
		put_bytes(line, text, true);
	else
		compose_str(line->composer, "-");
}

static void put_request(struct line *line, const struct record *record)
{
	static const char *const protocols[] = {"HTTP/1.0", "HTTP/1.1"};
	const char *protocol = record->method.len ? protocols[record->minor & 1] : NULL;

	if (line->format == RECORD_JSON) {
		put_quoted(line, COLUMN("", "\",\"method\":"), record->method);
		put_quoted(line, COLUMN("", ",\"path\":"), record->path);
		put_quoted(line, COLUMN("", ",\"protocol\":"), text_of(protocol));
		return;
	}
	put_word(line, COLUMN("] \"", ""), record->method);
	put_word(line, COLUMN(" ", ""), record->path);
	put_word(line, COLUMN(" ", ""), text_of(protocol));
	compose_str(line->composer, "\"");
}

/* "UF,DC"; "-" without any, in JSON too, as the gateway has it. */
static void put_flags(struct line *line, uint32_t flags)
{
	const char *separator = "";

	put_name(line, COLUMN(" ", ",\"response_flags\":\""));
	if (!flags)
		compose_str(line->composer, "-");
	for (unsigned i = 0; i < RECORD_FLAGS; i++) {
		if (!(flags & 1U << i))
			continue;
		compose_str(line->composer, separator);
		compose_str(line->composer, record_flag_words[i].name);
		separator = ",";
	}
	put_name(line, COLUMN("", "\""));
}

static void put_line(struct line *line, const struct record *record)
{
	const char *details = record->reason;

	if (!details && record->status)
		details = "via_upstream";
	put_time(line, COLUMN("[", "{\"start_time\":\""), record->start_ns);
	put_request(line, record);
	put_number(line, COLUMN(" ", ",\"response_code\":"), record->status);
	put_flags(line, record->flags);
	put_number(line, COLUMN(" ", ",\"bytes_received\":"), record->bytes_received);
	put_number(line, COLUMN(" ", ",\"bytes_sent\":"), record->bytes_sent);
	put_number(line, COLUMN(" ", ",\"duration\":"), record->duration_ns / NS_PER_MS);
	put_endpoint(line, COLUMN(" ", ",\"upstream_addr\":"), &record->pod);
	put_quoted(line, COLUMN(" ", ",\"user_agent\":"), record->user_agent);
	put_quoted(line, COLUMN(" ", ",\"x_forwarded_for\":"), record->forwarded_for);
	put_quoted(line, COLUMN(" ", ",\"request_id\":"), record->request_id);
	put_quoted(line, COLUMN(" ", ",\"authority\":"), record->authority);
	put_endpoint(
		line, COLUMN(" ", ",\"downstream_remote_address\":"), &record->client);
	put_quoted(line, COLUMN(" ", ",\"upstream_cluster\":"), text_of(record->service));
	put_quoted(line, COLUMN(" ", ",\"response_code_details\":"), text_of(details));
	put_number(line, COLUMN(" ", ",\"upstream_request_attempt_count\":"),
		record->pod.port ? (uint64_t)record->retries + 1 : 0);
	put_name(line, COLUMN("\n", "}\n"));
}

void record_format(
	struct composer *composer, const struct record *record, enum record_format format)
{
	struct line line = {composer, format, composer->size};
	size_t begin = composer->len;

	for (;;) {
		put_line(&line, record);
		if (!composer->full || !line.text_max)
			return;
		composer->full = false;
		composer->len = begin;
		line.text_max /= 2;
	}
}
