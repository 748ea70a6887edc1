/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors and what becomes of them. */
#include "error.h"

#include <arpa/inet.h>
#include <linux/bpf.h>

#define PAYLOAD_LEN 32

const struct error_kind error_kinds_v4[ERROR_KINDS_V4] = {
	{3, 0, 0},	     /* net unreachable */
	{3, 3, 0},	     /* port unreachable */
	{3, 4, 1400},	     /* fragmentation needed */
	{3, 13, 0},	     /* prohibited */
	{11, 0, 0},	     /* TTL exceeded */
	{11, 1, 0},	     /* reassembly */
	{12, 0, 0x14000000}, /* parameter problem */
};

const struct error_kind error_kinds_v6[ERROR_KINDS_V6] = {
	{1, 0, 0},    /* no route */
	{1, 4, 0},    /* port unreachable */
	{2, 0, 1400}, /* packet too big */
	{3, 0, 0},    /* hop limit exceeded */
	{4, 1, 6},    /* parameter problem */
};

static bool is_v6(const struct loaded_service *service)
{
	return !sp_addr_is_v4(&service->vip.addr);
}

size_t error_ip_len(const struct loaded_service *service)
{
	return is_v6(service) ? 40 : 20;
}

size_t error_quote_len(const struct loaded_service *service)
{
	return error_ip_len(service) + (service->vip.protocol == IPPROTO_TCP ? 20 : 8) +
	       PAYLOAD_LEN;
}

struct sp_addr error_router(const struct loaded_service *service)
{
	return endpoint(is_v6(service) ? "2001:db8:77::1" : "198.18.0.1", 0, 0).addr;
}

void error_set_kind(struct error *error, const struct error_kind *kind)
{
	error->in.type = error->out.type = kind->type;
	error->in.code = error->out.code = kind->code;
	error->in.rest = error->out.rest = kind->rest;
}

void error_set_len(struct error *error, size_t len)
{
	error->in.len = error->out.len = len;
}

/* The parts that both directions have in common. `error` must stay where it is. */
static void error_finish(struct error *error, const struct loaded_service *service)
{
	const struct error_kind *kinds = is_v6(service) ? error_kinds_v6 : error_kinds_v4;

	error->quoted_out.ttl = error->quoted_in.ttl;
	error->in.quoted = &error->quoted_in;
	error->out.quoted = &error->quoted_out;
	error->in.source = error->out.source = error_router(service);
	error->in.ttl = 64;
	error->out.ttl = 63;
	error_set_kind(error, &kinds[ERROR_TOO_BIG]);
	error_set_len(error, error_quote_len(service));
}

void error_to_pod(struct error *error, const struct loaded_service *service)
{
	*error = (struct error){
		.quoted_in = frame_to_client(service),
		.quoted_out = frame_from_pod(service),
		.in = {.dest_mac = mac_client0,
			.source_mac = mac_gateway,
			.dest = service->vip.addr},
		.out = {.dest_mac = mac_pod,
			.source_mac = mac_pod0,
			.dest = service->pod.addr},
		.dev = NETWORK_CLIENT,
		.reason = SP_REASON_ICMP_TO_POD,
	};
	error_finish(error, service);
}

void error_to_client(struct error *error, const struct loaded_service *service)
{
	struct sp_addr client = frame_to_vip(service).source.addr;

	*error = (struct error){
		.quoted_in = frame_to_pod(service),
		.quoted_out = frame_to_vip(service),
		.in = {.dest_mac = mac_client0, .source_mac = mac_pod, .dest = client},
		.out = {.dest_mac = mac_gateway,
			.source_mac = mac_client0,
			.dest = client},
		.dev = NETWORK_POD,
		.reason = SP_REASON_ICMP_TO_CLIENT,
	};
	error_finish(error, service);
}

void error_from_pod(struct error *error, const struct loaded_service *service)
{
	error_to_client(error, service);
	error->in.source = service->pod.addr;
	error->out.source = service->vip.addr;
}

const struct error_way error_ways[ERROR_WAYS] = {
	{"to the pod", error_to_pod},
	{"to the client", error_to_client},
	{"from the pod itself", error_from_pod},
};

bool error_goes(const struct error *error)
{
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	size_t in_len = message_build(&error->in, in);
	size_t out_len = message_build(&error->out, out);
	bool resolves = error->reason == SP_REASON_RESOLVE_POD ||
			error->reason == SP_REASON_RESOLVE_CLIENT;
	struct run run;

	loaded_run(in, in_len, error->dev, &run);
	return run_is(
		&run, resolves ? XDP_PASS : XDP_REDIRECT, out, out_len, error->reason);
}

bool error_stays(const struct error *error, enum sp_reason reason)
{
	uint8_t bytes[FRAME_MAX];

	return row_passes(bytes, message_build(&error->in, bytes), error->dev, reason);
}

bool error_goes_patched(const struct error *error, size_t at, uint8_t value)
{
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	size_t in_len = message_build(&error->in, in);
	size_t out_len = message_build(&error->out, out);
	struct run run;

	at += message_at(&error->in) + 8;
	in[at] = out[at] = value;
	message_sign(&error->in, in, in_len);
	message_sign(&error->out, out, out_len);
	loaded_run(in, in_len, error->dev, &run);
	return run_is(&run, XDP_REDIRECT, out, out_len, error->reason);
}

const struct loaded_service *error_service(int which)
{
	return cast_find(which & 1, which & 2 ? IPPROTO_UDP : IPPROTO_TCP,
		SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV);
}
