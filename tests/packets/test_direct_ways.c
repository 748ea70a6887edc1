/* SPDX-License-Identifier: BSD-2-Clause */
/* l2, ipip and gue: gateways, VLANs, neighbours that are not known, errors about flows.
 */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "direct.h"
#include "error.h"

/* A service of its own, with its pod elsewhere. */
static struct loaded_service service_at(
	const struct loaded_service *like, const char *v4, const char *v6)
{
	static uint32_t number = 400;
	struct loaded_service service = *like;

	service.number = number++;
	service.vip.port = service.pod.port = htons((uint16_t)(7000 + service.number));
	service.pod.addr = endpoint(direct_is_over_v6(like) ? v6 : v4, 0, 0).addr;
	loaded_add(&service);
	return service;
}

/* --- Gateways --- */

static bool goes_to_gateway(const struct loaded_service *service)
{
	struct frame in = frame_to_vip(service);

	return direct_is_tunnel(service)
		       ? direct_goes(service, &in)
		       : row_passes_frame(&in, NETWORK_CLIENT, SP_REASON_NOT_ON_LINK);
}

/* A tunnel may lead over a gateway; a MAC address alone would stop there. */
static void rows_of_gateways(const struct loaded_service *like)
{
	struct loaded_service far = service_at(like, "10.0.11.7", "fd00:11::7");

	for (int n = 0; n < 2; n++)
		row_count(goes_to_gateway(&far), "%s: a pod behind a gateway (%d)",
			direct_name(like), n + 1);
	if (direct_is_over_v6(like))
		return;
	far = service_at(like, "10.0.12.7", NULL);
	row_count(goes_to_gateway(&far), "%s: a pod behind a gateway of IPv6",
		direct_name(like));
}

static void rows_without_route(const struct loaded_service *like)
{
	static const char *const pods[][2] = {{"10.0.8.11", "fd00:8::11"},
		{"10.0.9.11", "fd00:9::11"}, {"10.0.10.11", "fd00:10::11"},
		{"10.0.1.1", "fd00:1::1"}};
	struct frame in = frame_to_vip(like);

	for (size_t i = 0; i < sizeof(pods) / sizeof(pods[0]); i++) {
		struct loaded_service lost = service_at(like, pods[i][0], pods[i][1]);

		in = frame_to_vip(&lost);
		row_count(row_passes_frame(&in, NETWORK_CLIENT, SP_REASON_NO_ROUTE),
			"%s: a pod without a route, %s", direct_name(like), pods[i][0]);
	}
	in = frame_to_vip(like);
	row_count(row_passes_frame(&in, NETWORK_OFF, SP_REASON_FORWARDING_OFF),
		"%s: forwarding off on the device", direct_name(like));
}

/* --- Neighbours that are not known --- */

/* The stack sends the tunnel's packet on, which must not seem to be its own; what would
 * need a MAC address alone becomes nat's. */
static bool is_left_to_resolve(const struct loaded_service *service)
{
	struct frame in = frame_to_vip(service), out = in;
	struct direct_hop hop = {.dest_mac = in.dest_mac,
		.source_mac = in.source_mac,
		.source = endpoint(LOADED_SOURCE_V6, 0, 0).addr};

	if (!direct_is_over_v6(service))
		hop.source = direct_is_v6(service) ? endpoint("192.0.0.8", 0, 0).addr
						   : in.source.addr;
	out.dest = service->pod;
	if (!direct_is_tunnel(service))
		return row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_RESOLVE_POD);
	return direct_goes_by(service, &hop, &in, NETWORK_CLIENT, SP_REASON_RESOLVE_POD);
}

static void rows_of_resolve(const struct loaded_service *like)
{
	struct loaded_service unknown = service_at(like, "10.0.1.99", "fd00:1::99");

	for (int n = 0; n < 2; n++)
		row_count(is_left_to_resolve(&unknown),
			"%s: a pod without a neighbour entry (%d)", direct_name(like),
			n + 1);
}

/* --- VLANs --- */

static const uint8_t tag[] = {0x81, 0, 0, 100};

static void rows_of_vlans(const struct loaded_service *like)
{
	struct loaded_service near = service_at(like, "10.0.2.11", "fd00:2::11");
	struct direct_hop hop = direct_hop_to_pod(&near);
	struct frame in = frame_to_vip(like);
	uint8_t bytes[FRAME_MAX], out[FRAME_MAX];
	struct run run;
	size_t len;

	in.dest_mac = mac_small0;
	in.tags_len = sizeof(tag);
	memcpy(in.tags, tag, sizeof(tag));
	row_count(
		direct_goes(like, &in), "%s: in tagged, out untagged", direct_name(like));
	in = frame_to_vip(&near);
	hop.source_mac = mac_small0;
	len = direct_build(&near, &hop, &in.source, bytes, frame_build(&in, bytes), out);
	memmove(out + 12 + sizeof(tag), out + 12, len - 12);
	memcpy(out + 12, tag, sizeof(tag));
	loaded_run(bytes, frame_build(&in, bytes), NETWORK_CLIENT, &run);
	row_count(run_is(&run, XDP_REDIRECT, out, len + sizeof(tag), SP_REASON_TO_POD),
		"%s: in untagged, out tagged", direct_name(like));
}

/* --- Errors --- */

/* To the pod as it came, quote and all: the pod knows the VIP. */
static bool error_goes_unchanged(
	const struct loaded_service *service, const struct error *error)
{
	struct direct_hop hop = direct_hop_to_pod(service);
	uint8_t in[FRAME_MAX], out[FRAME_MAX];
	size_t in_len = message_build(&error->in, in);
	size_t out_len =
		direct_build(service, &hop, &error->quoted_in.dest, in, in_len, out);
	struct run run;

	loaded_run(in, in_len, NETWORK_CLIENT, &run);
	return run_is(&run, XDP_REDIRECT, out, out_len, SP_REASON_ICMP_TO_POD);
}

static void rows_of_errors(const struct loaded_service *service)
{
	bool is_v6 = direct_is_v6(service);
	const struct error_kind *kinds = is_v6 ? error_kinds_v6 : error_kinds_v4;
	int kinds_len = is_v6 ? ERROR_KINDS_V6 : ERROR_KINDS_V4;
	struct error error;

	error_to_pod(&error, service);
	for (int i = 0; i < kinds_len; i++) {
		error_set_kind(&error, &kinds[i]);
		row_count(error_goes_unchanged(service, &error),
			"%s: an error of type %u, code %u", direct_name(service),
			kinds[i].type, kinds[i].code);
	}
	error_set_len(&error, error_ip_len(service) + 8);
	row_count(error_goes_unchanged(service, &error), "%s: a short quote",
		direct_name(service));
	error.in.padding_len = 3;
	row_count(error_goes_unchanged(service, &error), "%s: an error with padding",
		direct_name(service));
	error.in.ttl = 1;
	row_count(error_stays(&error, SP_REASON_TTL_EXPIRED),
		"%s: an error whose TTL is used up", direct_name(service));
}

static void row_of_error_to_resolve(const struct loaded_service *like)
{
	struct loaded_service unknown = service_at(like, "10.0.1.99", "fd00:1::99");
	uint8_t in[FRAME_MAX];
	struct error error;
	struct run run;

	error_to_pod(&error, &unknown);
	loaded_run(in, message_build(&error.in, in), NETWORK_CLIENT, &run);
	row_count(run.verdict == XDP_PASS && run.moved[SP_REASON_RESOLVE_POD] == 1,
		"%s: an error to a pod without a neighbour entry", direct_name(like));
}

/* --- A pod of two services --- */

/* An address and port may serve one VIP by nat and another directly: what it sends as
 * itself is an answer by nat only if that was asked. */
static void rows_of_shared(const struct loaded_service *like)
{
	static const uint8_t mac[6] = {0x02, 0, 0, 0, 0x01, 0x0c};
	struct loaded_service direct = service_at(like, "10.0.1.12", "fd00:1::12");
	struct loaded_service nat = direct;
	struct frame in, out, back = frame_from_pod(&direct), client;
	struct sp_pod pod = loaded_pod_of(&direct);
	uint8_t bytes[FRAME_MAX];
	struct run run;

	nat.forward = SP_FORWARD_NAT;
	nat.number += 100;
	nat.vip.port = htons((uint16_t)(ntohs(direct.vip.port) + 1000));
	loaded_add(&nat);
	pod.versions[0].shared = 1;
	loaded_set_pod(direct.number, &pod);
	pod = loaded_pod_of(&nat);
	pod.versions[0].shared = 1;
	loaded_set_pod(nat.number, &pod);
	loaded_run(bytes, frame_build(&back, bytes), NETWORK_POD, &run);
	row_count(run.verdict == XDP_DROP && run.moved[SP_REASON_NO_WAY] == 1,
		"%s: also behind a VIP by nat, and nobody has asked by that",
		direct_name(like));
	in = frame_to_vip(&nat);
	out = frame_to_pod(&nat);
	client = frame_to_client(&nat);
	out.dest_mac = mac;
	row_count(row_forwards(&in, NETWORK_CLIENT, &out, SP_REASON_TO_POD) &&
			  row_forwards(&back, NETWORK_POD, &client, SP_REASON_TO_CLIENT),
		"%s: also behind a VIP by nat, and somebody has", direct_name(like));
	loaded_set_back(&direct.pod, direct.number);
	back.dest.port = htons(41000);
	row_count(row_passes_frame(&back, NETWORK_POD, SP_REASON_NOT_OURS),
		"%s: behind two VIPs, known by the one without nat", direct_name(like));
}

int main(void)
{
	rows_open();
	direct_open();
	for (int i = 0; i < DIRECT_SERVICES; i++) {
		const struct loaded_service *service = &direct_services[i];

		rows_of_gateways(service);
		rows_without_route(service);
		rows_of_resolve(service);
		rows_of_errors(service);
		row_of_error_to_resolve(service);
		if (direct_is_v6(service) == direct_is_over_v6(service))
			rows_of_shared(service);
	}
	loaded_set_vlan(NETWORK_CLIENT, 0x8100, 100, NETWORK_SMALL, mac_small0);
	for (int i = 0; i < DIRECT_SERVICES; i++)
		rows_of_vlans(&direct_services[i]);
	return rows_close();
}
