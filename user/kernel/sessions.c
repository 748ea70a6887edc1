// SPDX-License-Identifier: BSD-2-Clause
/* Sessions that moved: those that no flow needs as they are become clean.
 *
 * A session cannot be changed in place, only written over, and what the program wrote in
 * between would be lost. So only those are touched that no packet can move meanwhile:
 * their pod is ready, which stays so while a writer has the lock, and they do not time
 * out. */
#include "kernel/sessions.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* So long before its end a session is left alone. */
#define MARGIN_S 60

static int see_session(void *context, const void *key, const void *value)
{
	struct sessions *sessions = context;
	const struct sp_session *session = value;
	struct moved_session *at;

	if (sp_slot_is_clean(session->slot))
		return 0;
	at = array_grow(sessions->at, sessions->len, &sessions->size, sizeof(*at));
	if (!at)
		return -ENOMEM;
	sessions->at = at;
	at[sessions->len++] = (struct moved_session){
		.key = *(const struct sp_session_key *)key, .session = *session};
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct sp_session_key));
}

int sessions_read(const struct kernel *kernel, struct sessions *ret_sessions)
{
	struct sessions sessions = {0};
	int error = batch_each(kernel->maps[MAP_SESSIONS], sizeof(struct sp_session_key),
		sizeof(struct sp_session), see_session, &sessions);

	if (error) {
		sessions_done(&sessions);
		return error;
	}
	if (sessions.len)
		qsort(sessions.at, sessions.len, sizeof(*sessions.at), compare_keys);
	*ret_sessions = sessions;
	return 0;
}

void sessions_done(struct sessions *sessions)
{
	free(sessions->at);
	*sessions = (struct sessions){0};
}

struct moved_session *sessions_find(
	const struct sessions *sessions, const struct sp_session_key *key)
{
	return sessions->len ? bsearch(key, sessions->at, sessions->len,
				       sizeof(*sessions->at), compare_keys)
			     : NULL;
}

static bool can_rest(const struct kernel *kernel, const struct moved_session *moved,
	uint32_t now_s, const struct sp_window *window)
{
	const struct sp_session *session = &moved->session;
	uint32_t generation = kernel->state->generation;
	uint32_t number = sp_slot_current(session->slot);
	const struct sp_service_version *version;

	if (moved->is_needed || moved->key.service >= SP_SERVICES_MAX ||
		sp_slot_state(session->slot, now_s, window) != SP_SLOT_PINNED ||
		!pod_is_alive(kernel, number, session->current_born, moved->key.service,
			generation) ||
		pod_live(&kernel->pods[number], generation)->state != SP_POD_READY)
		return false;
	version = service_live(&kernel->services[moved->key.service], generation);
	return version && now_s + MARGIN_S < session->seen_s + version->session_timeout_s;
}

void sessions_settle(const struct kernel *kernel, const struct sessions *sessions,
	uint32_t now_s, const struct sp_window *window)
{
	for (size_t i = 0; i < sessions->len; i++) {
		const struct moved_session *moved = &sessions->at[i];
		struct sp_session clean = {
			.slot = sp_slot_clean(sp_slot_current(moved->session.slot)),
			.current_born = moved->session.current_born,
			.seen_s = moved->session.seen_s,
		};

		/* One that was pushed out meanwhile stays out. */
		if (can_rest(kernel, moved, now_s, window))
			bpf_map_update_elem(kernel->maps[MAP_SESSIONS], &moved->key,
				&clean, BPF_EXIST);
	}
}
