/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the program remembered or could not remember on a packet's way: the one list
 * behind the enum, the counters' names, JSON keys and the manual page.
 *
 * SP_EVENTS(X): X(ENUM, "name", "meaning"). An event keeps its place: new ones go to the
 * end. Unlike a reason (reasons.h) an event says nothing about where the packet went. */
#ifndef SP_EVENTS_H
#define SP_EVENTS_H

/* clang-format off */
#define SP_EVENTS(X) \
	X(SYN_REMEMBERED, "syn-remembered", "new TCP flow in a moving slot") \
	X(FLOW_PINNED,    "flow-pinned",    "flow pinned to its pod") \
	X(FLOW_LOST,      "flow-lost",      "flow whose pod was gone: sent to the current pod") \
	X(FLOWS_FULL,     "flows-full",     "flow that could not be pinned: sp_flows is full") \
	X(SESSION_MADE,   "session-made",   "client remembered for its session") \
	X(WAY_REMEMBERED, "way-remembered", "flow to a pod behind more than one VIP") \
	X(FRAGMENT_REMEMBERED, "fragment-remembered", "first fragment whose later ones follow it")
/* clang-format on */

#define SP_EVENT_ENUM(name, text, meaning) SP_EVENT_##name,
enum sp_event { SP_EVENTS(SP_EVENT_ENUM) SP_EVENT_COUNT };
#undef SP_EVENT_ENUM

#endif
