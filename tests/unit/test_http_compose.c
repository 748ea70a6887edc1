/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads as they are passed on: what comes in, what goes out, byte by byte. */
#include "http/compose.h"
#include "http/fault.h"
#include "http_rows.h"
#include "model/text.h"

static char out[SAID_MAX];

static void expect_out(const struct composer *composer, const char *want)
{
	EXPECT(!composer->full);
	out[composer->len] = 0;
	EXPECT_STR(out, want);
}

static struct composer composer_make(void)
{
	return (struct composer){.bytes = out, .size = sizeof(out) - 1};
}

static struct sp_endpoint peer;
static struct forwarded forwarded;

/* A client at 192.0.2.7 that nobody trusts. */
static void forwarded_begin(void)
{
	EXPECT_EQ(pod_parse("192.0.2.7:51234", 15, &peer), 0);
	forwarded = (struct forwarded){
		.peer = &peer,
		.append = true,
		.default_host = {"vip:80", 6},
		.request_id = {"id-1", 4},
	};
}

static void expect_request(const char *in, const char *want)
{
	struct http_field fields[HTTP_FIELDS_MAX];
	struct composer composer = composer_make();
	struct http_seen seen = {0};
	struct http_fault fault;
	struct http_head head;

	EXPECT_EQ(
		parse_placed(parse_request, in, strlen(in), &seen, fields, &head, &fault),
		HTTP_DONE);
	compose_request(&composer, &head, &forwarded);
	expect_out(&composer, want);
}

#define NEW                                                         \
	"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n" \
	"X-Request-Id: id-1\r\n"

static void test_requests(void)
{
	forwarded_begin();
	expect_request("GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /a?b HTTP/1.1\r\nHost: a\r\n" NEW "\r\n");
	expect_request("\r\nPOST / HTTP/1.1\r\nB:  1 \r\nhost: a:80\r\nb:\r\n"
		       "Content-Length: 2\r\n\r\n",
		"POST / HTTP/1.1\r\nB: 1\r\nhost: a:80\r\nb: \r\n"
		"Content-Length: 2\r\n" NEW "\r\n");
	expect_request("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
		       "Transfer-Encoding: chunked\r\nTrailer: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
		"Transfer-Encoding: chunked\r\nTrailer: x\r\n" NEW "\r\n");
}

/* Some parsers take "chunked" with a tab behind it for another coding. */
static void test_blanks(void)
{
	forwarded_begin();
	expect_request("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\t\r\n"
		       "X: 1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
		"X: 1\r\n" NEW "\r\n");
	expect_request("POST / HTTP/1.1\r\nX: 1\r\nContent-Length:\t5\r\nHost:a\r\n\r\n",
		"POST / HTTP/1.1\r\nX: 1\r\nContent-Length: 5\r\nHost: a\r\n" NEW "\r\n");
	expect_request("GET / HTTP/1.1\r\nHost: a\r\nX:  1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n" NEW "\r\n");
}

static void test_targets(void)
{
	forwarded_begin();
	expect_request("GET http://b:8/c HTTP/1.1\r\nX: 1\r\nHost: a\r\nY: 2\r\n\r\n",
		"GET /c HTTP/1.1\r\nHost: b:8\r\nX: 1\r\nY: 2\r\n" NEW "\r\n");
	expect_request("GET http://b?c HTTP/1.1\r\nHost: b\r\n\r\n",
		"GET /?c HTTP/1.1\r\nHost: b\r\n" NEW "\r\n");
	expect_request("OPTIONS http://b HTTP/1.1\r\nHost: b\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: b\r\n" NEW "\r\n");
	expect_request("GET / HTTP/1.0\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: vip:80\r\n" NEW "\r\n");
	expect_request("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n"
		       "Expect: 100-continue\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n" NEW "\r\n");
}

static void test_hops(void)
{
	forwarded_begin();
	expect_request("GET / HTTP/1.1\r\nConnection: close, X, te\r\nX: 1\r\n"
		       "Host: a\r\nKeep-Alive: 5\r\nTE: trailers\r\nY: 2\r\nx: 3\r\n"
		       "Proxy-Connection: keep-alive\r\nUpgrade: h2c\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nY: 2\r\n" NEW "\r\n");
	expect_request("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\n"
		       "Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Version: 13\r\n" NEW
		"Connection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n");
}

#define SAID                                                                     \
	"GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1,2.2.2.2\r\nHost: a\r\n"      \
	"X-Forwarded-For:\r\nx-forwarded-for: 3.3.3.3\r\nX-Request-Id: mine\r\n" \
	"X-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n\r\n"

static void test_forwarded(void)
{
	forwarded_begin();
	expect_request(SAID, "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: b\r\n"
			     "X-Forwarded-For: 1.1.1.1,2.2.2.2,3.3.3.3,192.0.2.7\r\n"
			     "X-Forwarded-Proto: http\r\nX-Request-Id: id-1\r\n\r\n");
	forwarded.append = false;
	expect_request(
		SAID, "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: b\r\n" NEW "\r\n");
	forwarded.append = forwarded.trusted = true;
	expect_request(SAID, "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n"
			     "X-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n"
			     "X-Forwarded-For: 1.1.1.1,2.2.2.2,3.3.3.3,"
			     "192.0.2.7\r\n\r\n");
	expect_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n" NEW "\r\n");
	expect_request("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id:\r\n"
		       "X-Forwarded-Proto:\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n" NEW "\r\n");
	forwarded.https = true;
	EXPECT_EQ(pod_parse("[2001:db8::7]:1", 15, &peer), 0);
	expect_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 2001:db8::7\r\n"
		"X-Forwarded-Proto: https\r\nX-Request-Id: id-1\r\n\r\n");
}

static void test_full(void)
{
	static const char in[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct http_field fields[HTTP_FIELDS_MAX];
	struct composer composer = composer_make();
	struct http_seen seen = {0};
	struct http_fault fault;
	struct http_head head;
	size_t len;

	forwarded_begin();
	EXPECT_EQ(parse_request(in, sizeof(in) - 1, &seen, fields, &head, &fault),
		HTTP_DONE);
	compose_request(&composer, &head, &forwarded);
	len = composer.len;
	for (size_t size = 0; size <= len; size++) {
		composer = (struct composer){guard_end() - size, 0, size, false};
		compose_request(&composer, &head, &forwarded);
		EXPECT_EQ(composer.full, size < len);
	}
}

static struct http_asked asked;

static enum http_progress parse_response(const char *bytes, size_t len,
	struct http_seen *seen, struct http_field *fields, struct http_head *ret_head,
	struct http_fault *ret_fault)
{
	return http_parse_response(
		bytes, len, seen, &asked, &row_limits, fields, ret_head, ret_fault);
}

static void expect_response(const char *in, const char *set_cookie, unsigned minor,
	bool keep_alive, const char *want)
{
	struct http_field fields[HTTP_FIELDS_MAX];
	struct composer composer = composer_make();
	struct http_seen seen = {0};
	struct http_fault fault;
	struct http_head head;

	EXPECT_EQ(parse_placed(
			  parse_response, in, strlen(in), &seen, fields, &head, &fault),
		HTTP_DONE);
	compose_response(&composer, &head, (struct text){set_cookie, strlen(set_cookie)},
		minor, keep_alive);
	expect_out(&composer, want);
}

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\nTrailer: x\r\n"

static void test_responses(void)
{
	expect_response(OK "Content-Length: 5\r\nSet-Cookie: b=c\r\n\r\n", "", 1, true,
		OK "Content-Length: 5\r\nSet-Cookie: b=c\r\n\r\n");
	expect_response("HTTP/1.0 404\r\nX: 1\r\n\r\n", "", 1, false,
		"HTTP/1.1 404 \r\nX: 1\r\nConnection: close\r\n\r\n");
	expect_response(OK "Set-Cookie: b=c\r\nConnection: X, close\r\nX: 1\r\n" CHUNKED
			   "Keep-Alive: 5\r\n\r\n",
		"a=\"1\"", 1, true,
		OK "Set-Cookie: b=c\r\n" CHUNKED "set-cookie: a=\"1\"\r\n\r\n");
	expect_response(OK CHUNKED "\r\n", "", 0, false, OK "Connection: close\r\n\r\n");
	expect_response(OK "Content-Length: 5\r\n\r\n", "", 0, true,
		OK "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
	expect_response("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "", 1,
		true, "HTTP/1.1 204 No Content\r\n\r\n");
	expect_response("HTTP/1.1 100 Continue\r\n\r\n", "", 1, true,
		"HTTP/1.1 100 Continue\r\n\r\n");
}

static void test_switch(void)
{
	asked.upgrades = true;
	expect_response("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
			"connection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
		"a=\"1\"", 1, false,
		"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n"
		"set-cookie: a=\"1\"\r\nConnection: Upgrade\r\nUpgrade: "
		"websocket\r\n\r\n");
}

static void test_answers(void)
{
	struct composer composer = composer_make();

	compose_answer(&composer, 400, "bare-lf", false, false);
	expect_out(&composer, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
			      "Content-Length: 8\r\nConnection: close\r\n\r\nbare-lf\n");
	composer = composer_make();
	compose_answer(&composer, 503, "no-pod", true, true);
	expect_out(&composer, "HTTP/1.1 503 Service Unavailable\r\n"
			      "Content-Type: text/plain\r\nContent-Length: 7\r\n\r\n");
}

/* What the parsers answer has a name. */
static void test_statuses(void)
{
#define X(kind, word, status, meaning) EXPECT(*http_status_text(status));
	HTTP_FAULTS(X)
#undef X
	EXPECT_STR(http_status_text(299), "");
}

static void expect_cookie(const struct policy *policy, const char *want)
{
	struct composer composer = composer_make();

	compose_cookie(&composer, policy, (struct text){"82eb1cf6c58c80db", 16});
	expect_out(&composer, want);
}

static void test_cookies(void)
{
	static struct cookie_attribute attributes[] = {
		{"SameSite", "Strict"}, {"Secure", NULL}, {"X", ""}};
	struct policy policy = {.key_name = "sid"};

	expect_cookie(&policy, "sid=\"82eb1cf6c58c80db\"; HttpOnly");
	policy.cookie_ttl_s = 3600;
	policy.cookie_path = "/a";
	expect_cookie(
		&policy, "sid=\"82eb1cf6c58c80db\"; Max-Age=3600; Path=/a; HttpOnly");
	policy.cookie_ttl_s = 0;
	policy.cookie_path = "";
	policy.cookie_attributes = attributes;
	policy.cookie_attributes_len = LEN(attributes);
	expect_cookie(&policy, "sid=\"82eb1cf6c58c80db\"; SameSite=Strict; Secure; X=; "
			       "HttpOnly");
}

int main(void)
{
	static const struct test tests[] = {
		{"requests keep their fields and their framing", test_requests},
		{"values go on without blanks around them", test_blanks},
		{"targets become origin form, Host follows", test_targets},
		{"what is for one hop stays here", test_hops},
		{"who asks is said once, and not by strangers", test_forwarded},
		{"a buffer that is too small is said to be full", test_full},
		{"responses keep their fields and their framing", test_responses},
		{"101 says to what", test_switch},
		{"answers of our own have a length", test_answers},
		{"statuses of faults have names", test_statuses},
		{"cookies are as Envoy makes them", test_cookies},
	};

	row_limits.fields_max = 20;
	return TESTS_RUN(tests);
}
