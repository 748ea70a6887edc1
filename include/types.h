/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the maps hold: written by the loader, read by the XDP program. */
#ifndef SP_TYPES_H
#define SP_TYPES_H

#include "addr.h"
#include "limits.h"

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
	__u32 first; /* word in sp_tables */
	__u32 size;  /* slots; 0: no pod can take a client */
	__u8 present;	/* 0: the service is gone from this generation on */
	__u8 key;	/* enum sp_key */
	__u8 algorithm; /* enum sp_algorithm */
	__u8 index_bits; /* ring: the index has 2^index_bits words */
	__u8 forward;	/* enum sp_forward */
	__u8 zero[7];
	/* XXH64 of policy and pods: equal means that the loader has nothing to do. */
	__u64 fingerprint;
};

/* sp_services: service number -> what it is. The two versions come first: they are all
 * that a packet on its way to a pod reads. The texts are for people and the loader. */
struct sp_service {
	struct sp_service_version versions[2];
	struct sp_endpoint vip; /* all zero: the number is free */
	__u32 zero;
	char vip_text[SP_VIP_LEN];
	char name[SP_NAME_LEN];
	char policy[2][SP_POLICY_LEN]; /* in a plain list's words, one per version */
};

enum sp_pod_state {
	SP_POD_GONE,
	SP_POD_READY,
	SP_POD_DRAINING, /* no new clients */
};

/* A pod from one generation on: whose it is. */
struct sp_pod_version {
	__u32 generation;
	__u32 service; /* number in sp_services */
	__u32 weight;
	__u8 state; /* enum sp_pod_state */
	__u8 zero[3];
};

/* sp_pods: pod number -> where it is, and for the way back whose it is. */
struct sp_pod {
	struct sp_endpoint at; /* all zero: the number is free */
	__u32 zero;
	struct sp_pod_version versions[2];
	__u64 reserved;
};

/* sp_state: the one entry that says what is live. */
struct sp_state {
	__u32 layout; /* SP_LAYOUT of the loader that made the maps */
	__u32 generation;
};

_Static_assert(sizeof(struct sp_service_version) == 32, "both versions in a cache line");
_Static_assert(sizeof(struct sp_service) == 720, "no hidden padding");
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
