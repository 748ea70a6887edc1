/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker in a thread of its own, in front of pods that the test plays itself, as it
 * does the clients: one thing after the other, on loopback, without root. */
#ifndef WORLD_H
#define WORLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "l7/settings.h"
#include "l7/stats.h"
#include "l7/worker.h"
#include "model/model.h"

#define WORLD_PODS_MAX 4
#define WORLD_WAIT_MS 5000 /* for what must happen */

struct world {
	struct l7_settings settings; /* may be changed before world_start() */
	const char *policy;	     /* "key=cookie:sid": of the service, same */
	int pods_len;
	bool is_v6;

	int listen_fd;
	struct sp_endpoint at;	     /* where clients connect to */
	int pod_fds[WORLD_PODS_MAX]; /* listening; -1: the pod is down */
	struct sp_endpoint pods_at[WORLD_PODS_MAX];

	struct worker_setup setup;
	struct sp_state state;
	struct sp_service services[1];
	struct sp_pod pods[WORLD_PODS_MAX];
	struct model model;
	int control; /* the keeper's end */
	pthread_t thread;
	int result; /* of worker_run() */
};

/* Settings in which nothing takes long but nothing is hasty, and one pod. */
void world_init(struct world *world);

/* Make the pods' sockets, the tables, and run the worker. */
void world_start(struct world *world);

/* Drain, and wait for the worker's end; everything is freed. Returns what worker_run()
 * returned. */
int world_stop(struct world *world);

/* The same, of a worker that has ended already and was waited for. */
void world_free(struct world *world);

/* Ask the worker to drain. */
void world_drain(struct world *world);

/* Requests that ended so, once `requests` have ended in all. */
uint64_t world_count_status(struct world *world, uint64_t requests, int hundreds);
uint64_t world_count_flag(struct world *world, uint64_t requests, enum record_flag flag);

/* The place of the pod that a key with this text leads to. */
int world_pod_of(const struct world *world, const char *text);

/* Give the slots of pod `from` to pod `to`, as an apply would. */
void world_move_slots(struct world *world, int from, int to);

/* --- Sockets, all of them blocking --- */

int client_connect(const struct world *world);

/* The next connection that the pod gets; -1 when none comes. */
int pod_accept(const struct world *world, int pod);
/* Whether a socket has nothing to accept or to read within that time. */
bool world_is_quiet(int fd, int wait_ms);
/* Whether no connection waits there. */
bool pod_is_alone(const struct world *world, int pod);
/* The pod listens no longer. */
void pod_close(struct world *world, int pod);

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

void say(int fd, const char *text);
void say_bytes(int fd, const void *bytes, size_t len);

/* Read until the bytes read end in `end`. Returns them as a string, in memory that the
 * next call uses, or what had come when the peer closed or was silent for too long. */
const char *hear_until(int fd, const char *end);

/* Read exactly `len` bytes, as above. */
const char *hear_bytes(int fd, size_t len);

/* Whether the next bytes are these. */
bool hear(int fd, const char *text);

/* Whether the peer says nothing more and closes; reset: whether it broke off. */
bool hear_end(int fd);
bool hear_reset(int fd);

/* Whether nothing comes for a moment. */
bool hear_nothing(int fd);

/* Read a head. Returns whether it contains `text`. */
bool hear_head_with(int fd, const char *text);

#endif
