/* SPDX-License-Identifier: BSD-2-Clause */
/* The test's network, set up by ip(8). */
#include "network.h"

#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

const uint8_t mac_client0[6] = {0x02, 0, 0, 0, 0, 0x01};
const uint8_t mac_pod0[6] = {0x02, 0, 0, 0, 0, 0x02};
const uint8_t mac_small0[6] = {0x02, 0, 0, 0, 0, 0x03};
const uint8_t mac_gateway[6] = {0x02, 0, 0, 0, 0, 0xfe};
const uint8_t mac_pod[6] = {0x02, 0, 0, 0, 0x01, 0x0b};

static const char ip_batch[] =
	"link set lo up\n"
	"link add client0 address 02:00:00:00:00:01 type veth peer name client1\n"
	"link add pod0 address 02:00:00:00:00:02 type veth peer name pod1\n"
	"link add small0 address 02:00:00:00:00:03 mtu 1280 type veth peer name small1\n"
	"link add off0 type veth peer name off1\n"
	"link set client0 up\nlink set client1 up\n"
	"link set pod0 up\nlink set pod1 up\n"
	"link set small0 up\nlink set small1 up\n"
	"link set off0 up\nlink set off1 up\n"
	"addr add 198.51.100.1/24 dev client0\n"
	"addr add 2001:db8:1::1/64 dev client0 nodad\n"
	"addr add 10.0.1.1/24 dev pod0\n"
	"addr add fd00:1::1/64 dev pod0 nodad\n"
	"addr add 10.0.2.1/24 dev small0\n"
	"addr add fd00:2::1/64 dev small0 nodad\n"
	"neigh add 198.51.100.254 lladdr 02:00:00:00:00:fe dev client0\n"
	"neigh add 2001:db8:1::fe lladdr 02:00:00:00:00:fe dev client0\n"
	"neigh add 10.0.1.11 lladdr 02:00:00:00:01:0b dev pod0\n"
	"neigh add 10.0.1.12 lladdr 02:00:00:00:01:0c dev pod0\n"
	"neigh add 10.0.1.13 lladdr 02:00:00:00:01:0d dev pod0\n"
	"neigh add fd00:1::11 lladdr 02:00:00:00:01:0b dev pod0\n"
	"neigh add fd00:1::12 lladdr 02:00:00:00:01:0c dev pod0\n"
	"neigh add fd00:1::13 lladdr 02:00:00:00:01:0d dev pod0\n"
	"neigh add 10.0.2.11 lladdr 02:00:00:00:01:0b dev small0\n"
	"neigh add fd00:2::11 lladdr 02:00:00:00:01:0b dev small0\n"
	"route add default via 198.51.100.254\n"
	"route add default via 2001:db8:1::fe\n"
	"route add unreachable 10.0.8.0/24\n"
	"route add unreachable fd00:8::/64\n"
	"route add blackhole 10.0.9.0/24\n"
	"route add blackhole fd00:9::/64\n"
	"route add prohibit 10.0.10.0/24\n"
	"route add prohibit fd00:10::/64\n"
	"route add 10.0.11.0/24 via 10.0.1.11\n"
	"route add fd00:11::/64 via fd00:1::11\n"
	"route add 10.0.12.0/24 via inet6 fd00:1::11\n"
	"rule add from 192.0.2.20 blackhole\n";

/* A batch holds rules of one family only. */
static const char ip6_batch[] = "rule add from 2001:db8::20 blackhole\n";

static int network_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	int error = !file || fputs(text, file) < 0;

	if ((file && fclose(file)) || error) {
		perror(path);
		return -1;
	}
	return 0;
}

static int network_run_ip(const char *command, const char *batch)
{
	FILE *ip = popen(command, "w");

	if (!ip || fputs(batch, ip) < 0 || pclose(ip)) {
		fprintf(stderr, "ip(8) has failed to set up the network\n");
		return -1;
	}
	return 0;
}

int network_open(void)
{
	if (unshare(CLONE_NEWNET)) {
		perror("new network namespace");
		return -1;
	}
	if (network_run_ip("ip -batch -", ip_batch) ||
		network_run_ip("ip -6 -batch -", ip6_batch) ||
		network_write("/proc/sys/net/ipv4/ip_forward", "1") ||
		network_write("/proc/sys/net/ipv6/conf/all/forwarding", "1") ||
		network_write("/proc/sys/net/ipv4/conf/off0/forwarding", "0") ||
		network_write("/proc/sys/net/ipv6/conf/off0/forwarding", "0"))
		return -1;
	return 0;
}

uint32_t network_ifindex(enum network_dev dev)
{
	static const char *const names[] = {"client0", "pod0", "small0", "off0"};

	return if_nametoindex(names[dev]);
}

void network_set_mtu(unsigned mtu)
{
	static const char *const names[] = {"client0", "client1", "pod0", "pod1"};
	char command[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(
			command, sizeof(command), "ip link set %s mtu %u", names[i], mtu);
		if (system(command))
			abort();
	}
}

void network_move(const char *neighbour, const uint8_t mac[6])
{
	char command[128];

	snprintf(command, sizeof(command),
		"ip neigh replace %s lladdr %02x:%02x:%02x:%02x:%02x:%02x dev pod0",
		neighbour, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	if (system(command))
		abort();
}
