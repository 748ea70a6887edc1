/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet costs on live veth traffic, beside nftables' DNAT by the same key: CPU
 * time of the sender's thread, in whose softirqs the packets go on, and of the CPU's
 * ksoftirqd. */
#include <dirent.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "live.skel.h"
#include "measure.h"

#define PACKETS 150000
#define CLIENTS 4096
#define FRAME_LEN 64
#define TARGET 0.35

static const struct shape shape = {
	1, "live", false, SP_KEY_SOURCE_IP, SP_ALGORITHM_MAGLEV, false};

/* To the shape's VIP and port. */
static const char ruleset[] =
	"nft -f - <<'END'\n"
	"table ip bench {\n"
	"chain pre {\n"
	"type nat hook prerouting priority dstnat;\n"
	"ip daddr 192.0.2.10 tcp dport 81 dnat to jhash ip saddr mod 3 "
	"map { 0 : 10.0.1.11, 1 : 10.0.1.12, 2 : 10.0.1.13 }\n"
	"}\n"
	"}\n"
	"END";

static struct live_bpf *live;
static uint8_t frame[FRAME_MAX];

static void frame_make(void)
{
	struct frame packet = {.dest_mac = mac_client0,
		.source_mac = mac_gateway,
		.source = endpoint("0.0.0.0", 40000, IPPROTO_TCP),
		.dest = endpoint("192.0.2.10", 81, IPPROTO_TCP),
		.ttl = 64,
		.payload_len = 10};

	must(frame_build(&packet, frame) != FRAME_LEN, "frame");
}

static void live_open(void)
{
	live = live_bpf__open_and_load();
	must(!live, "programs");
	memcpy(live->bss->frame_template, frame, FRAME_LEN);
	live->bss->clients_mask = CLIENTS - 1;
	live->bss->out_ifindex = if_nametoindex("client1");
}

/* A program on a device; -1 takes it off. */
static void attach(const char *dev, int program_fd)
{
	must(bpf_xdp_attach(
		     (int)if_nametoindex(dev), program_fd, XDP_FLAGS_DRV_MODE, NULL),
		dev);
}

static unsigned long long received(const char *dev)
{
	FILE *file = fopen("/proc/thread-self/net/dev", "r");
	unsigned long long packets = 0;
	char line[512], name[32];

	must(!file, "/proc/thread-self/net/dev");
	while (fgets(line, sizeof(line), file)) {
		unsigned long long at;

		if (sscanf(line, " %31[^:]: %*u %llu", name, &at) == 2 &&
			!strcmp(name, dev))
			packets = at;
	}
	fclose(file);
	return packets;
}

static double read_first_number(const char *path)
{
	FILE *file = fopen(path, "r");
	double number = 0;

	if (file) {
		if (fscanf(file, "%lf", &number) != 1)
			number = 0;
		fclose(file);
	}
	return number;
}

/* Its path in /proc; empty: it is not in sight. */
static void softirq_find(int cpu, char path[64])
{
	char wanted[32], name[32], comm[300];
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	path[0] = '\0';
	snprintf(wanted, sizeof(wanted), "ksoftirqd/%d", cpu);
	while (proc && (entry = readdir(proc))) {
		FILE *file;

		snprintf(comm, sizeof(comm), "/proc/%s/comm", entry->d_name);
		file = fopen(comm, "r");
		if (!file)
			continue;
		if (fscanf(file, "%31s", name) == 1 && !strcmp(name, wanted))
			snprintf(path, 64, "/proc/%.20s/schedstat", entry->d_name);
		fclose(file);
	}
	if (proc)
		closedir(proc);
}

static char softirq_path[64];

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec +
	       (softirq_path[0] ? read_first_number(softirq_path) : 0);
}

/* Send so many; returns the CPU time of one of those that arrive at `dev`. */
static double run(const char *dev, uint32_t packets)
{
	struct xdp_md ctx = {
		.ingress_ifindex = if_nametoindex("client1"), .data_end = FRAME_LEN};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame,
		.data_size_in = FRAME_LEN, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		.repeat = (int)packets, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	unsigned long long before = received(dev);
	double start = now_ns(), ns;

	must(bpf_prog_test_run_opts(bpf_program__fd(live->progs.live_send), &options),
		"live frames");
	ns = now_ns() - start;
	before = received(dev) - before;
	if (before < packets / 2) {
		fprintf(stderr, "bench_live: %llu of %u packets arrived at %s\n", before,
			packets, dev);
		exit(1);
	}
	return ns / (double)before;
}

static double run_sender(void)
{
	double ns;

	attach("client0", bpf_program__fd(live->progs.live_drop));
	ns = run("client0", PACKETS);
	attach("client0", -1);
	return ns;
}

static double run_samepod(void)
{
	double ns;

	attach("client0", loaded_program_fd());
	attach("pod1", bpf_program__fd(live->progs.live_drop));
	ns = run("pod1", PACKETS);
	attach("pod1", -1);
	attach("client0", -1);
	return ns;
}

/* GRO lets client0 take frames without a program; at pod1 the stack drops packets for
 * another MAC address. */
static double run_nft(void)
{
	double ns;

	must(system(ruleset), "nft");
	run("pod1", 2 * CLIENTS); /* flows are known from here on */
	ns = run("pod1", PACKETS);
	must(system("nft delete table ip bench"), "nft");
	return ns;
}

int main(void)
{
	double sender[ROUNDS], samepod[ROUNDS], nft[ROUNDS], ratio;
	cpu_set_t cpus;
	int cpu = sched_getcpu();

	if (system("nft --version >/dev/null 2>&1")) {
		printf("nft is missing: scripts/setup test installs it\n");
		return 0;
	}
	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	must(sched_setaffinity(0, sizeof(cpus), &cpus), "affinity");
	softirq_find(cpu, softirq_path);
	measure_open();
	shape_add(&shape);
	must(system("ethtool -K client0 gro on >/dev/null"), "ethtool");
	frame_make();
	live_open();
	for (int round = 0; round < ROUNDS; round++) {
		sender[round] = run_sender();
		samepod[round] = run_samepod();
		nft[round] = run_nft();
	}
	ratio = median_ratio(samepod, nft);
	printf("live TCP packets of %d clients over veth, ns of CPU time each\n"
	       "sent and dropped %.0f, samepod %.0f, nftables jhash DNAT %.0f\n"
	       "samepod to nftables  %.2f <= %.2f %s\n",
		CLIENTS, median_of(sender), median_of(samepod), median_of(nft), ratio,
		TARGET, ratio <= TARGET ? "PASS" : "MISS");
	live_bpf__destroy(live);
	measure_close();
	return 0;
}
