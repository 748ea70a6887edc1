/* SPDX-License-Identifier: BSD-2-Clause */
/* Pods behind more than one VIP, and numbers that hand their endpoint on: the way back.
 */
#include <arpa/inet.h>

#include <bpf/bpf.h>

#include "shop.h"

#define WAYS "sp_ways"

/* Two services with the same pod: pod 0 of each has the same endpoint. */
static struct shop shop, other;

static void share(struct shop *one, const struct sp_endpoint *at)
{
	one->pods[0].at = *at;
	one->pods[0].versions[0].shared = 1;
	shop_write_pod(one, 0);
}

static void open_shared(void)
{
	shop_open(&other, (uint32_t)(shop.at.algorithm == SP_ALGORITHM_RING_HASH) +
				  (uint32_t)(shop.at.key == SP_KEY_SOURCE_IP) * 2 +
				  (uint32_t)!shop_is_tcp(&shop) * 4 +
				  (uint32_t)!sp_addr_is_v4(&shop.at.vip.addr) * 8);
	share(&shop, &shop.pods[0].at);
	share(&other, &shop.pods[0].at);
}

static bool goes(struct shop *by)
{
	return shop_reaches(by, SHOP_DATA, 0);
}

/* What the pod sends to the client of `by`. */
static struct frame answer(const struct shop *by)
{
	struct loaded_service at = by->at;
	struct frame frame;

	at.pod = by->pods[0].at;
	frame = frame_from_pod(&at);
	frame.dest.port = htons(by->client_port);
	return frame;
}

/* The pod's answer reaches the client of `by` from that VIP. */
static bool comes_back(const struct shop *by)
{
	struct frame in = answer(by), out = frame_to_client(&by->at);

	out.dest.port = in.dest.port;
	return row_forwards(&in, NETWORK_POD, &out, SP_REASON_TO_CLIENT);
}

static bool stops(const struct shop *by, enum sp_reason reason)
{
	struct frame in = answer(by);

	return row_passes_frame(&in, NETWORK_POD, reason);
}

/* It would leave with the pod's address: rather not at all. */
static bool is_lost(const struct shop *by)
{
	struct frame in = answer(by);

	return row_drops_frame(&in, NETWORK_POD, SP_REASON_NO_WAY);
}

static bool row_own_pod(void)
{
	uint32_t ways = loaded_count(WAYS);

	return goes(&shop) && comes_back(&shop) && loaded_count(WAYS) == ways;
}

static bool row_each_vip(void)
{
	open_shared();
	other.client_port++;
	return goes(&shop) && goes(&other) && comes_back(&shop) && comes_back(&other) &&
	       goes(&shop) && comes_back(&other);
}

static bool row_events(void)
{
	long events = loaded_read_event(SP_EVENT_WAY_REMEMBERED);

	open_shared();
	return goes(&shop) && goes(&shop) &&
	       loaded_read_event(SP_EVENT_WAY_REMEMBERED) == events + 1;
}

static bool row_never_guessed(void)
{
	open_shared();
	return is_lost(&shop) && goes(&shop) && comes_back(&shop);
}

/* The node has asked the pod itself, perhaps whether it is well. */
static bool row_to_the_node(void)
{
	struct frame in;

	open_shared();
	in = answer(&shop);
	in.dest.addr =
		endpoint(sp_addr_is_v4(&shop.at.vip.addr) ? "10.0.1.1" : "fd00:1::1", 1,
			IPPROTO_TCP)
			.addr;
	return row_passes_frame(&in, NETWORK_POD, SP_REASON_NOT_OURS);
}

/* Others got the endpoint a short while ago, or long ago. */
static bool row_was_alone(void)
{
	open_shared();
	shop.pods[0].alone_s = shop_now_s() + 5;
	shop_write_pod(&shop, 0);
	if (!comes_back(&shop) || !goes(&other) || !comes_back(&other))
		return false;
	shop.client_port++;
	shop.pods[0].alone_s = shop_now_s() - 1;
	shop_write_pod(&shop, 0);
	return is_lost(&shop);
}

static bool row_was_alone_vip_goes(void)
{
	open_shared();
	if (!goes(&other))
		return false;
	shop.pods[0].alone_s = shop_now_s() + 5;
	shop_write_pod(&shop, 0);
	loaded_forget_vip(&other.at.vip);
	return is_lost(&other);
}

/* The client's port is used for one VIP after the other. */
static bool row_last_vip(void)
{
	open_shared();
	return goes(&shop) && comes_back(&shop) && goes(&other) && comes_back(&other);
}

static bool row_vip_goes(void)
{
	open_shared();
	if (!goes(&shop) || !comes_back(&shop))
		return false;
	loaded_forget_vip(&shop.at.vip);
	return is_lost(&shop);
}

static bool row_direct_return(void)
{
	uint32_t ways = loaded_count(WAYS);
	struct frame in;
	uint8_t bytes[FRAME_MAX];

	open_shared();
	shop.service.versions[0].forward = SP_FORWARD_L2;
	shop_write_service(&shop);
	in = shop_frame(&shop, SHOP_DATA);
	loaded_send(bytes, frame_build(&in, bytes), NETWORK_CLIENT);
	return loaded_count(WAYS) == ways;
}

/* The pod will be shared in the next generation. */
static bool row_not_shared_yet(void)
{
	shop.pods[0].versions[1] = shop.pods[0].versions[0];
	shop.pods[0].versions[1].shared = 1;
	shop.pods[0].versions[1].generation = 2;
	shop_write_pod(&shop, 0);
	if (!comes_back(&shop) || !goes(&shop))
		return false;
	loaded_set_generation(2);
	return comes_back(&shop);
}

static bool row_seen(void)
{
	struct frame frame = shop_frame(&shop, SHOP_DATA);
	struct sp_way_key key = {.client = frame.source, .pod = shop.pods[0].at};
	struct sp_way way = {.vip = shop.at.vip, .seen_s = 1};
	int fd = loaded_map_fd(WAYS);

	open_shared();
	return !bpf_map_update_elem(fd, &key, &way, BPF_ANY) && goes(&shop) &&
	       !bpf_map_lookup_elem(fd, &key, &way) && shop_now_s() - way.seen_s <= 1;
}

/* Pod 0's number is gone; `successor` has its endpoint. */
static void hand_on(uint32_t successor)
{
	shop.pods[0].versions[1] = (struct sp_pod_version){
		.generation = 2, .place = successor, .state = SP_POD_GONE};
	shop_write_pod(&shop, 0);
	loaded_set_generation(2);
}

static bool row_successor(void)
{
	shop_open(&other, (uint32_t)!shop_is_tcp(&shop) * 4 +
				  (uint32_t)!sp_addr_is_v4(&shop.at.vip.addr) * 8);
	other.pods[0].at = shop.pods[0].at;
	shop_write_pod(&other, 0);
	hand_on(shop_pod(&other, 0));
	return comes_back(&other);
}

static bool row_shared_successor(void)
{
	open_shared();
	if (!goes(&shop) || !goes(&other))
		return false;
	hand_on(shop_pod(&other, 0));
	return comes_back(&other);
}

static bool row_no_successor(void)
{
	hand_on(SP_POD_NONE);
	return stops(&shop, SP_REASON_NOT_OURS);
}

static bool row_false_successor(void)
{
	hand_on(shop_pod(&shop, 1));
	return stops(&shop, SP_REASON_NOT_OURS);
}

static bool row_successor_gone(void)
{
	shop_open(&other, 0);
	other.pods[0].at = shop.pods[0].at;
	other.pods[0].versions[0].state = SP_POD_GONE;
	shop_write_pod(&other, 0);
	hand_on(shop_pod(&other, 0));
	return stops(&shop, SP_REASON_NOT_OURS);
}

static const struct shop_row rows[] = {
	{SHOP_ANY, "a pod of one VIP: no way is remembered", row_own_pod},
	{SHOP_ANY, "a pod of two VIPs answers from the one that was asked", row_each_vip},
	{SHOP_ANY, "a way is remembered once", row_events},
	{SHOP_ANY, "a way is never guessed", row_never_guessed},
	{SHOP_ANY, "an answer to the node itself needs no way", row_to_the_node},
	{SHOP_ANY, "flows from before a pod was shared came by the first VIP",
		row_was_alone},
	{SHOP_ANY, "but not those that came by another one, which is gone",
		row_was_alone_vip_goes},
	{SHOP_ANY, "a client's port goes from one VIP to the other", row_last_vip},
	{SHOP_ANY, "a way to a VIP that is gone leads nowhere", row_vip_goes},
	{SHOP_ANY, "direct return needs no way", row_direct_return},
	{SHOP_ANY, "ways are remembered before a pod is shared, when that is known",
		row_not_shared_yet},
	{SHOP_ANY, "each second with a packet makes a way younger", row_seen},
	{SHOP_ANY, "a number that is gone leads on to the one with its endpoint",
		row_successor},
	{SHOP_ANY, "so it does to one of a shared pod", row_shared_successor},
	{SHOP_ANY, "a number that is gone without a successor", row_no_successor},
	{SHOP_ANY, "a successor with another endpoint is none", row_false_successor},
	{SHOP_ANY, "a successor that is gone, too", row_successor_gone},
};

int main(void)
{
	rows_open();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		shop_run_rows(&shop, &rows[i], 1);
		loaded_clear(WAYS);
	}
	return rows_close();
}
