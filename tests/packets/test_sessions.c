/* SPDX-License-Identifier: BSD-2-Clause */
/* Services with sessionAffinity: ClientIP: a remembered client's slot takes the place of
 * the table's. */
#include <arpa/inet.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "shop.h"

/* The table says pod 1 unless the row changes it; the client was on pod 0. */
#define OLD 0
#define NEW 1
#define OTHER 2

#define TIMEOUT_S 600

static struct shop shop;

static bool reaches(enum shop_packet packet, uint32_t place)
{
	return shop_reaches(&shop, packet, place);
}

/* Another connection of the same client. */
static bool next_reaches(enum shop_packet packet, uint32_t place)
{
	shop.client_port++;
	return reaches(packet, place);
}

static void open_sessions(void)
{
	shop.service.versions[0].session_timeout_s = TIMEOUT_S;
	shop_write_service(&shop);
}

static void table_says(uint32_t place)
{
	shop_set_slots(&shop, sp_slot_clean(shop_pod(&shop, place)));
}

static struct sp_session_key session_key(void)
{
	return (struct sp_session_key){
		.client = frame_to_vip(&shop.at).source.addr, .service = shop.at.number};
}

static bool find_session(struct sp_session *ret_session)
{
	struct sp_session_key key = session_key();

	return !bpf_map_lookup_elem(loaded_map_fd("sp_sessions"), &key, ret_session);
}

static void write_session(const struct sp_session *session)
{
	struct sp_session_key key = session_key();

	if (bpf_map_update_elem(loaded_map_fd("sp_sessions"), &key, session, BPF_ANY))
		abort();
}

/* Whether the client's session has these pods; `previous` SHOP_PODS: none. */
static bool session_is(uint32_t current, uint32_t previous)
{
	struct sp_session session;

	return find_session(&session) &&
	       sp_slot_current(session.slot) == shop_pod(&shop, current) &&
	       session.current_born == shop.pods[current].born &&
	       sp_slot_previous(session.slot) ==
		       (previous == SHOP_PODS ? SP_POD_NONE : shop_pod(&shop, previous));
}

/* The client was seen so long ago, with a slot that is clean. */
static void session_on_old(uint32_t silent_s)
{
	struct sp_session session = {.slot = sp_slot_clean(shop_pod(&shop, OLD)),
		.current_born = 1,
		.seen_s = shop_now_s() - silent_s};

	open_sessions();
	table_says(NEW);
	write_session(&session);
}

static bool row_no_sessions(void)
{
	struct sp_session session;

	return reaches(SHOP_DATA, OLD) && !find_session(&session);
}

static bool row_made(void)
{
	long events = loaded_read_event(SP_EVENT_SESSION_MADE);
	struct sp_session session;

	open_sessions();
	return reaches(SHOP_DATA, OLD) && session_is(OLD, SHOP_PODS) &&
	       find_session(&session) && shop_now_s() - session.seen_s <= 1 &&
	       reaches(SHOP_DATA, OLD) &&
	       loaded_read_event(SP_EVENT_SESSION_MADE) == events + 1;
}

static bool row_not_by_syn(void)
{
	struct sp_session session;

	open_sessions();
	return reaches(SHOP_SYN, OLD) && !find_session(&session) &&
	       reaches(SHOP_DATA, OLD) && find_session(&session);
}

static bool row_holds(void)
{
	session_on_old(0);
	return reaches(SHOP_SYN, OLD) && reaches(SHOP_DATA, OLD) &&
	       next_reaches(SHOP_SYN, OLD) && next_reaches(SHOP_DATA, OLD) &&
	       session_is(OLD, SHOP_PODS);
}

/* A client's session is that of its address with this service alone. */
static bool row_whose(void)
{
	struct shop other;
	bool right;

	session_on_old(0);
	right = reaches(SHOP_DATA, OLD);
	shop_open(&other, (uint32_t)(shop.at.key == SP_KEY_SOURCE_IP) * 2 +
				  (uint32_t)!shop_is_tcp(&shop) * 4 +
				  (uint32_t)!sp_addr_is_v4(&shop.at.vip.addr) * 8);
	other.service.versions[0].session_timeout_s = TIMEOUT_S;
	shop_write_service(&other);
	shop_set_slots(&other, sp_slot_clean(shop_pod(&other, OTHER)));
	return right && shop_reaches(&other, SHOP_DATA, OTHER) && reaches(SHOP_DATA, OLD);
}

static bool row_refresh(void)
{
	struct sp_session session;

	session_on_old(TIMEOUT_S / 2);
	return reaches(SHOP_DATA, OLD) && find_session(&session) &&
	       shop_now_s() - session.seen_s <= 1;
}

static bool row_last_second(void)
{
	session_on_old(TIMEOUT_S - 2);
	return reaches(SHOP_SYN, OLD);
}

static bool row_clock_behind(void)
{
	session_on_old(0u - 1);
	return reaches(SHOP_SYN, OLD) && reaches(SHOP_DATA, OLD);
}

static bool row_timeout(void)
{
	session_on_old(TIMEOUT_S);
	return reaches(shop_is_tcp(&shop) ? SHOP_SYN : SHOP_DATA,
		       shop_is_tcp(&shop) ? NEW : OLD) &&
	       session_is(NEW, OLD);
}

/* The session is over, the connection is not. */
static bool row_timeout_open_flow(void)
{
	session_on_old(TIMEOUT_S);
	return reaches(SHOP_DATA, OLD) && session_is(NEW, OLD) &&
	       shop_has_flow(&shop, "sp_flows", OLD) && next_reaches(SHOP_SYN, NEW) &&
	       reaches(SHOP_DATA, NEW);
}

static bool row_timeout_same_pod(void)
{
	struct sp_session session;

	session_on_old(TIMEOUT_S);
	table_says(OLD);
	return reaches(SHOP_DATA, OLD) && session_is(OLD, SHOP_PODS) &&
	       find_session(&session) && sp_slot_is_clean(session.slot) &&
	       shop_now_s() - session.seen_s <= 1;
}

static bool row_pod_dies(void)
{
	session_on_old(0);
	if (!reaches(SHOP_DATA, OLD))
		return false;
	shop_set_state(&shop, OLD, SP_POD_GONE);
	return reaches(SHOP_DATA, NEW) && session_is(NEW, SHOP_PODS) &&
	       next_reaches(SHOP_SYN, NEW);
}

static bool row_number_is_used_again(void)
{
	session_on_old(0);
	shop.pods[OLD].born = 2;
	shop_write_pod(&shop, OLD);
	return reaches(SHOP_DATA, NEW) && session_is(NEW, SHOP_PODS);
}

static bool row_pod_changes_service(void)
{
	session_on_old(0);
	shop.pods[OLD].versions[0].service++;
	shop_write_pod(&shop, OLD);
	return reaches(SHOP_DATA, NEW) && session_is(NEW, SHOP_PODS);
}

static bool row_drains(void)
{
	session_on_old(0);
	shop_set_state(&shop, OLD, SP_POD_DRAINING);
	if (!shop_is_tcp(&shop))
		return reaches(SHOP_DATA, OLD) && session_is(NEW, OLD) &&
		       shop_has_flow(&shop, "sp_flows", OLD);
	/* The first connection is open, the second one is new. */
	return reaches(SHOP_DATA, OLD) && session_is(OLD, SHOP_PODS) &&
	       next_reaches(SHOP_SYN, NEW) && session_is(NEW, OLD) &&
	       reaches(SHOP_DATA, NEW) && shop_has_flow(&shop, "sp_flows", NEW);
}

/* A datagram does not say whether it is a flow's first one: like a slot's, flows that are
 * seen while the session moves stay, and those that come later go to the next pod. */
static bool row_drains_later(void)
{
	struct sp_session session;
	bool right;

	session_on_old(0);
	shop_set_state(&shop, OLD, SP_POD_DRAINING);
	right = reaches(SHOP_DATA, OLD) && find_session(&session);
	session.slot = sp_slot_moved(
		shop_pod(&shop, NEW), shop_pod(&shop, OLD), shop_now_s() - SHOP_OVER_S);
	write_session(&session);
	return right && reaches(SHOP_DATA, OLD) && next_reaches(SHOP_DATA, NEW);
}

static bool row_drains_open_flow(void)
{
	bool right;

	session_on_old(0);
	shop_set_state(&shop, OLD, SP_POD_DRAINING);
	right = reaches(SHOP_DATA, OLD) && next_reaches(SHOP_SYN, NEW);
	shop.client_port--;
	return right && reaches(SHOP_DATA, OLD) && shop_has_flow(&shop, "sp_flows", OLD);
}

static bool row_drained_dies(void)
{
	bool right;

	session_on_old(0);
	shop_set_state(&shop, OLD, SP_POD_DRAINING);
	right = reaches(SHOP_DATA, OLD) && next_reaches(SHOP_SYN, NEW);
	shop.client_port--;
	right &= reaches(SHOP_DATA, OLD);
	shop_set_state(&shop, OLD, SP_POD_GONE);
	return right && reaches(SHOP_DATA, NEW) && next_reaches(SHOP_SYN, NEW);
}

/* The pod that the session moved to dies; flows of the one before it live on. */
static bool row_second_dies(void)
{
	bool right;

	session_on_old(0);
	shop_set_state(&shop, OLD, SP_POD_DRAINING);
	right = reaches(SHOP_DATA, OLD) && next_reaches(SHOP_SYN, NEW) &&
		reaches(SHOP_DATA, NEW);
	table_says(OTHER);
	shop_set_state(&shop, NEW, SP_POD_GONE);
	right &= reaches(SHOP_DATA, OTHER) && session_is(OTHER, OLD);
	shop.client_port--;
	return right && reaches(SHOP_DATA, OLD);
}

static bool row_previous_number_used_again(void)
{
	bool right;

	session_on_old(0);
	shop_set_state(&shop, OLD, SP_POD_DRAINING);
	right = reaches(SHOP_DATA, OLD) && next_reaches(SHOP_SYN, NEW);
	shop.pods[OLD].born = 2;
	shop_write_pod(&shop, OLD);
	shop.client_port--;
	return right && reaches(SHOP_DATA, NEW);
}

static bool row_all_drain(void)
{
	session_on_old(0);
	table_says(OLD);
	shop_set_state(&shop, OLD, SP_POD_DRAINING);
	return reaches(SHOP_SYN, OLD) && reaches(SHOP_DATA, OLD) &&
	       session_is(OLD, SHOP_PODS);
}

/* The session's own window is over: what is pinned stays, what is not goes on. */
static bool row_pinned(void)
{
	struct sp_session session;
	bool right;

	session_on_old(TIMEOUT_S);
	right = reaches(SHOP_DATA, OLD) && find_session(&session);
	session.slot = sp_slot_moved(
		shop_pod(&shop, NEW), shop_pod(&shop, OLD), shop_now_s() - SHOP_OVER_S);
	write_session(&session);
	right &= reaches(SHOP_DATA, OLD);
	return right && next_reaches(SHOP_DATA, NEW) &&
	       !shop_has_flow(&shop, "sp_flows", NEW);
}

/* The window is over and the session's pod dies; a pin to the one before it is left. */
static bool row_pinned_dies(void)
{
	struct sp_session session;
	bool right;

	session_on_old(TIMEOUT_S);
	right = reaches(SHOP_DATA, OLD) && find_session(&session);
	session.slot = sp_slot_moved(
		shop_pod(&shop, NEW), shop_pod(&shop, OLD), shop_now_s() - SHOP_OVER_S);
	write_session(&session);
	shop_set_state(&shop, NEW, SP_POD_GONE);
	table_says(OTHER);
	right &= next_reaches(SHOP_DATA, OTHER) && session_is(OTHER, SHOP_PODS);
	shop.client_port--;
	return right && reaches(SHOP_DATA, OLD);
}

/* Who comes while the table's slot moves has a session that moves. */
static bool row_made_moving(void)
{
	open_sessions();
	shop_move(&shop, NEW, OLD, 1);
	return reaches(SHOP_DATA, OLD) && session_is(NEW, OLD) &&
	       shop_has_flow(&shop, "sp_flows", OLD) &&
	       (!shop_is_tcp(&shop) || next_reaches(SHOP_SYN, NEW));
}

static bool row_made_moving_new(void)
{
	open_sessions();
	shop_move(&shop, NEW, OLD, 1);
	return reaches(SHOP_SYN, NEW) && reaches(SHOP_DATA, NEW) &&
	       session_is(NEW, OLD) && shop_has_flow(&shop, "sp_flows", NEW);
}

static const struct shop_row rows[] = {
	{SHOP_ANY, "without sessionAffinity no client is remembered", row_no_sessions},
	{SHOP_ANY, "a client's first packet makes its session", row_made},
	{SHOP_TCP, "a SYN alone makes no session", row_not_by_syn},
	{SHOP_ANY, "a client stays on its pod, whatever the table says", row_holds},
	{SHOP_ANY, "a session is one service's", row_whose},
	{SHOP_ANY, "traffic refreshes a session", row_refresh},
	{SHOP_ANY, "a session holds to the last second of its timeout", row_last_second},
	{SHOP_ANY, "a session holds for a clock that lags behind", row_clock_behind},
	{SHOP_ANY, "a session that timed out goes where the table says", row_timeout},
	{SHOP_TCP, "a session that timed out breaks no open flow", row_timeout_open_flow},
	{SHOP_ANY, "a session that timed out begins again on the same pod",
		row_timeout_same_pod},
	{SHOP_ANY, "a session's pod dies: the table decides", row_pod_dies},
	{SHOP_ANY, "a session does not follow its pod's number",
		row_number_is_used_again},
	{SHOP_ANY, "a session does not follow its pod to another service",
		row_pod_changes_service},
	{SHOP_ANY, "draining beats a session for new connections", row_drains},
	{SHOP_UDP, "draining moves a UDP session in its window, but no flow of it",
		row_drains_later},
	{SHOP_TCP, "draining breaks no open connection", row_drains_open_flow},
	{SHOP_TCP, "a drained pod dies: its flows move at once", row_drained_dies},
	{SHOP_TCP, "the next pod dies: flows on the draining one live on",
		row_second_dies},
	{SHOP_TCP, "a session's previous pod is not followed by its number",
		row_previous_number_used_again},
	{SHOP_ANY, "all pods drain: a session stays", row_all_drain},
	{SHOP_ANY, "a session's window is over", row_pinned},
	{SHOP_ANY, "a session's pod dies when its window is over: pins are left",
		row_pinned_dies},
	{SHOP_ANY, "a session made while the table's slot moves", row_made_moving},
	{SHOP_TCP, "a session made by a new flow while the table's slot moves",
		row_made_moving_new},
};

int main(void)
{
	return shop_main(&shop, rows, sizeof(rows) / sizeof(rows[0]));
}
