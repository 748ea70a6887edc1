/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Part of the third stage: the slot of a client that is remembered, for services with
 * sessionAffinity: ClientIP.
 *
 * The session's slot takes the place of the table's, and moves like any other: when its
 * pod is gone, drains and a new flow comes, or the client was silent for longer than the
 * timeout. So the flows that are open then keep their pods. */
#ifndef SESSION_H
#define SESSION_H

#include "clock.h"
#include "event.h"
#include "flow.h"
#include "pod.h"
#include "slot.h"

/* A session with the slot that it is to have now. */
static __always_inline struct sp_session session_of(sp_slot slot, __u32 now_s)
{
	return (struct sp_session){
		.slot = slot,
		.current_born = pod_get_born(sp_slot_current(slot)),
		.previous_born = pod_get_born(sp_slot_previous(slot)),
		.seen_s = now_s,
	};
}

/* Whose flows are to be kept when the session moves: the oldest pod that lives. */
static __always_inline __u32 session_choose_previous(const struct packet *packet,
	const struct sp_session *session, __u32 now_s, const struct sp_window *window)
{
	if (sp_slot_state(session->slot, now_s, window) == SP_SLOT_MOVING &&
		pod_is_alive(
			packet, sp_slot_previous(session->slot), session->previous_born))
		return sp_slot_previous(session->slot);
	if (pod_is_alive(packet, sp_slot_current(session->slot), session->current_born))
		return sp_slot_current(session->slot);
	return SP_POD_NONE;
}

/* The session's slot once it goes where the table says. */
static __always_inline sp_slot session_move(const struct packet *packet,
	const struct sp_session *session, sp_slot table, __u32 now_s,
	const struct sp_window *window)
{
	__u32 current = sp_slot_current(table);
	__u32 previous = session_choose_previous(packet, session, now_s, window);

	if (!sp_slot_is_clean(session->slot))
		return sp_slot_moved(current, previous, now_s);
	if (previous == SP_POD_NONE)
		return table;
	return previous == current ? sp_slot_clean(current)
				   : sp_slot_moved(current, previous, now_s);
}

/* Whether the packet may be a flow's first one. UDP does not say: where that matters a
 * session moves, and the flows that are open then keep their pods like those of a slot.
 */
static __always_inline _Bool session_may_begin(const struct packet *packet)
{
	if (packet->is_error)
		return 0;
	return packet->source.protocol == IPPROTO_UDP || flow_is_new(packet);
}

/* Whether the session's current pod takes this packet. */
static __always_inline _Bool session_holds(
	const struct packet *packet, const struct sp_session *session, sp_slot table)
{
	__u32 number = sp_slot_current(session->slot);
	const struct sp_pod *pod = pod_find_alive(packet, number);
	const struct sp_pod_version *version;

	if (!pod || pod->born != session->current_born)
		return 0;
	version = pod_find_live(packet, pod);
	return !version || version->state != SP_POD_DRAINING ||
	       !session_may_begin(packet) || number == sp_slot_current(table);
}

/* The slot without a pod that was born under the number of one that is gone. */
static __always_inline sp_slot session_slot(
	const struct packet *packet, const struct sp_session *session)
{
	sp_slot slot = session->slot;

	if (sp_slot_is_clean(slot) ||
		pod_is_alive(packet, sp_slot_previous(slot), session->previous_born))
		return slot;
	return sp_slot_moved(sp_slot_current(slot), SP_POD_NONE, sp_slot_moved_s(slot));
}

/* Nobody has proven to be there by a SYN, so a flood of them makes no session; nor by an
 * error. */
static __always_inline sp_slot session_make(
	const struct packet *packet, const struct sp_session_key *key, sp_slot table)
{
	struct sp_session session = session_of(table, clock_now_s());

	if (!flow_is_new(packet) && !packet->is_error &&
		!bpf_map_update_elem(&sp_sessions, key, &session, BPF_ANY))
		event_count(SP_EVENT_SESSION_MADE);
	return table;
}

/* The slot of the packet's client; `table` is the slot that the table has for it. */
static __noinline sp_slot session_find_slot(
	const struct packet *packet, __u32 timeout_s, sp_slot table)
{
	struct sp_session_key key = {
		.client = packet->source.addr, .service = packet->service};
	struct sp_session *session = bpf_map_lookup_elem(&sp_sessions, &key);
	const __u32 only = 0;
	const struct sp_state *state = bpf_map_lookup_elem(&sp_state, &only);
	struct sp_session moved;
	__u32 now_s;

	if (!session || !state)
		return session_make(packet, &key, table);
	now_s = clock_now_s();
	if (now_s < session->seen_s + timeout_s &&
		session_holds(packet, session, table)) {
		if (session->seen_s != now_s && !packet->is_error)
			session->seen_s = now_s;
		return session_slot(packet, session);
	}
	moved = session_of(
		session_move(packet, session, table, now_s, &state->window), now_s);
	if (!packet->is_error)
		bpf_map_update_elem(&sp_sessions, &key, &moved, BPF_ANY);
	return moved.slot;
}

#endif
