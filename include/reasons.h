/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why a packet left the program the way it did: the one list behind the enum, the
 * counters' names, JSON keys and the manual page.
 *
 * SP_REASONS(X): X(ENUM, "name", ACTION, "meaning"); ACTION is what becomes of the
 * packet: FORWARD (to its next hop), STACK (handed to the kernel as it came), RESOLVE
 * (rewritten, then handed to the kernel, which finds the neighbour or makes fragments),
 * ANSWER (turned into an answer that leaves where the packet came in) or DROP. A reason
 * keeps its place: new ones go to the end. */
#ifndef SP_REASONS_H
#define SP_REASONS_H

/* clang-format off */
#define SP_REASONS(X) \
	X(TO_POD,       "to-pod",       FORWARD, "from a client, sent to its pod") \
	X(TO_CLIENT,    "to-client",    FORWARD, "from a pod, sent back to its client") \
	X(RESOLVE_POD,  "resolve-pod",  RESOLVE, "to a pod, by the kernel: the neighbour is not known, or it must be fragmented or is in several buffers") \
	X(RESOLVE_CLIENT, "resolve-client", RESOLVE, "to a client, by the kernel: the neighbour is not known, or it must be fragmented or is in several buffers") \
	X(NOT_OURS,     "not-ours",     STACK,   "neither to a VIP nor from a pod") \
	X(OTHER_MAC,    "other-mac",    STACK,   "destination MAC address is not the device's") \
	X(NOT_IP,       "not-ip",       STACK,   "neither IPv4 nor IPv6 (ARP, ...)") \
	X(VLAN,         "vlan",         STACK,   "tag of no VLAN device, or more than two tags") \
	X(TRUNCATED,    "truncated",    STACK,   "shorter than its headers say") \
	X(BAD_HEADER,   "bad-header",   STACK,   "IP version or header length is wrong") \
	X(IP_OPTIONS,   "ip-options",   STACK,   "IPv4 source route, or malformed options") \
	X(IP_EXTENSION, "ip-extension", STACK,   "IPv6 extension header that is not stepped over (AH, ESP, ...)") \
	X(FRAGMENT,     "fragment",     STACK,   "fragment whose first one has not been seen") \
	X(NOT_TCP_UDP,  "not-tcp-udp",  STACK,   "neither TCP nor UDP (ICMP, ...)") \
	X(MAPPED_ADDR,  "mapped-addr",  STACK,   "IPv6 packet with an IPv4-mapped address") \
	X(L7,           "l7",           STACK,   "service of the HTTP helper (samepod l7)") \
	X(NO_POD,       "no-pod",       STACK,   "service without a pod that takes clients") \
	X(TTL_EXPIRED,  "ttl-expired",  STACK,   "TTL or hop limit is used up") \
	X(NO_ROUTE,     "no-route",     STACK,   "the kernel has no route to the next hop") \
	X(FORWARDING_OFF, "forwarding-off", STACK, "IP forwarding is off on the device") \
	X(TOO_BIG,      "too-big",      STACK,   "larger than the next hop's MTU, and not answered") \
	X(BROKEN_MAP,   "broken-map",   STACK,   "the maps contradict each other (a bug)") \
	X(REFUSED,      "refused",      DROP,    "source is outside loadBalancerSourceRanges") \
	X(NO_WAY,       "no-way",       DROP,    "from a pod behind several VIPs, flow not remembered") \
	X(ICMP_TO_POD,  "icmp-to-pod",  FORWARD, "ICMP error about a pod's packet, sent to that pod") \
	X(ICMP_TO_CLIENT, "icmp-to-client", FORWARD, "ICMP error about a client's packet, sent to it") \
	X(ECHO_REPLY,   "echo-reply",   ANSWER,  "echo request to a VIP, answered") \
	X(PACKET_TOO_BIG, "packet-too-big", ANSWER, "larger than the MTU on the way to its pod, the client was told") \
	X(LIMITED,      "limited",      DROP,    "an ICMP answer was due, but too many had been sent") \
	X(NOT_ON_LINK,  "not-on-link",  STACK,   "forward=l2, but the pod is behind a gateway") \
	X(NO_SOURCE,    "no-source",    STACK,   "the device has no address of the pod's family to tunnel from") \
	X(NO_ROOM,      "no-room",      DROP,    "the driver leaves no room in the frame for another header")
/* clang-format on */

#define SP_REASON_ENUM(name, text, action, meaning) SP_REASON_##name,
enum sp_reason { SP_REASONS(SP_REASON_ENUM) SP_REASON_COUNT };
#undef SP_REASON_ENUM

#endif
