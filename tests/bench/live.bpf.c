/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Both ends of live traffic: a sender of TCP packets from many clients, and a sink. */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define LIVE_WORDS 16 /* Ethernet, IPv4 and TCP headers, 10 bytes of payload */
/* Half words in the frame. */
#define AT_IP_CHECK 12
#define AT_SOURCE 13
#define AT_TCP_CHECK 25

/* The frame of a client whose address is 0.0.0.0, so that another's is merely added to
 * the checksums. */
__u32 frame_template[LIVE_WORDS];
__u32 clients_mask; /* number of clients - 1, a power of two less one */
__u32 client;	    /* counts packets */
__u32 out_ifindex;

static __always_inline __u16 check_add(__u16 check, __u16 a, __u16 b)
{
	__u32 sum = (__u16)~check + a + b;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

SEC("xdp")
int live_send(struct xdp_md *ctx)
{
	__u32 *words = (void *)(long)ctx->data;
	__u16 *halves = (void *)words;
	__u32 source = (client++ & clients_mask) * 0x9e3779b1;
	__u16 first = bpf_htons(0x0b00 | source >> 24),
	      second = source; /* in 11.0.0.0/8 */

	if ((void *)(words + LIVE_WORDS) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	for (int i = 0; i < LIVE_WORDS; i++)
		words[i] = frame_template[i];
	halves[AT_SOURCE] = first;
	halves[AT_SOURCE + 1] = second;
	halves[AT_IP_CHECK] = check_add(halves[AT_IP_CHECK], first, second);
	halves[AT_TCP_CHECK] = check_add(halves[AT_TCP_CHECK], first, second);
	return bpf_redirect(out_ifindex, 0);
}

SEC("xdp")
int live_drop(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
