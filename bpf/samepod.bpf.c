/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* samepod in XDP: a packet to a VIP goes on to its client's pod, a packet from a pod goes
 * back as if the VIP had sent it, an ICMP error follows the packet that it quotes, an
 * echo request to a VIP is answered, and everything else goes to the stack as it came. */
#include "affinity.h"
#include "back.h"
#include "direct.h"
#include "echo.h"
#include "fragment.h"
#include "leave.h"
#include "next_hop.h"
#include "out.h"
#include "parse.h"
#include "quote.h"
#include "range.h"
#include "rewrite.h"
#include "service.h"
#include "too_big.h"
#include "traffic.h"

/* What is neither TCP nor UDP ends here, but for errors about packets that are. */
static __noinline int read_icmp(struct packet *packet)
{
	struct icmp *icmp;

	if (packet->reason != SP_REASON_NOT_TCP_UDP || !icmp_is_plain(packet))
		return 0;
	icmp = icmp_find(packet);
	if (!icmp)
		return packet_stop(packet, SP_REASON_TRUNCATED);
	if (icmp_is_error(packet, icmp->type))
		return quote_read(packet);
	if (!echo_is_request(packet, icmp) || !echo_is_to_vip(packet) ||
		!echo_is_intact(packet, icmp))
		return 0;
	echo_answer(packet, icmp);
	return packet_stop(packet, SP_REASON_ECHO_REPLY);
}

/* TCP and UDP, fragments of them, and ICMP errors about them. */
static __always_inline _Bool read_packet(struct packet *packet)
{
	return parse_packet(packet) ? fragment_follow(packet) : read_icmp(packet);
}

/* To a VIP, else from a pod: a pod that is itself a VIP's client counts as a client. */
static __always_inline _Bool choose_endpoint(struct packet *packet)
{
	const struct sp_service_version *service = service_find_live(packet);

	if (service)
		return range_admits(packet, service) &&
		       affinity_choose_pod(packet, service);
	return back_find_vip(packet);
}

/* What is too large for the way to its pod ends here, perhaps with an answer. */
static __always_inline _Bool find_next_hop(struct packet *packet)
{
	if (next_hop_find(packet))
		return 1;
	if (packet->mtu)
		too_big_answer(packet);
	return 0;
}

static __always_inline void change_frame(struct packet *packet)
{
	if (packet->forward != SP_FORWARD_NAT)
		direct_send(packet);
	else if (packet->is_error)
		quote_rewrite(packet);
	else
		rewrite_packet(packet);
}

SEC("xdp.frags")
int samepod(struct xdp_md *ctx)
{
	struct packet packet = {.ctx = ctx};

	if (read_packet(&packet) && service_read_generation(&packet) &&
		choose_endpoint(&packet) && find_next_hop(&packet)) {
		fragment_lead(&packet);
		traffic_count(&packet);
		change_frame(&packet);
	}
	leave_with_tags(&packet);
	return out_packet(&packet);
}

char _license[] SEC("license") = "Dual BSD/GPL";
