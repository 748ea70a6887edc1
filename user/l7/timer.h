/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers in a few lists of one duration each: who is armed last ends last, so to arm, to
 * stop and to find the next one costs the same for ten timers and for a million. Pure. */
#ifndef L7_TIMER_H
#define L7_TIMER_H

#include <stdint.h>

#include "l7/settings.h"

/* What a connection waits for. */
enum timer_kind {
	TIMER_NONE,
	TIMER_HEAD,	/* client: its head, whole */
	TIMER_IDLE,	/* client: its next request */
	TIMER_BODY,	/* either: the next byte of a body or tunnel */
	TIMER_WRITE,	/* either: that it takes some of what waits for it */
	TIMER_CONNECT,	/* pod: that it takes the connection */
	TIMER_RESPONSE, /* pod: the head of the response, whole */
	TIMER_KEPT,	/* pod: another request */
	TIMER_LINGER,	/* client: that it closes, too */
	TIMER_PAUSE,	/* listener: that descriptors are free again */
	TIMERS,
};

struct timer {
	struct timer *next, *previous;
	uint64_t since_ns;
	enum timer_kind kind; /* TIMER_NONE: in no list */
};

struct timers {
	struct timer lists[TIMERS]; /* heads; the oldest comes first */
	uint64_t durations_ns[TIMERS];
};

void timers_init(struct timers *timers, const struct l7_settings *settings);

/* Begin to wait for `kind`, which is not TIMER_NONE; what it waited for ends. */
void timer_arm(struct timers *timers, struct timer *timer, enum timer_kind kind,
	uint64_t now_ns);
void timer_stop(struct timer *timer);

/* A timer that is over, still in its list: the caller stops it or arms it anew. NULL:
 * none. */
struct timer *timers_expired(const struct timers *timers, uint64_t now_ns);

/* The timer of that kind that was armed first; NULL: none. */
struct timer *timers_oldest(const struct timers *timers, enum timer_kind kind);

/* Milliseconds until the next one is over, rounded up; -1: none runs. */
int timers_wait_ms(const struct timers *timers, uint64_t now_ns);

#endif
