/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user wants, or what the kernel holds: services with their policies and pods.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "base/arena.h"
#include "base/diag.h"
#include "types.h"

#define POD_WEIGHT_MAX 255

struct pod {
	struct sp_endpoint at;
	uint32_t weight;	 /* relative, 0..POD_WEIGHT_MAX; 0: no new clients */
	enum sp_pod_state state; /* ready or draining */
	enum sp_drained drained; /* then it drains */
	uint32_t number;	 /* in sp_pods; only in a model read from the kernel */
	struct place place;
};

/* name=value behind a cookie; value NULL: a name alone. */
struct cookie_attribute {
	const char *name;
	const char *value;
};

struct policy {
	enum sp_key key;
	enum sp_algorithm algorithm;
	enum sp_forward forward;
	/* ring-hash: minimum ring size; maglev: table size; 0: maglev that follows the
	 * number of pods (no policy given). */
	uint32_t size;
	const char *key_name;	 /* of the cookie, header or query parameter; else NULL */
	const char *cookie_path; /* NULL: none */
	int64_t cookie_ttl_s;	 /* -1: none, no cookie is made; 0: a session cookie */
	struct cookie_attribute *cookie_attributes;
	size_t cookie_attributes_len;
	uint32_t session_timeout_s; /* sessionAffinity: ClientIP; 0: none */
};

/* Addresses with the same first `bits` of 128: those of an IPv4 range are 96 more than it
 * is written with. The other bits are 0. */
struct range {
	struct sp_addr addr;
	uint8_t bits;
};

struct service {
	const char *name; /* "namespace/name:port", or a plain list's name= or VIP text */
	struct sp_endpoint vip;
	struct policy policy;
	struct pod *pods; /* in the order that rings are built in */
	size_t pods_len;
	/* Who may come, if it is filtered: sources in these ranges (ranges.h). */
	bool filtered;
	struct range *ranges;
	size_t ranges_len;
	uint32_t number;      /* in sp_services; only in a model read from the kernel */
	uint64_t fingerprint; /* of policy and pods: equal means no difference */
	struct place place;
};

/* Services ascend by VIP (model_compare_endpoints), and no VIP comes twice.
 * All memory belongs to `arena`. Zero-initialised means empty. */
struct model {
	struct arena arena;
	struct service *services;
	size_t services_len;
	size_t documents_len; /* read in all */
	size_t skipped_len;   /* documents or items of a kind that is not ours */
};

void model_done(struct model *model);

/* Bytewise by address, then port (as a number), then protocol: as strcmp() returns. */
int model_compare_endpoints(const struct sp_endpoint *a, const struct sp_endpoint *b);

/* XXH64 over the policy's text, the name, the ranges and the pods in their order, with
 * weight and state: a service that is only renamed is shown by its new name, too. */
uint64_t model_fingerprint(const struct service *service);

/* Drain a pod by hand, or no more: then it is what the manifests say. */
void pod_drain(struct pod *pod);
void pod_undrain(struct pod *pod);

/* Pods that are drained by hand in `live` drain in `wanted`, too. Returns 0; -ENOMEM. */
int model_keep_drained(const struct model *live, struct model *wanted);

/* Check what no single manifest shows, and report each breach at its place: pods that the
 * way to forward cannot reach, texts longer than the maps hold, more services or pods
 * than the maps hold. Returns 0, or -EINVAL with errors in diags.
 */
int model_check(const struct model *model, struct diags *diags);

/* The service that `text` names: "name", "namespace/name[:port]" or "vip:port[/tcp|udp]";
 * NULL with an error in diags when none or more than one fits. */
const struct service *model_find_service(
	const struct model *model, const char *text, struct diags *diags);

#endif
