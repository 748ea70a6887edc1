/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the maps hold: written by the loader, read by the XDP program. */
#ifndef SP_TYPES_H
#define SP_TYPES_H

#include "addr.h"
#include "limits.h"
#include "slot.h"

enum sp_key {
	SP_KEY_SOURCE_IP_PORT, /* the default: binary 5-tuple */
	SP_KEY_SOURCE_IP,
	SP_KEY_COOKIE,
	SP_KEY_HEADER,
	SP_KEY_QUERY,
};

enum sp_algorithm {
	SP_ALGORITHM_MAGLEV,
	SP_ALGORITHM_RING_HASH,
};

enum sp_forward {
	SP_FORWARD_NAT,
	SP_FORWARD_L2,
	SP_FORWARD_IPIP,
	SP_FORWARD_GUE,
	SP_FORWARD_L7, /* by the HTTP helper; XDP hands the service's packets up */
};

/* Versions: how a whole apply becomes live by one store.
 *
 * Services and pods hold two versions each. A version counts from its generation on; the
 * live one is that with the highest generation that is not above sp_state.generation.
 * The loader overwrites the version that is not live with generation + 1 wherever
 * something changes, and then publishes all of it by storing generation + 1 to sp_state.
 * Killed before that store, nothing has changed for a packet; the next loader wipes
 * versions from the future before it writes. Generation 0 means an empty version. */

/* A service from one generation on. A table is `size` slots at word `first` of the
 * tables; for a ring, `size` points and an index of 2^index_bits words follow
 * (lookup.h). */
struct sp_service_version {
	__u32 generation;
	__u32 first;	 /* word in sp_tables */
	__u32 size;	 /* slots; 0: no pod can take a client */
	__u8 present;	 /* 0: the service is gone from this generation on */
	__u8 key;	 /* enum sp_key */
	__u8 algorithm;	 /* enum sp_algorithm */
	__u8 index_bits; /* ring: the index has 2^index_bits words */
	__u8 forward;	 /* enum sp_forward */
	__u8 moved;    /* 1: not all slots are clean, or the table is not yet as built */
	__u8 filtered; /* 0: anyone may come; else 1 + the version's place */
	__u8 zero;
	__u32 session_timeout_s; /* 0: clients are not remembered */
	/* XXH64 of policy and pods: equal means that the loader has nothing to do. */
	__u64 fingerprint;
};

/* Whether the HTTP helper serves it. States of before SP_FORWARD_L7 have the key alone.
 */
static inline _Bool sp_version_is_l7(const struct sp_service_version *version)
{
	return version->forward == SP_FORWARD_L7 || version->key > SP_KEY_SOURCE_IP;
}

/* sp_services: service number -> what it is. The versions and the VIP are what a packet
 * reads, the texts are for people and the loader. */
struct sp_service {
	char vip_text[SP_VIP_LEN];
	char name[SP_NAME_LEN];
	__u32 zero;
	struct sp_endpoint vip; /* all zero: the number is free */
	struct sp_service_version versions[2];
	char policy[2][SP_POLICY_LEN]; /* in a plain list's words, one per version */
};

enum sp_pod_state {
	SP_POD_GONE,
	SP_POD_READY,
	SP_POD_DRAINING, /* no new clients */
};

/* Who says that a pod drains. */
enum sp_drained {
	SP_DRAINED_NOT,	    /* by hand; the manifests may say so */
	SP_DRAINED_BY_HAND, /* `samepod drain`; the manifests say ready */
	SP_DRAINED_BOTH,
};

/* A pod from one generation on: whose it is. */
struct sp_pod_version {
	__u32 generation;
	__u32 service; /* number in sp_services */
	/* In the service's list: the order that rings are built in. Of a pod that is
	 * gone: the number that has its endpoint now, or SP_POD_NONE. */
	__u32 place;
	__u8 weight;
	__u8 drained; /* enum sp_drained */
	__u8 state;   /* enum sp_pod_state */
	__u8 shared;  /* 1: other services have this endpoint too; sp_ways knows the way
			 back */
};

/* sp_pods: pod number -> a pod of one service. An endpoint that serves two VIPs has a
 * number for each. */
struct sp_pod {
	struct sp_endpoint at; /* all zero: the number is free */
	__u32 born; /* generation in which the number was taken: flows, sessions and
		     * ways that remember another birth mean another pod */
	struct sp_pod_version versions[2];
	/* Flows that began before others got the endpoint, too, and have not been seen
	 * since then, came by this service: up to this second of CLOCK_MONOTONIC. */
	__u32 alone_s;
	__u32 zero;
};

/* sp_state: the one entry that says what is live, and the settings of affinity. Times
 * are seconds of CLOCK_MONOTONIC, whole ones: the packet path reads a coarse clock. */
struct sp_state {
	__u32 layout; /* SP_LAYOUT of the loader that made the maps */
	__u32 generation;
	struct sp_window window;
	__u32 tcp_idle_s; /* when a flow that is silent is forgotten */
	__u32 udp_idle_s;
};

/* sp_flows: flow -> its pod. The key of sp_syns, too. */
struct sp_flow_key {
	struct sp_endpoint client;
	__u32 service; /* number in sp_services */
};

struct sp_flow {
	__u32 pod;    /* number in sp_pods */
	__u32 born;   /* of that pod */
	__u32 seen_s; /* last packet, or up to SP_FLOW_STEP_S before it */
	__u32 closed; /* 1: a FIN or RST was seen; packets may still follow */
};

/* Whether a flow was silent for so long that it is forgotten; written once for loader and
 * program. A closed one need not be kept for longer than one that has no end. Seen by a
 * clock that is ahead of `now_s`, it is not idle. */
static inline _Bool sp_flow_is_idle(const struct sp_flow *flow, _Bool is_tcp,
	const struct sp_state *state, __u32 now_s)
{
	_Bool is_long = is_tcp && !flow->closed;

	return now_s >= flow->seen_s + SP_FLOW_STEP_S +
				(is_long ? state->tcp_idle_s : state->udp_idle_s);
}

/* sp_sessions: client of a service -> its slot. */
struct sp_session_key {
	struct sp_addr client;
	__u32 service; /* number in sp_services */
};

/* A session is a slot of its own (slot.h): when its pod drains it moves like any other.
 */
struct sp_session {
	__u64 slot;
	__u32 current_born, previous_born;
	__u32 seen_s;
	__u32 zero;
};

/* sp_ways: flow of a shared pod -> the VIP it came by. */
struct sp_way_key {
	struct sp_endpoint client, pod;
};

struct sp_way {
	struct sp_endpoint vip;
	__u32 seen_s;
};

/* sp_fragments: datagram -> what its later fragments do not carry. */
struct sp_fragment_key {
	struct sp_addr source, dest;
	__be32 id;     /* IPv4's 16 bits or IPv6's 32, as in the packet */
	__u8 protocol; /* of IPv4; 0: IPv6, whose fragments need not all know theirs */
	__u8 zero[3];
};

struct sp_fragment {
	__be16 source_port, dest_port;
	__u8 protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	__u8 zero[3];
	__u32 seen_s;
};

/* sp_vlans: device and tag -> the VLAN's device above it; with no tag, a VLAN's device ->
 * its tag and the device below it. */
struct sp_vlan_key {
	__u32 ifindex;
	__be16 type, id; /* as in the frame, the ID without priority; both 0: no tag */
};

struct sp_vlan {
	__u32 ifindex;
	__be16 type, id;
	__u8 mac[6]; /* of the VLAN's device */
	__u8 zero[2];
};

/* Packets to a pod, of one CPU. */
struct sp_traffic {
	__u64 packets, bytes, flows; /* bytes: of IP packets; flows: TCP, by their SYNs */
};

/* sp_ranges: longest prefix of the service's version and the source -> served. Ranges are
 * those of one version, so that they change with all the rest of it. */
struct sp_range_key {
	__u32 prefix_len; /* bits of what follows: 32 for `list` and those of the source
			   */
	__be32 list;	  /* sp_range_list(), network byte order: a prefix, too */
	struct sp_addr source;
};

/* The list of a service's number and its version's `filtered`: 1 + the version's place.
 */
static inline __u32 sp_range_list(__u32 service, __u8 filtered)
{
	return service * 2 + filtered - 1;
}

_Static_assert(sizeof(struct sp_service_version) == 32, "both versions in a cache line");
_Static_assert(sizeof(struct sp_service) == 768, "no hidden padding");
_Static_assert(
	__builtin_offsetof(struct sp_service, versions) % 64 == 0, "one cache line");
_Static_assert(sizeof(struct sp_pod) == 64, "a pod is a cache line");

/* Which of two versions is live; -1: none. Written once for loader and program. */
static inline int sp_version_live(__u32 first, __u32 second, __u32 generation)
{
	_Bool first_counts = first && first <= generation;
	_Bool second_counts = second && second <= generation;

	if (first_counts && (!second_counts || first > second))
		return 0;
	return second_counts ? 1 : -1;
}

#endif
