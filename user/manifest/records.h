/* SPDX-License-Identifier: BSD-2-Clause */
/* What was read of each kind, until all is there and can be joined. Words and nodes point
 * into the sources and the reader's scratch memory. */
#ifndef MANIFEST_RECORDS_H
#define MANIFEST_RECORDS_H

#include "base/words.h"
#include "model/model.h"

struct node;

struct object_id {
	struct word namespace;
	struct word name;
	struct place place; /* of the name */
};

struct addr_record {
	struct sp_addr addr;
	struct place place;
};

/* A port of a Service, a slice or a container. */
struct port_record {
	struct word name; /* empty: none */
	uint8_t protocol; /* IPPROTO_* */
	uint16_t port;
	struct word target_name; /* Service: of a container's port; empty: by number */
	uint16_t target_port;
};

struct service_record {
	struct object_id id;
	struct addr_record *vips;
	size_t vips_len;
	struct port_record *ports;
	size_t ports_len;
	const struct node *selector; /* NULL: none */
	bool is_headless;
	uint32_t session_timeout_s;
	enum sp_forward forward;
	bool filtered; /* only these sources may come */
	struct range *ranges;
	size_t ranges_len;
};

struct endpoint_record {
	struct sp_addr addr;
	struct place place;
	enum sp_pod_state state;
};

struct slice_record {
	struct object_id id;
	struct word service; /* in the same namespace */
	bool is_v4;
	struct port_record *ports;
	size_t ports_len;
	struct endpoint_record *endpoints;
	size_t endpoints_len;
};

struct pod_record {
	struct object_id id;
	const struct node *labels; /* NULL: none */
	struct addr_record *addrs;
	size_t addrs_len;
	struct port_record *ports; /* those of containers that have a name */
	size_t ports_len;
	enum sp_pod_state state;
};

/* What a trafficPolicy says about affinity. */
struct rule_policy {
	bool is_hash;	      /* else there is none */
	struct policy policy; /* of a hash */
	struct place place;   /* of its key */
};

struct rule_port {
	uint16_t port;
	struct rule_policy policy;
};

struct rule_record {
	struct object_id id;
	struct object_id host; /* the Service that it means */
	struct rule_policy policy;
	struct rule_port *ports;
	size_t ports_len;
	bool used;
};

struct records {
	struct service_record *services;
	size_t services_len;
	struct slice_record *slices;
	size_t slices_len;
	struct pod_record *pods;
	size_t pods_len;
	struct rule_record *rules;
	size_t rules_len;
};

#endif
