/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs to measure: a wrapper that restores the packet and jumps to another program,
 * the floor, and the program's pipeline cut off behind each stage. */
#include "affinity.h"
#include "next_hop.h"
#include "out.h"
#include "parse.h"
#include "rewrite.h"
#include "service.h"
#include "traffic.h"

#define ETH_WORDS 7
#define V4_WORDS 5
#define V6_WORDS 10
#define TCP_WORDS 5

/* The packet's headers, restored before each run. */
__u16 eth_template[ETH_WORDS];
__be32 ip_template[V6_WORDS + TCP_WORDS];
__u32 frame_len;
__u32 clients_mask; /* number of clients - 1, a power of two less one */
__u32 client;	    /* counts packets */
__u64 fence;
__u64 sink; /* keeps what is computed from being optimised away */

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} jump SEC(".maps");

/* Returns the IP header; NULL: the packet is shorter than its `ip_words` say. */
static __always_inline __be32 *restore(struct xdp_md *ctx, int ip_words)
{
	__u16 *eth = (void *)(long)ctx->data;
	__be32 *ip = (void *)(eth + ETH_WORDS);

	if ((void *)(ip + ip_words) > (void *)(long)ctx->data_end)
		return NULL;
	for (int i = 0; i < ETH_WORDS; i++)
		eth[i] = eth_template[i];
	for (int i = 0; i < ip_words; i++)
		ip[i] = ip_template[i];
	return ip;
}

/* Go to the program once the restored packet is in the cache, as one from a NIC is: else
 * its first loads would wait for the wrapper's last stores, or run beside them. */
static __always_inline int go(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&fence, 1); /* a locked instruction waits for all stores */
	bpf_tail_call(ctx, &jump, 0);
	return XDP_ABORTED;
}

/* The next client's address, spread over all octets so that texts have all lengths. */
static __always_inline __u32 client_next(void)
{
	return (client++ & clients_mask) * 0x9e3779b1;
}

/* What a tunnel has put in front is taken off: its packets pay for that, too. */
static __always_inline void restore_len(struct xdp_md *ctx)
{
	int more = (long)ctx->data_end - (long)ctx->data - frame_len;

	if (more > 0)
		bpf_xdp_adjust_head(ctx, more);
}

static __always_inline int wrap(struct xdp_md *ctx, int ip_words, int client_word)
{
	__u32 word = client_next();
	__be32 *ip;

	restore_len(ctx);
	ip = restore(ctx, ip_words + TCP_WORDS);
	if (!ip)
		return XDP_ABORTED;
	ip[client_word] = word;
	if (ip_words == V6_WORDS)
		ip[client_word + 2] = word;
	return go(ctx);
}

SEC("xdp.frags")
int wrap_v4(struct xdp_md *ctx)
{
	return wrap(ctx, V4_WORDS, 3);
}

SEC("xdp.frags")
int wrap_v6(struct xdp_md *ctx)
{
	return wrap(ctx, V6_WORDS, 3);
}

/* On the way back the client is the destination. */
SEC("xdp.frags")
int wrap_v4_back(struct xdp_md *ctx)
{
	return wrap(ctx, V4_WORDS, 4);
}

SEC("xdp.frags")
int wrap_v6_back(struct xdp_md *ctx)
{
	return wrap(ctx, V6_WORDS, 7);
}

/* The wrapper alone. */
SEC("xdp.frags")
int nothing(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_TX;
}

/* The floor: parse, swap MAC addresses, transmit. It parses what the pipeline parses; the
 * barrier keeps the compiler from leaving out what a swap has no use for. */
SEC("xdp.frags")
int floor_swap(struct xdp_md *ctx)
{
	struct packet packet = {.ctx = ctx};
	struct mac mac;

	if (!parse_packet(&packet))
		return XDP_PASS;
	asm volatile("" : : "r"(&packet) : "memory");
	mac = packet.eth->dest;
	packet.eth->dest = packet.eth->source;
	packet.eth->source = mac;
	return XDP_TX;
}

enum stage {
	STAGE_PARSE,
	STAGE_SERVICE,
	STAGE_HASH,
	STAGE_SLOT,
	STAGE_NEXT_HOP,
	STAGE_REWRITE,
};

static __always_inline int run_until(struct xdp_md *ctx, enum stage last)
{
	struct packet packet = {.ctx = ctx};
	const struct sp_service_version *service;

	if (!parse_packet(&packet))
		return XDP_PASS;
	sink = packet.dest.port + packet.source.addr.word[3];
	if (last == STAGE_PARSE)
		return XDP_TX;
	if (!service_read_generation(&packet))
		return XDP_PASS;
	service = service_find_live(&packet);
	if (!service)
		return XDP_PASS;
	sink = service->first;
	if (last == STAGE_SERVICE)
		return XDP_TX;
	if (last == STAGE_HASH) {
		sink = affinity_hash(&packet, service->key);
		return XDP_TX;
	}
	if (!affinity_choose_pod(&packet, service))
		return XDP_PASS;
	sink = packet.dest.port;
	if (last == STAGE_SLOT)
		return XDP_TX;
	if (!next_hop_find(&packet))
		return XDP_PASS;
	sink = packet.hop.dest_mac.word[2];
	if (last == STAGE_NEXT_HOP)
		return XDP_TX;
	rewrite_packet(&packet);
	return XDP_TX;
}

#define UNTIL(name, stage)                    \
	SEC("xdp.frags")                      \
	int name(struct xdp_md *ctx)          \
	{                                     \
		return run_until(ctx, stage); \
	}

UNTIL(until_parse, STAGE_PARSE)
UNTIL(until_service, STAGE_SERVICE)
UNTIL(until_hash, STAGE_HASH)
UNTIL(until_slot, STAGE_SLOT)
UNTIL(until_next_hop, STAGE_NEXT_HOP)
UNTIL(until_rewrite, STAGE_REWRITE)

/* A yardstick: a balancer that remembers every flow and does nothing but look it up. */
struct lru_key {
	struct sp_endpoint client, vip;
};

struct lru_target {
	struct sp_endpoint pod;
	struct hop hop;
	__u32 owner;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 22);
	__type(key, struct lru_key);
	__type(value, struct lru_target);
} lru_flows SEC(".maps");

__u64 lru_misses;

/* `packet` is on its way to its pod, `vip` is what it came with. */
static __noinline void lru_remember(
	const struct packet *packet, const struct sp_endpoint *vip)
{
	struct lru_key key = {.client = packet->source, .vip = *vip};
	struct lru_target target = {
		.pod = packet->dest, .hop = packet->hop, .owner = packet->owner};

	bpf_map_update_elem(&lru_flows, &key, &target, BPF_ANY);
}

SEC("xdp.frags")
int lru_fill(struct xdp_md *ctx)
{
	struct packet packet = {.ctx = ctx};
	const struct sp_service_version *service;
	struct sp_endpoint vip;

	if (!parse_packet(&packet) || !service_read_generation(&packet))
		return XDP_PASS;
	vip = packet.dest;
	service = service_find_live(&packet);
	if (!service || !affinity_choose_pod(&packet, service) || !next_hop_find(&packet))
		return XDP_PASS;
	lru_remember(&packet, &vip);
	return XDP_TX;
}

/* The pod of a flow that is known. */
static __always_inline _Bool lru_choose_pod(struct packet *packet)
{
	struct lru_key key = {.client = packet->source, .vip = packet->dest};
	const struct lru_target *target = bpf_map_lookup_elem(&lru_flows, &key);

	if (!target) {
		lru_misses++;
		return 0;
	}
	packet->dest = target->pod;
	packet->hop = target->hop;
	packet->owner = target->owner;
	packet->reason = SP_REASON_TO_POD;
	return 1;
}

/* All that a balancer needs: routes that may change, and counters. */
SEC("xdp.frags")
int lru_hit(struct xdp_md *ctx)
{
	struct packet packet = {.ctx = ctx};

	if (parse_packet(&packet) && service_read_generation(&packet) &&
		lru_choose_pod(&packet) && next_hop_find(&packet)) {
		traffic_count(&packet);
		rewrite_packet(&packet);
	}
	return out_packet(&packet);
}

/* Next hops that were learnt once and for ever, and no counter. */
SEC("xdp.frags")
int lru_bare(struct xdp_md *ctx)
{
	struct packet packet = {.ctx = ctx};

	if (!parse_packet(&packet) || !lru_choose_pod(&packet))
		return XDP_PASS;
	rewrite_packet(&packet);
	return bpf_redirect(packet.hop.ifindex, 0);
}

char _license[] SEC("license") = "Dual BSD/GPL";
