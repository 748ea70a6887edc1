/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for what the model holds, both ways: the one place that spells them. */
#ifndef MODEL_TEXT_H
#define MODEL_TEXT_H

#include "model/model.h"

#define ADDR_TEXT_MAX 48     /* with the final NUL */
#define ENDPOINT_TEXT_MAX 56 /* "[v6]:65535/tcp" with the final NUL */

/* As inet_ntop: "192.0.2.1", "2001:db8::1". Returns `buffer` (of ADDR_TEXT_MAX). */
char *addr_format(const struct sp_addr *addr, char *buffer);

/* "192.0.2.1:80", "[2001:db8::1]:80": the key text of a pod. Returns `buffer`. */
char *pod_format(const struct sp_endpoint *at, char *buffer);

/* The same with "/tcp" or "/udp" behind it: the text of a VIP. Returns `buffer`. */
char *vip_format(const struct sp_endpoint *vip, char *buffer);

/* Parse `len` bytes strictly (no leading zeros in IPv4, no zone, no spaces).
 * Returns 0 and sets *ret_addr; -EINVAL. An IPv6 text in ::ffff:0:0/96 is -EINVAL too:
 * inside samepod that range means IPv4. */
int addr_parse(const char *text, size_t len, struct sp_addr *ret_addr);

/* "ip:port" or "[v6]:port"; port 1..65535. Sets addr and port, leaves the protocol 0. */
int pod_parse(const char *text, size_t len, struct sp_endpoint *ret_at);

/* "ip:port[/tcp|/udp]"; tcp when not said. */
int vip_parse(const char *text, size_t len, struct sp_endpoint *ret_vip);

const char *protocol_name(uint8_t protocol);		 /* "tcp", "udp" */
const char *key_name(enum sp_key key);			 /* "source-ip", ... */
const char *algorithm_name(enum sp_algorithm algorithm); /* "maglev", "ring-hash" */
const char *forward_name(enum sp_forward forward);	 /* "nat", ... */
const char *pod_state_name(enum sp_pod_state state);	 /* "ready", "draining" */
/* Who drains a pod: NULL, "by hand", "both" (the manifests, too). */
const char *drained_name(enum sp_drained drained);

/* The policy in a plain list's words and fixed order, defaults left out where they say
 * nothing: "key=cookie:sid cookie-ttl=0 algorithm=ring-hash ring-size=1024 forward=nat".
 * policy_parse() of it gives an equal policy.
 * Returns the length as snprintf() does: >= size means cut. */
int policy_format(const struct policy *policy, char *buffer, size_t size);

/* Read such a text back (from the maps). Strings go to the arena.
 * Returns 0; -EINVAL, -ENOMEM. */
int policy_parse(const char *text, struct arena *arena, struct policy *ret_policy);

#endif
