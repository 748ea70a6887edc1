// SPDX-License-Identifier: BSD-2-Clause
/* From a request's key to its pod, as Envoy does; without a key, the pod with fewer
 * requests in flight of two that chance names. */
#include "l7/pick.h"

#include <errno.h>
#include <string.h>

#include "hash.h"
#include "http/forwarded.h"
#include "l7/client.h"
#include "l7/pods.h"
#include "model/text.h"
#include "table/key.h"

#define PAIRS_MAX 4    /* of pods that chance names, before all are looked at */
#define SWEEP_MAX 4096 /* slots that are looked at then */

/* --- Any pod --- */

static int pick_random(
	struct worker *worker, const struct vip *vip, struct l7_pick *ret_pick)
{
	return l7_pick_hashed(
		&worker->setup->tables, &vip->service, worker_random(worker), ret_pick);
}

static int pick_pair(
	struct worker *worker, const struct vip *vip, struct l7_pick *ret_pick)
{
	struct l7_pick other;
	uint64_t until_ns;
	bool is_down;
	int error = pick_random(worker, vip, ret_pick);

	if (!error)
		error = pick_random(worker, vip, &other);
	if (error)
		return error;
	is_down = pod_is_down(worker, ret_pick, &until_ns);
	if (pod_is_down(worker, &other, &until_ns))
		return is_down ? -EHOSTDOWN : 0;
	if (is_down || pod_load(worker, &other) < pod_load(worker, ret_pick))
		*ret_pick = other;
	return 0;
}

/* Look at one slot after the other. When all is down, remember until when. */
static int pick_sweep(struct worker *worker, struct vip *vip, struct l7_pick *ret_pick)
{
	uint32_t size = vip->service.version.size;
	uint32_t len = size < SWEEP_MAX ? size : SWEEP_MAX;
	uint32_t first = (uint32_t)(worker_random(worker) % size);
	uint64_t soonest_ns = UINT64_MAX, until_ns = 0;

	for (uint32_t i = 0; i < len; i++) {
		int error = l7_pick_slot(&worker->setup->tables, &vip->service,
			(uint32_t)(((uint64_t)first + i) % size), ret_pick);

		if (error)
			return error;
		if (!pod_is_down(worker, ret_pick, &until_ns))
			return 0;
		if (until_ns < soonest_ns)
			soonest_ns = until_ns;
	}
	if (len == size) {
		vip->down_until_ns = soonest_ns;
		vip->down_generation = vip->service.generation;
	}
	return -EHOSTDOWN;
}

static int pick_any_once(struct worker *worker, struct vip *vip, struct l7_pick *ret_pick)
{
	int error = -EHOSTDOWN;

	if (!l7_service_refresh(&worker->setup->tables, &vip->service) ||
		!vip->service.version.size)
		return -ENOENT;
	if (vip->down_until_ns > worker->now_ns &&
		vip->down_generation == vip->service.generation)
		return -EHOSTDOWN;
	for (int i = 0; i < PAIRS_MAX && error == -EHOSTDOWN; i++)
		error = pick_pair(worker, vip, ret_pick);
	return error == -EHOSTDOWN ? pick_sweep(worker, vip, ret_pick) : error;
}

int pick_any(struct worker *worker, struct vip *vip, struct l7_pick *ret_pick)
{
	int error;

	do
		error = pick_any_once(worker, vip, ret_pick);
	while (error == -EAGAIN);
	return error;
}

/* --- The pod of a key --- */

/* Where a cookie is missing that may be made, make it. */
static bool cookie_make(struct client *client, const struct policy *policy,
	struct picked *picked, uint64_t *ret_hash)
{
	char buffer[KEY_COOKIE_LEN];
	struct text value = {.bytes = buffer, .len = KEY_COOKIE_LEN - 1};
	struct composer composer = {
		.bytes = picked->set_cookie, .size = sizeof(picked->set_cookie)};

	if (policy->cookie_ttl_s < 0)
		return false;
	key_make_cookie(&client->peer, client_local(client), buffer);
	compose_cookie(&composer, policy, value);
	if (composer.full)
		return false;
	picked->set_cookie_len = composer.len;
	*ret_hash = key_hash_text(value);
	return true;
}

static bool hash_cookie(struct client *client, const struct policy *policy,
	const struct http_head *head, struct picked *picked, uint64_t *ret_hash)
{
	struct text lines[HTTP_FIELDS_MAX], value;
	size_t len = 0;

	for (size_t i = 0; i < head->fields_len; i++)
		if (head->fields[i].known == HTTP_COOKIE)
			lines[len++] = head->fields[i].value;
	if (!key_find_cookie(lines, len, text_of(policy->key_name), &value))
		return cookie_make(client, policy, picked, ret_hash);
	*ret_hash = key_hash_text(value);
	return true;
}

static bool hash_header(const struct worker *worker, const struct client *client,
	const struct http_head *head, uint64_t *ret_hash)
{
	const char *name = client->vip->service.policy.key_name;
	char vip_text[ENDPOINT_TEXT_MAX];
	struct forwarded forwarded = client_forwarded(worker, client, head, vip_text);

	return forwarded_hash_header(head, text_of(name), &forwarded, ret_hash);
}

static bool hash_query(
	const struct policy *policy, const struct http_head *head, uint64_t *ret_hash)
{
	struct text value;

	if (!key_find_query(head->path, text_of(policy->key_name), &value))
		return false;
	*ret_hash = key_hash_text(value);
	return true;
}

static uint64_t hash_source(const struct worker *worker, const struct client *client,
	const struct http_head *head)
{
	const struct l7_ranges *trusted = &worker->settings->trusted;
	struct sp_addr addr =
		forwarded_client(head, &client->peer, trusted->at, trusted->len);

	return sp_hash_source_ip(&addr);
}

/* False: the request has no key. */
static bool pick_hash(struct worker *worker, struct client *client,
	const struct http_head *head, struct picked *picked, uint64_t *ret_hash)
{
	const struct policy *policy = &client->vip->service.policy;

	switch (policy->key) {
	case SP_KEY_COOKIE:
		return hash_cookie(client, policy, head, picked, ret_hash);
	case SP_KEY_HEADER:
		return hash_header(worker, client, head, ret_hash);
	case SP_KEY_QUERY:
		return hash_query(policy, head, ret_hash);
	case SP_KEY_SOURCE_IP:
		*ret_hash = hash_source(worker, client, head);
		return true;
	case SP_KEY_SOURCE_IP_PORT:
		break;
	}
	return false;
}

static int pick_once(struct worker *worker, struct client *client,
	const struct http_head *head, struct picked *ret_picked)
{
	struct l7_service *service = &client->vip->service;
	const struct l7_tables *tables = &worker->setup->tables;
	uint64_t hash, until_ns;
	int error;

	ret_picked->set_cookie_len = 0;
	if (!l7_service_refresh(tables, service))
		return -ENOENT;
	ret_picked->is_keyed = pick_hash(worker, client, head, ret_picked, &hash);
	if (!ret_picked->is_keyed)
		return pick_any(worker, client->vip, &ret_picked->pick);
	error = l7_pick_hashed(tables, service, hash, &ret_picked->pick);
	if (!error && pod_is_down(worker, &ret_picked->pick, &until_ns))
		error = -EHOSTDOWN;
	return error;
}

int pick_pod(struct worker *worker, struct client *client, const struct http_head *head,
	struct picked *ret_picked)
{
	int error;

	do
		error = pick_once(worker, client, head, ret_picked);
	while (error == -EAGAIN);
	return error;
}
