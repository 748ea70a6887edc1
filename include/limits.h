/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Every limit that kernel and user space must agree on. */
#ifndef SP_LIMITS_H
#define SP_LIMITS_H

/* Version of the pinned maps' layout. Raise it with any change to include/types.h or
 * bpf/maps.h that a program of the version before would misread. */
#define SP_LAYOUT 3

#define SP_SERVICES_MAX 16384
#define SP_PODS_MAX 131072

/* Default sizes of the maps that hold state of traffic; each is a setting at the time
 * when the state is made. */
#define SP_FLOWS_MAX 131072 /* flows pinned to a pod */
#define SP_SYNS_MAX 32768   /* new TCP flows in moving slots, until their second packet */
#define SP_SESSIONS_MAX 32768 /* clients of services with sessionAffinity: ClientIP */
#define SP_WAYS_MAX 16384     /* flows of pods behind more than one VIP */
#define SP_FRAGMENTS_MAX 16384
#define SP_RANGES_MAX 65536
#define SP_VLANS_MAX 16384 /* two for each device */

/* How much time must have gone by for a packet to make its flow younger: a flow that is
 * read only costs less (a million flows: 20 ns of 330 a packet). */
#define SP_FLOW_STEP_S 16

/* Default times. */
#define SP_WINDOW_S 900
#define SP_TCP_IDLE_S 7200
#define SP_UDP_IDLE_S 180

/* Tables live in chunks of 64-bit words, added as they are needed: 1 MiB each, 1 GiB in
 * all. A table may span chunks. */
#define SP_CHUNK_BITS 17
#define SP_CHUNK_WORDS (1U << SP_CHUNK_BITS)
#define SP_CHUNKS_MAX 1024

/* The UDP port of GUE tunnels, that of the kernel's documentation. */
#define SP_GUE_PORT 6080

/* Envoy's limits: a ring of at most 8388608 entries, a maglev table below 5000011. */
#define SP_RING_SIZE_MIN_DEFAULT 1024
#define SP_RING_SIZE_MAX 8388608
#define SP_MAGLEV_SIZE_DEFAULT 65537
#define SP_MAGLEV_SIZE_MAX 5000010

/* Texts in the maps, with the final NUL. */
#define SP_NAME_LEN 168	  /* "namespace/name:port" */
#define SP_VIP_LEN 64	  /* "[2001:db8::10]:53/udp" */
#define SP_POLICY_LEN 224 /* "key=source-ip algorithm=maglev table-size=65537 ..." */

/* Longest printed address: "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255" never
 * comes out of inet_ntop in full; 39 is the longest it prints for an IPv6 address. */
#define SP_ADDR_TEXT_LEN 40

#endif
