// SPDX-License-Identifier: BSD-2-Clause
/* The loop of a worker: events, what goes on, timers, and the keeper's messages. */
#include "l7/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "l7/control.h"
#include "l7/exchange.h"
#include "l7/listener.h"

#define EVENTS_MAX 256
#define BUFFER_SPARE 4096 /* behind the longest head: what is added to it, and a body */
#define DESCRIPTORS_SPARE 64
/* Whoever is idle for so long when the worker is to end, or later, is not in the middle
 * of sending a request, as far as anyone can tell. */
#define DRAIN_IDLE_NS (1000 * NS_PER_MS)

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators). */
uint64_t worker_random(struct worker *worker)
{
	uint64_t random = worker->random += 0x9e3779b97f4a7c15;

	random = (random ^ random >> 30) * 0xbf58476d1ce4e5b9;
	random = (random ^ random >> 27) * 0x94d049bb133111eb;
	return random ^ random >> 31;
}

/* --- Start and end --- */

/* Half of what descriptors there are: each client may need one for its pod. */
static uint32_t room_for_clients(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY ||
		limit.rlim_cur > UINT32_MAX)
		return UINT32_MAX;
	if (limit.rlim_cur <= 2 * DESCRIPTORS_SPARE)
		return DESCRIPTORS_SPARE / 4;
	return (uint32_t)(limit.rlim_cur - DESCRIPTORS_SPARE) / 2;
}

static void pools_init(struct worker *worker)
{
	size_t head_max = worker->settings->limits.head_max;

	worker->buffer_size = (uint32_t)head_max + BUFFER_SPARE - sizeof(struct buffer);
	pool_init(&worker->buffers, sizeof(struct buffer) + worker->buffer_size, 16);
	pool_init(&worker->clients, sizeof(struct client), 64);
	pool_init(&worker->exchanges, sizeof(struct exchange), 16);
	pool_init(&worker->pod_conns, sizeof(struct pod_conn), 64);
	pool_init(&worker->pods, sizeof(struct l7_pod), 64);
	pool_init(&worker->listeners_pool, sizeof(struct listener), 16);
	pool_init(&worker->vips_pool, sizeof(struct vip), 16);
}

static int worker_init(struct worker *worker, struct worker_setup *setup)
{
	const struct l7_settings *settings = setup->settings;
	uint64_t seeds[2];

	*worker = (struct worker){
		.setup = setup,
		.settings = settings,
		.stats = setup->stats,
		.log = setup->log,
		.epoll = -1,
		.now_ns = clock_ns(CLOCK_MONOTONIC),
		.clients_room = room_for_clients(),
	};
	signal(SIGPIPE, SIG_IGN); /* splice(2) has no MSG_NOSIGNAL */
	pools_init(worker);
	timers_init(&worker->timers, settings);
	if (getrandom(seeds, sizeof(seeds), 0) != sizeof(seeds))
		return -errno;
	worker->random = seeds[0];
	worker->pods_by_number = calloc(SP_PODS_MAX, sizeof(struct l7_pod *));
	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (worker->epoll < 0)
		return -errno;
	if (!worker->pods_by_number)
		return -ENOMEM;
	if (addresses_init(&worker->addresses, settings->connections_max, seeds[1]))
		return -ENOMEM;
	return conn_open(worker, &worker->control, CONN_CONTROL, setup->control);
}

static void client_end_each(void *context, void *object)
{
	struct client *client = object;

	if (client->conn.kind == CONN_CLIENT)
		client_end(context, client);
}

static void worker_done(struct worker *worker)
{
	pool_each(&worker->clients, client_end_each, worker);
	pods_close_kept(worker);
	listeners_close_all(worker);
	pipes_done(&worker->pipes);
	addresses_done(&worker->addresses);
	free(worker->pods_by_number);
	pool_done(&worker->buffers);
	pool_done(&worker->clients);
	pool_done(&worker->exchanges);
	pool_done(&worker->pod_conns);
	pool_done(&worker->pods);
	pool_done(&worker->listeners_pool);
	pool_done(&worker->vips_pool);
	if (worker->epoll >= 0)
		close(worker->epoll);
}

/* --- The keeper's messages --- */

static void worker_drain(struct worker *worker)
{
	struct timers *timers = &worker->timers;

	if (worker->draining)
		return;
	worker->draining = true;
	worker->drain_end_ns = worker->now_ns + worker->settings->drain_ms * NS_PER_MS;
	if (timers->durations_ns[TIMER_IDLE] > DRAIN_IDLE_NS)
		timers->durations_ns[TIMER_IDLE] = DRAIN_IDLE_NS;
	listeners_accept(worker);
	listeners_close_all(worker);
	pods_close_kept(worker);
}

/* Numbers may mean other services and pods in the new tables. */
static void tables_replace(struct worker *worker, int fd)
{
	if (fd < 0 || !worker->setup->replace_tables ||
		worker->setup->replace_tables(worker->setup, fd))
		return;
	for (struct vip *vip = worker->vips; vip; vip = vip->next) {
		l7_service_done(&vip->service);
		vip->down_until_ns = 0;
	}
}

static void control_take(
	struct worker *worker, const struct control_message *message, int fd)
{
	switch (message->kind) {
	case CONTROL_LISTEN:
		if (fd >= 0 && !worker->draining &&
			!listener_open(worker, fd, &message->vip, &message->address))
			return;
		break;
	case CONTROL_UNLISTEN:
		listeners_close(worker, &message->vip, &message->address);
		break;
	case CONTROL_TABLES:
		tables_replace(worker, fd);
		break;
	case CONTROL_DRAIN:
		worker_drain(worker);
		break;
	}
	if (fd >= 0)
		close(fd);
}

static void control_run(struct worker *worker)
{
	struct control_message message;
	int fd = -1;
	int result = control_receive(worker->control.fd, &message, &fd);

	if (result == 1) {
		control_take(worker, &message, fd);
	} else if (result != -EAGAIN && result != -EBADMSG) {
		epoll_ctl(worker->epoll, EPOLL_CTL_DEL, worker->control.fd, NULL);
		worker->keeper_gone = true;
		worker_drain(worker);
	}
}

/* --- The loop --- */

static void conn_run(struct worker *worker, struct conn *conn)
{
	struct pod_conn *pod_conn;

	switch ((enum conn_kind)conn->kind) {
	case CONN_CLIENT:
		client_run(worker, (struct client *)conn);
		break;
	case CONN_POD:
		pod_conn = (struct pod_conn *)conn;
		if (pod_conn->exchange)
			client_run(worker, pod_conn->exchange->client);
		else
			pod_conn_run_kept(worker, pod_conn);
		break;
	case CONN_LISTENER:
		listener_run(worker, (struct listener *)conn);
		break;
	case CONN_CONTROL:
		control_run(worker);
		break;
	case CONN_CLOSED:
		break;
	}
}

static void conn_expired(struct worker *worker, struct conn *conn)
{
	enum timer_kind kind = conn->timer.kind;
	struct pod_conn *pod_conn;
	struct client *client;

	timer_stop(&conn->timer);
	switch ((enum conn_kind)conn->kind) {
	case CONN_CLIENT:
		client_expired(worker, (struct client *)conn, kind);
		break;
	case CONN_POD:
		pod_conn = (struct pod_conn *)conn;
		if (!pod_conn->exchange) {
			pod_conn_close(worker, pod_conn);
			break;
		}
		client = pod_conn->exchange->client;
		exchange_expired(worker, client->exchange, conn, kind);
		client_run(worker, client);
		break;
	default:
		conn_run(worker, conn);
	}
}

/* Those that are in the list now; who asks for more gets it in the next turn. */
static void again_run(struct worker *worker)
{
	struct conn *conn = worker->again;

	worker->again = worker->again_end = NULL;
	while (conn) {
		struct conn *next = conn->next_again;

		conn->again = false;
		conn_run(worker, conn);
		conn = next;
	}
}

static void conn_free(struct worker *worker, struct conn *conn)
{
	switch ((enum conn_kind)conn->was) {
	case CONN_CLIENT:
		pool_put(&worker->clients, conn);
		break;
	case CONN_POD:
		pool_put(&worker->pod_conns, conn);
		break;
	case CONN_LISTENER:
		pool_put(&worker->listeners_pool, conn);
		break;
	default:
		break;
	}
}

/* No event of this turn names them any longer. */
static void closed_free(struct worker *worker)
{
	struct conn *conn = worker->closed;

	worker->closed = NULL;
	while (conn) {
		struct conn *next = conn->next_closed;

		if (conn->again) {
			conn->next_closed = worker->closed;
			worker->closed = conn;
		} else {
			conn_free(worker, conn);
		}
		conn = next;
	}
}

static int wait_ms(const struct worker *worker)
{
	int wait = timers_wait_ms(&worker->timers, worker->now_ns);
	int drain = -1;

	if (worker->again)
		return 0;
	if (worker->draining)
		drain = worker->drain_end_ns <= worker->now_ns
				? 0
				: (int)((worker->drain_end_ns - worker->now_ns) /
					  NS_PER_MS) +
					  1;
	return drain >= 0 && (wait < 0 || drain < wait) ? drain : wait;
}

/* Returns 0 or a negative errno. */
static int worker_turn(struct worker *worker)
{
	struct epoll_event events[EVENTS_MAX];
	struct timer *timer;
	int len = epoll_wait(worker->epoll, events, EVENTS_MAX, wait_ms(worker));

	if (len < 0 && errno != EINTR)
		return -errno;
	worker->now_ns = clock_ns(CLOCK_MONOTONIC);
	for (int i = 0; i < len; i++) {
		struct conn *conn = events[i].data.ptr;

		conn_take_events(conn, events[i].events);
		conn_run(worker, conn);
	}
	again_run(worker);
	while ((timer = timers_expired(&worker->timers, worker->now_ns)))
		conn_expired(worker, (struct conn *)timer);
	closed_free(worker);
	if (worker->log)
		log_flush(worker->log);
	return 0;
}

static bool worker_is_drained(const struct worker *worker)
{
	return worker->draining &&
	       (!worker->clients_len || worker->drain_end_ns <= worker->now_ns);
}

int worker_run(struct worker_setup *setup)
{
	const struct control_message ready = {.kind = CONTROL_READY};
	const struct control_message drained = {.kind = CONTROL_DRAINED};
	struct worker worker;
	int error = worker_init(&worker, setup);

	if (!error)
		error = control_send(setup->control, &ready, -1);
	while (!error && !worker_is_drained(&worker))
		error = worker_turn(&worker);
	worker_done(&worker);
	if (!error && worker.keeper_gone)
		error = -EPIPE;
	if (!error)
		error = control_send(setup->control, &drained, -1);
	return error;
}
