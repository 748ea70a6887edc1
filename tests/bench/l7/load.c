/* SPDX-License-Identifier: BSD-2-Clause */
/* Load on an HTTP proxy, as cheap as it goes: the other side of the benchmark.
 *
 *   load ADDRESS PORT [--connections N] [--seconds S] [--target TEXT] [--browser]
 * [--close]
 *        [--rate R] [--hold]
 *
 * Each connection asks, and asks again when the response is whole (closed loop); --close
 * makes a new connection for each request. --rate: R requests a second whatever the proxy
 * does (open loop); a request's time counts from when it was due. --hold: one request on
 * each connection, then all are kept open until stdin ends.
 *
 * Cookies are of 1000 values. Prints requests, errors, body bytes, seconds, and with
 * --rate the 50th, 99th and 99.9th percentile in microseconds. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COOKIES 1000
#define REQUEST_MAX 2048
#define HEAD_MAX 4096
#define EVENTS 256
#define HOLD_AT_ONCE 64
#define NS 1000000000ULL
#define TICK_NS 250000

struct link {
	int fd;
	bool is_busy;
	size_t head_len;
	uint64_t left; /* bytes of the body */
	uint64_t due_ns;
	char head[HEAD_MAX];
};

static struct settings {
	struct sockaddr_in at;
	unsigned connections;
	double seconds, rate;
	const char *target;
	bool browser, close, hold;
} settings = {.connections = 64, .seconds = 2, .target = "/"};

static char requests[COOKIES][REQUEST_MAX];
static size_t requests_len[COOKIES];
static int poll_fd;
static struct link *links;
static uint64_t started_ns, finished, errors, body_bytes, asked;
static uint64_t *times_ns; /* of finished requests, with a rate */

static void must(bool right, const char *what)
{
	if (!right) {
		perror(what);
		exit(2);
	}
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS + (uint64_t)now.tv_nsec;
}

/* What Chromium sends along. */
static const char browser_fields[] =
	"Connection: keep-alive\r\n"
	"sec-ch-ua: \"Chromium\";v=\"126\", \"Not.A/Brand\";v=\"24\"\r\n"
	"sec-ch-ua-mobile: ?0\r\n"
	"sec-ch-ua-platform: \"Linux\"\r\n"
	"Upgrade-Insecure-Requests: 1\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like "
	"Gecko) "
	"Chrome/126.0.0.0 Safari/537.36\r\n"
	"Accept: "
	"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
	"image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7\r\n"
	"Sec-Fetch-Site: same-origin\r\n"
	"Sec-Fetch-Mode: navigate\r\n"
	"Sec-Fetch-User: ?1\r\n"
	"Sec-Fetch-Dest: document\r\n"
	"Referer: http://shop.example/catalogue/shoes?page=2\r\n"
	"Accept-Encoding: gzip, deflate, br, zstd\r\n"
	"Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n";

static void requests_make(void)
{
	for (unsigned i = 0; i < COOKIES; i++)
		requests_len[i] = (size_t)snprintf(requests[i], REQUEST_MAX,
			"GET %s HTTP/1.1\r\nHost: shop.example\r\n%sCookie: "
			"%ssticky=%08x%08x\r\n"
			"\r\n",
			settings.target, settings.browser ? browser_fields : "",
			settings.browser ? "theme=dark; consent=1; _ga=GA1.1.1402.1718; "
					 : "",
			i * 2654435761U, ~i * 2246822519U);
}

/* Connections come from many addresses, so that ports do not run out. */
static void link_open(struct link *link)
{
	static uint32_t from;
	struct sockaddr_in source = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x0a500001 + from++ % 4000)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
	int on = 1;

	link->fd = socket(AF_INET, SOCK_STREAM, 0);
	must(link->fd >= 0, "socket");
	setsockopt(link->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	must(!bind(link->fd, (struct sockaddr *)&source, sizeof(source)), "bind");
	must(!connect(link->fd, (struct sockaddr *)&settings.at, sizeof(settings.at)),
		"connect");
	must(!epoll_ctl(poll_fd, EPOLL_CTL_ADD, link->fd, &event), "epoll_ctl");
}

static void link_ask(struct link *link, uint64_t due_ns)
{
	size_t i = (size_t)(asked++ * 7919 % COOKIES);

	link->is_busy = true;
	link->head_len = 0;
	link->due_ns = due_ns;
	if (send(link->fd, requests[i], requests_len[i], MSG_NOSIGNAL) !=
		(ssize_t)requests_len[i])
		errors++;
}

static void link_renew(struct link *link)
{
	close(link->fd);
	link_open(link);
	link->is_busy = false;
}

/* The next request that is due by now, if any. */
static bool due_next(uint64_t *ret_due_ns)
{
	*ret_due_ns = started_ns;
	if (settings.rate > 0)
		*ret_due_ns += (uint64_t)((double)asked * 1e9 / settings.rate);
	return *ret_due_ns <= now_ns();
}

/* Only requests that are answered with 200 count. */
static void link_finish(struct link *link)
{
	uint64_t due_ns;

	if (strncmp(link->head, "HTTP/1.1 200 ", 13) != 0)
		errors++;
	if (times_ns)
		times_ns[finished] = now_ns() - link->due_ns;
	finished++;
	link->is_busy = false;
	if (settings.close)
		link_renew(link);
	if (!settings.hold && due_next(&due_ns))
		link_ask(link, due_ns);
}

/* Returns whether the head is complete. */
static bool head_read(struct link *link, size_t got)
{
	const char *end, *length;

	link->head_len += got;
	link->head[link->head_len] = '\0';
	end = strstr(link->head, "\r\n\r\n");
	if (!end)
		return false;
	length = strcasestr(link->head, "\r\ncontent-length:");
	must(length && length < end, "a response without Content-Length");
	link->left = strtoull(length + 17, NULL, 10) -
		     (link->head_len - (size_t)(end + 4 - link->head));
	body_bytes += strtoull(length + 17, NULL, 10);
	return true;
}

/* Bodies are dropped in the kernel. */
static void link_read(struct link *link)
{
	bool in_body = link->is_busy && link->left;
	ssize_t got = in_body ? recv(link->fd, NULL, 1U << 22, MSG_DONTWAIT | MSG_TRUNC)
			      : recv(link->fd, link->head + link->head_len,
					HEAD_MAX - 1 - link->head_len, MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		errors += link->is_busy;
		link->left = 0;
		link_renew(link);
		return;
	}
	if (in_body)
		link->left -= (uint64_t)got;
	else if (!head_read(link, (size_t)got))
		return;
	if (!link->left)
		link_finish(link);
}

static void links_ask_due(void)
{
	uint64_t due_ns;

	for (unsigned i = 0; i < settings.connections; i++) {
		if (links[i].is_busy)
			continue;
		if (!due_next(&due_ns))
			return;
		link_ask(&links[i], due_ns);
	}
}

static void wait_some(void)
{
	struct timespec pause = {0};
	struct epoll_event events[EVENTS];
	uint64_t due_ns, now = now_ns();
	int count;

	if (due_next(&due_ns) || settings.rate <= 0)
		pause.tv_nsec = 1000000;
	else
		pause.tv_nsec = (long)(due_ns - now < NS / 100 ? due_ns - now : NS / 100);
	count = epoll_pwait2(poll_fd, events, EVENTS, &pause, NULL);
	for (int i = 0; i < count; i++)
		link_read(events[i].data.ptr);
}

static void run(void)
{
	uint64_t end_ns;

	started_ns = now_ns();
	end_ns = started_ns + (uint64_t)(settings.seconds * 1e9);
	while (now_ns() < end_ns) {
		links_ask_due();
		wait_some();
	}
}

static void hold(void)
{
	char byte;

	started_ns = now_ns();
	for (unsigned i = 0; i < settings.connections; i++) {
		link_ask(&links[i], started_ns);
		while (finished + errors + HOLD_AT_ONCE <= i)
			wait_some();
	}
	while (finished + errors < settings.connections)
		wait_some();
	printf("held %llu errors %llu\n", (unsigned long long)finished,
		(unsigned long long)errors);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void print(void)
{
	printf("requests %llu errors %llu bytes %llu seconds %.3f",
		(unsigned long long)finished, (unsigned long long)errors,
		(unsigned long long)body_bytes, (double)(now_ns() - started_ns) / 1e9);
	if (times_ns && finished) {
		qsort(times_ns, finished, sizeof(*times_ns), by_time);
		printf(" p50 %.1f p99 %.1f p999 %.1f", times_ns[finished / 2] / 1e3,
			times_ns[finished * 99 / 100] / 1e3,
			times_ns[finished * 999 / 1000] / 1e3);
	}
	printf("\n");
}

static void settings_read(int argc, char **argv)
{
	static const struct option options[] = {
		{"connections", required_argument, NULL, 'c'},
		{"seconds", required_argument, NULL, 's'},
		{"target", required_argument, NULL, 't'},
		{"rate", required_argument, NULL, 'r'},
		{"browser", no_argument, NULL, 'b'},
		{"close", no_argument, NULL, 'x'},
		{"hold", no_argument, NULL, 'h'},
		{0},
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (letter) {
		case 'c':
			settings.connections = (unsigned)atoi(optarg);
			break;
		case 's':
			settings.seconds = atof(optarg);
			break;
		case 't':
			settings.target = optarg;
			break;
		case 'r':
			settings.rate = atof(optarg);
			break;
		case 'b':
			settings.browser = true;
			break;
		case 'x':
			settings.close = true;
			break;
		case 'h':
			settings.hold = true;
			break;
		default:
			exit(1);
		}
	}
	settings.at.sin_family = AF_INET;
	errno = EINVAL;
	must(optind + 2 == argc &&
			inet_pton(AF_INET, argv[optind], &settings.at.sin_addr) == 1,
		"load ADDRESS PORT");
	settings.at.sin_port = htons((uint16_t)atoi(argv[optind + 1]));
}

int main(int argc, char **argv)
{
	struct rlimit files;

	signal(SIGPIPE, SIG_IGN);
	settings_read(argc, argv);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	requests_make();
	poll_fd = epoll_create1(0);
	links = calloc(settings.connections, sizeof(*links));
	if (settings.rate > 0)
		times_ns = calloc((size_t)(settings.rate * settings.seconds) + 1000,
			sizeof(*times_ns));
	must(poll_fd >= 0 && links, "memory");
	for (unsigned i = 0; i < settings.connections; i++)
		link_open(&links[i]);
	if (settings.hold)
		hold();
	else
		run();
	print();
	return errors ? 1 : 0;
}
