/* SPDX-License-Identifier: BSD-2-Clause */
/* What a head costs: CPU time beside libhttp-parser's in the same run, alternating; the
 * median of ratios. Ours also checks what that leaves to its caller: names by meaning,
 * Host, hop-by-hop fields. */
#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/body.h"
#include "http/compose.h"

#define ROUNDS 15
#define RUNS 20000
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static const char small[] = "GET /status/418 HTTP/1.1\r\n"
			    "Host: shop.example\r\n"
			    "User-Agent: curl/7.88.1\r\n"
			    "Accept: */*\r\n"
			    "Cookie: sticky-session-key=\"82eb1cf6c58c80db\"\r\n"
			    "\r\n";

static const char browser[] =
	"GET /catalogue/shoes?size=42&colour=blue&sort=price HTTP/1.1\r\n"
	"Host: shop.example\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 "
	"Firefox/128.0\r\n"
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
	"image/webp,image/png,image/svg+xml,*/*;q=0.8\r\n"
	"Accept-Language: en-US,en;q=0.5\r\n"
	"Accept-Encoding: gzip, deflate, br, zstd\r\n"
	"Referer: http://shop.example/catalogue?page=2\r\n"
	"Connection: keep-alive\r\n"
	"Cookie: _ga=GA1.2.1432517216.1719991234; _gid=GA1.2.85123441.1721112223; "
	"sticky-session-key=\"82eb1cf6c58c80db\"; theme=dark; "
	"consent=eyJhIjoxLCJiIjoxfQ\r\n"
	"Upgrade-Insecure-Requests: 1\r\n"
	"Sec-Fetch-Dest: document\r\n"
	"Sec-Fetch-Mode: navigate\r\n"
	"Sec-Fetch-Site: same-origin\r\n"
	"Priority: u=0, i\r\n"
	"\r\n";

static const char response[] = "HTTP/1.1 200 OK\r\n"
			       "Server: gunicorn/20.1.0\r\n"
			       "Date: Sat, 28 Nov 2026 10:00:00 GMT\r\n"
			       "Connection: keep-alive\r\n"
			       "Content-Type: text/html; charset=utf-8\r\n"
			       "Content-Length: 1024\r\n"
			       "Access-Control-Allow-Origin: *\r\n"
			       "Access-Control-Allow-Credentials: true\r\n"
			       "\r\n";

static const struct http_limits limits = {16384, 8192, 100};

static void ours(const char *bytes, size_t len)
{
	static struct http_field fields[HTTP_FIELDS_MAX];
	struct http_seen seen = {0};
	struct http_asked asked = {0};
	struct http_fault fault;
	struct http_head head;
	enum http_progress progress =
		bytes == response ? http_parse_response(bytes, len, &seen, &asked,
					    &limits, fields, &head, &fault)
				  : http_parse_request(bytes, len, &seen, &limits, fields,
					    &head, &fault);

	if (progress != HTTP_DONE)
		abort();
}

/* What a proxy would keep of the other parser's head. */
static struct {
	struct text target, names[HTTP_FIELDS_MAX], values[HTTP_FIELDS_MAX];
	size_t names_len, values_len;
} theirs_head;

static int on_url(http_parser *parser, const char *at, size_t len)
{
	(void)parser;
	theirs_head.target = (struct text){at, len};
	return 0;
}

static int on_name(http_parser *parser, const char *at, size_t len)
{
	(void)parser;
	theirs_head.names[theirs_head.names_len++] = (struct text){at, len};
	return 0;
}

static int on_value(http_parser *parser, const char *at, size_t len)
{
	(void)parser;
	theirs_head.values[theirs_head.values_len++] = (struct text){at, len};
	return 0;
}

static int on_head(http_parser *parser)
{
	http_parser_pause(parser, 1);
	return 0;
}

static void theirs(const char *bytes, size_t len)
{
	static const http_parser_settings settings = {.on_url = on_url,
		.on_header_field = on_name,
		.on_header_value = on_value,
		.on_headers_complete = on_head};
	http_parser parser;

	theirs_head.names_len = theirs_head.values_len = 0;
	http_parser_init(&parser, bytes == response ? HTTP_RESPONSE : HTTP_REQUEST);
	http_parser_execute(&parser, &settings, bytes, len);
	if (HTTP_PARSER_ERRNO(&parser) != HPE_PAUSED)
		abort();
}

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double measure(
	void (*parse)(const char *bytes, size_t len), const char *bytes, size_t len)
{
	double start = cpu_ns();

	for (int i = 0; i < RUNS; i++)
		parse(bytes, len);
	return (cpu_ns() - start) / RUNS;
}

/* The request as it is passed on: parsed once, composed each time. */
static void compose(const char *bytes, size_t len)
{
	static const struct sp_endpoint peer = {.addr.word = {0, 0, SP_V4_MARK, 77}};
	static struct http_field fields[HTTP_FIELDS_MAX];
	static struct http_head head;
	static const char *parsed;
	char out[4096];
	struct composer composer = {.bytes = out, .size = sizeof(out)};
	struct forwarded forwarded = {.peer = &peer,
		.append = true,
		.request_id = {"c3ab8ff1-3720-4e8a-9047-dd39466b3c89", 36}};
	struct http_seen seen = {0};
	struct http_fault fault;

	if (parsed != bytes) {
		http_parse_request(bytes, len, &seen, &limits, fields, &head, &fault);
		parsed = bytes;
	}
	compose_request(&composer, &head, &forwarded);
	if (composer.full)
		abort();
}

/* A head that comes byte by byte, in as many calls: ns for each. */
static double measure_drops(const char *bytes, size_t len)
{
	static struct http_field fields[HTTP_FIELDS_MAX];
	double start = cpu_ns();

	for (size_t run = 0; run < RUNS * 10 / len; run++) {
		struct http_seen seen = {0};
		struct http_fault fault;
		struct http_head head;

		for (size_t came = 1; came <= len; came++)
			http_parse_request(
				bytes, came, &seen, &limits, fields, &head, &fault);
	}
	return (cpu_ns() - start) / (double)(RUNS * 10 / len * len);
}

/* 16000 bytes, most of them of one field. */
static const char *long_head(void)
{
	static char bytes[16001];

	memset(bytes, 'x', 16000);
	memcpy(bytes, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
	memcpy(bytes + 15996, "\r\n\r\n", 4);
	return bytes;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

int main(void)
{
	static const struct {
		const char *sentence;
		const char *bytes;
		size_t len;
	} rows[] = {{"a small request", small, sizeof(small) - 1},
		{"a browser's request", browser, sizeof(browser) - 1},
		{"a response", response, sizeof(response) - 1}};

	for (size_t i = 0; i < LEN(rows); i++) {
		double our[ROUNDS], their[ROUNDS], ratio[ROUNDS], composed[ROUNDS];

		for (int round = 0; round < ROUNDS; round++) {
			our[round] = measure(ours, rows[i].bytes, rows[i].len);
			their[round] = measure(theirs, rows[i].bytes, rows[i].len);
			ratio[round] = our[round] / their[round];
			composed[round] =
				rows[i].bytes == response
					? 0
					: measure(compose, rows[i].bytes, rows[i].len);
		}
		printf("%-20s %4zu bytes  parse %5.0f ns  libhttp-parser %5.0f ns  "
		       "ratio %.2f  compose %4.0f ns\n",
			rows[i].sentence, rows[i].len, median(our), median(their),
			median(ratio), median(composed));
	}
	printf("byte by byte, each call: 714 bytes %.0f ns, 16000 bytes %.0f ns\n",
		measure_drops(browser, sizeof(browser) - 1),
		measure_drops(long_head(), 16000));
	return 0;
}
