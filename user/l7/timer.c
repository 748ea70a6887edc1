// SPDX-License-Identifier: BSD-2-Clause
/* Rings with a head each, in the order of arming. */
#include "l7/timer.h"

#include "base/clock.h"

#define LINGER_MS 2000 /* for what is still on its way to us */
#define PAUSE_MS 100
#define WAIT_MAX_MS 3600000

void timers_init(struct timers *timers, const struct l7_settings *settings)
{
	const uint32_t ms[TIMERS] = {
		[TIMER_HEAD] = settings->head_ms,
		[TIMER_IDLE] = settings->idle_ms,
		[TIMER_BODY] = settings->idle_ms,
		[TIMER_WRITE] = settings->write_ms,
		[TIMER_CONNECT] = settings->connect_ms,
		[TIMER_RESPONSE] = settings->response_ms,
		[TIMER_KEPT] = settings->idle_ms,
		[TIMER_LINGER] = LINGER_MS,
		[TIMER_PAUSE] = PAUSE_MS,
	};

	for (int kind = 0; kind < TIMERS; kind++) {
		struct timer *list = &timers->lists[kind];

		*list = (struct timer){.next = list, .previous = list};
		timers->durations_ns[kind] = ms[kind] * NS_PER_MS;
	}
}

void timer_stop(struct timer *timer)
{
	if (timer->kind == TIMER_NONE)
		return;
	timer->previous->next = timer->next;
	timer->next->previous = timer->previous;
	timer->kind = TIMER_NONE;
}

void timer_arm(
	struct timers *timers, struct timer *timer, enum timer_kind kind, uint64_t now_ns)
{
	struct timer *list = &timers->lists[kind];

	timer_stop(timer);
	*timer = (struct timer){.next = list,
		.previous = list->previous,
		.since_ns = now_ns,
		.kind = kind};
	list->previous->next = timer;
	list->previous = timer;
}

struct timer *timers_oldest(const struct timers *timers, enum timer_kind kind)
{
	const struct timer *list = &timers->lists[kind];

	return list->next == list ? NULL : list->next;
}

struct timer *timers_expired(const struct timers *timers, uint64_t now_ns)
{
	for (int kind = TIMER_NONE + 1; kind < TIMERS; kind++) {
		struct timer *timer = timers_oldest(timers, kind);

		if (timer && timer->since_ns + timers->durations_ns[kind] <= now_ns)
			return timer;
	}
	return NULL;
}

int timers_wait_ms(const struct timers *timers, uint64_t now_ns)
{
	uint64_t wait_ns = UINT64_MAX;

	for (int kind = TIMER_NONE + 1; kind < TIMERS; kind++) {
		const struct timer *timer = timers_oldest(timers, kind);
		uint64_t end_ns;

		if (!timer)
			continue;
		end_ns = timer->since_ns + timers->durations_ns[kind];
		if (end_ns <= now_ns)
			return 0;
		if (end_ns - now_ns < wait_ns)
			wait_ns = end_ns - now_ns;
	}
	if (wait_ns == UINT64_MAX)
		return -1;
	wait_ns = (wait_ns + NS_PER_MS - 1) / NS_PER_MS;
	return wait_ns > WAIT_MAX_MS ? WAIT_MAX_MS : (int)wait_ns;
}
