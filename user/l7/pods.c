// SPDX-License-Identifier: BSD-2-Clause
/* Pods by their number, and their health. */
#include "l7/pods.h"

#include <string.h>

#include "base/clock.h"
#include "l7/core.h"

static bool pod_is(const struct l7_pod *pod, const struct l7_pick *pick)
{
	return pod && pod->born == pick->born &&
	       memcmp(&pod->at, &pick->pod, sizeof(pod->at)) == 0;
}

static struct l7_pod *pod_find(const struct worker *worker, const struct l7_pick *pick)
{
	struct l7_pod *pod = worker->pods_by_number[pick->number];

	return pod_is(pod, pick) ? pod : NULL;
}

/* Its number means another pod now. */
static void pod_retire(struct worker *worker, struct l7_pod *pod)
{
	worker->pods_by_number[pod->number] = NULL;
	pod->users++;
	while (pod->kept)
		pod_conn_close(worker, pod->kept);
	pod->is_current = false;
	pod_unuse(worker, pod);
}

static struct l7_pod *pod_new(struct worker *worker, const struct l7_pick *pick)
{
	struct l7_pod *pod = pool_get(&worker->pods);

	if (!pod)
		return NULL;
	*pod = (struct l7_pod){
		.at = pick->pod,
		.number = pick->number,
		.born = pick->born,
		.is_current = true,
	};
	if (worker->pods_by_number[pick->number])
		pod_retire(worker, worker->pods_by_number[pick->number]);
	worker->pods_by_number[pick->number] = pod;
	return pod;
}

struct l7_pod *pod_use(struct worker *worker, const struct l7_pick *pick)
{
	struct l7_pod *pod = pod_find(worker, pick);

	if (!pod)
		pod = pod_new(worker, pick);
	if (pod)
		pod->users++;
	return pod;
}

void pod_unuse(struct worker *worker, struct l7_pod *pod)
{
	if (!--pod->users && !pod->is_current)
		pool_put(&worker->pods, pod);
}

uint32_t pod_load(const struct worker *worker, const struct l7_pick *pick)
{
	const struct l7_pod *pod = pod_find(worker, pick);

	return pod ? pod->in_flight : 0;
}

bool pod_is_down(
	const struct worker *worker, const struct l7_pick *pick, uint64_t *ret_until_ns)
{
	const struct l7_pod *pod = pod_find(worker, pick);

	*ret_until_ns = 0;
	/* A connection that is there already may do. */
	if (!pod || !pod->down_until_ns || pod->kept)
		return false;
	if (pod->down_until_ns <= worker->now_ns)
		return pod->is_tried;
	*ret_until_ns = pod->down_until_ns;
	return true;
}

void pod_failed(struct worker *worker, struct l7_pod *pod)
{
	pod->down_until_ns = worker->now_ns + worker->settings->down_ms * NS_PER_MS;
	pod->is_tried = false;
}
