// SPDX-License-Identifier: BSD-2-Clause
/* While sets of services replace each other, every packet finds one pod or another that
 * was right, and never maps that contradict each other. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/test.h"
#include "world.h"

#define APPLIES 60
#define CLIENTS 64

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
} __attribute__((packed));

/* The device of the packets, with one neighbour that everything is routed to. */
static void device_make(void)
{
	EXPECT_EQ(system("ip link add v0 type veth peer name v1 && ip link set v0 up && "
			 "ip link set v1 up && ip address add 10.255.0.1/24 dev v0 && "
			 "ip route add default via 10.255.0.2 && "
			 "ip neigh add 10.255.0.2 lladdr 02:00:00:00:00:02 dev v0 && "
			 "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.v0.forwarding=1 "
			 "net.ipv4.conf.v0.rp_filter=0 net.ipv4.conf.all.rp_filter=0 "
			 "net.ipv6.conf.v0.forwarding=1"),
		0);
}

#define CLIENT(number) htonl(0x0a640000 + (number))

static struct frame frame_make(const uint8_t mac[6], uint32_t from, uint32_t to)
{
	struct frame frame = {
		.eth = {.h_proto = htons(ETH_P_IP)},
		.ip = {.version = 4,
			.ihl = 5,
			.tot_len = htons(sizeof(frame) - sizeof(frame.eth)),
			.ttl = 64,
			.protocol = IPPROTO_TCP,
			.saddr = from,
			.daddr = to},
		.tcp = {.source = htons(80), .dest = htons(80), .doff = 5, .ack = 1},
	};

	memcpy(frame.eth.h_dest, mac, sizeof(frame.eth.h_dest));
	return frame;
}

/* What the program makes of a packet, in *frame; false: nothing. Of one that goes into a
 * tunnel that is the outer header. */
static bool run(
	struct kernel *kernel, const struct kernel_link *link, struct frame *frame)
{
	char out[2 * sizeof(*frame)];
	enum kernel_verdict verdict = KERNEL_DROPPED;
	struct diags diags = {0};
	size_t len;

	EXPECT_EQ(kernel_run(kernel, link, frame, sizeof(*frame), out, sizeof(out), &len,
			  &verdict, &diags),
		0);
	memcpy(frame, out, sizeof(*frame));
	if (diags.errors_len)
		diags_print(stdout, &diags);
	diags_done(&diags);
	return verdict == KERNEL_FORWARDED;
}

/* The pod that the program sends a client to; 0: none. */
static uint32_t pod_of(struct kernel *kernel, const struct kernel_link *link,
	const char *vip, uint32_t client)
{
	struct frame frame = frame_make(link->mac, CLIENT(client), inet_addr(vip));

	return run(kernel, link, &frame) ? frame.ip.daddr : 0;
}

/* The VIP that a pod's answer comes from; 0: none. */
static uint32_t vip_of(
	struct kernel *kernel, const struct kernel_link *link, const char *pod)
{
	struct frame frame = frame_make(link->mac, inet_addr(pod), CLIENT(1));

	return run(kernel, link, &frame) ? frame.ip.saddr : 0;
}

static pid_t start_writer(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child)
		return child;
	for (int i = 0; i < APPLIES; i++)
		if (world_apply(world_sets[1 - i % 2]))
			_exit(1);
	_exit(0);
}

/* "stays" is in both sets; 192.0.2.4 keeps its pods, one with another weight; 192.0.2.5
 * keeps one pod and loses one to 192.0.2.7, which comes and goes. The client is in a
 * range of 192.0.2.4 that is in both of its lists. 192.0.2.9 sends to its pod in two
 * ways. */
static void look(struct kernel *kernel, const struct kernel_link *link,
	const uint32_t *stays, uint32_t client)
{
	uint32_t gives, takes, vip;

	EXPECT_EQ(pod_of(kernel, link, "192.0.2.1", client), stays[client]);
	gives = pod_of(kernel, link, "192.0.2.5", client);
	EXPECT(gives == inet_addr("10.0.5.1") || gives == inet_addr("10.0.5.2"));
	takes = pod_of(kernel, link, "192.0.2.7", client);
	EXPECT(!takes || takes == inet_addr("10.0.5.2") ||
		takes == inet_addr("10.0.1.2") || takes == inet_addr("10.0.7.1"));
	EXPECT_EQ(vip_of(kernel, link, "10.0.4.1"), inet_addr("192.0.2.4"));
	EXPECT(pod_of(kernel, link, "192.0.2.4", client) != 0);
	EXPECT_EQ(pod_of(kernel, link, "192.0.2.9", client), inet_addr("10.0.9.1"));
	vip = vip_of(kernel, link, "10.0.5.2");
	EXPECT(vip == inet_addr("192.0.2.5") || vip == inet_addr("192.0.2.7"));
}

static void expect_no_contradiction(struct kernel *kernel)
{
	struct kernel_stats stats = {0};
	struct diags diags = {0};

	EXPECT_EQ(kernel_read_stats(kernel, &stats, &diags), 0);
	EXPECT_EQ(stats.packets[SP_REASON_BROKEN_MAP], 0);
	EXPECT_EQ(stats.packets[SP_REASON_NO_POD], 0);
	EXPECT_EQ(stats.packets[SP_REASON_REFUSED], 0);
	EXPECT(stats.packets[SP_REASON_TO_POD] > CLIENTS);
	diags_done(&diags);
}

static void look_while_writing(struct kernel *kernel, const struct kernel_link *link)
{
	uint32_t stays[CLIENTS];
	unsigned looks = 0;
	pid_t writer;
	int status;

	for (uint32_t i = 0; i < CLIENTS; i++) {
		stays[i] = pod_of(kernel, link, "192.0.2.1", i);
		EXPECT(stays[i] != 0);
	}
	writer = start_writer();
	while (!waitpid(writer, &status, WNOHANG) && !test_failures)
		look(kernel, link, stays, looks++ % CLIENTS);
	if (test_failures)
		waitpid(writer, &status, 0);
	EXPECT_EQ(status, 0);
	printf("%u looks during %d applies\n", looks, APPLIES);
	EXPECT(looks > 1000);
	expect_no_contradiction(kernel);
}

static void test_live(void)
{
	struct kernel_link *links = NULL;
	struct kernel *kernel = NULL;
	struct diags diags = {0};
	struct arena arena = {0};
	size_t len = 0;

	world_clear();
	device_make();
	EXPECT_EQ(world_apply(world_sets[0]), 0);
	EXPECT_EQ(kernel_open(WORLD_PIN_DIR, KERNEL_WRITE, &kernel, &diags), 0);
	EXPECT_EQ(kernel_attach(kernel, (const char *[]){"v0"}, 1, KERNEL_NATIVE, &diags),
		0);
	kernel_close(kernel);
	EXPECT_EQ(kernel_open(WORLD_PIN_DIR, KERNEL_READ, &kernel, &diags), 0);
	EXPECT_EQ(kernel_read_links(kernel, &arena, &links, &len, &diags), 0);
	EXPECT_EQ(len, 1);
	diags_print(stdout, &diags);
	if (!test_failures)
		look_while_writing(kernel, &links[0]);
	kernel_close(kernel);
	arena_done(&arena);
	diags_done(&diags);
}

static const struct test tests[] = {
	{"packets find right pods while services replace each other", test_live},
};

int main(void)
{
	return world_enter() ? 2 : TESTS_RUN(tests);
}
