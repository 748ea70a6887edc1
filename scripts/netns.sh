# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Clients, a balancer and pods as network namespaces, for the demo and the tests.
#
#   client -- eth0 ---- front -- balancer -- pod1 ---- eth0 -- pod 1
#             10.80.0.0/16                \- pod2 ---- eth0 -- pod 2   10.81.N.0/24
#             fd00:80::/64                                             fd00:81:N::/64
#
# All of it lives in mount and process namespaces of its own, with the BPF filesystem, /run
# and the names of the network namespaces on file systems that vanish with the last
# process: an end by kill -9 leaves nothing either, and nothing of the host's is touched.
# A machine's own devices, pins and routes are never seen from here.

PATH=$PATH:/usr/sbin:/sbin
# shellcheck disable=SC2034 # for those who read this file in
netns_vip4=192.0.2.10 netns_vip6=2001:db8::10
# shellcheck disable=SC2034
netns_pins=/sys/fs/bpf/samepod-test

# In a container a script may be process 1 outside, too.
netns_is_inside()
{
	[[ ${SAMEPOD_NETNS:-} == inside && $$ -eq 1 ]]
}

# netns_enter ARGUMENT...: run this script again, inside; returns only there.
netns_enter()
{
	local inside status=0

	if netns_is_inside; then
		netns_mount
		return
	fi
	[[ $(id -u) -eq 0 ]] || {
		echo "${0##*/}: error: network namespaces need root" >&2
		exit 2
	}
	SAMEPOD_NETNS=inside setpriv --pdeathsig KILL \
		unshare --mount --net --pid --fork --kill-child --mount-proc \
		-- "$0" "$@" </dev/null &
	inside=$!
	# shellcheck disable=SC2064 # the number of now
	trap "kill -KILL $inside 2>/dev/null || :; wait $inside 2>/dev/null || :; exit 130" INT TERM HUP
	wait "$inside" || status=$?
	exit "$status"
}

netns_mount()
{
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir /run/netns
	mount -t sysfs sysfs /sys 2>/dev/null || true
	mount -t bpf bpf /sys/fs/bpf
	ip link set lo up
}

# in_ns NAME COMMAND...: unlike 'ip netns exec' it leaves the BPF filesystem in sight.
in_ns()
{
	nsenter --net="/run/netns/$1" -- "${@:2}"
}

netns_new()
{
	ip netns add "$1"
	in_ns "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
	ip -n "$1" link set lo up
}

# netns_link NS DEV PEER_NS PEER_DEV: a veth pair whose first end will run XDP. Its peer
# must write checksums in full, and takes redirected frames only with GRO.
netns_link()
{
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	in_ns "$3" ethtool -K "$4" tx off gro on >/dev/null
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

netns_new_balancer()
{
	netns_new "$1"
	in_ns "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
}

# netns_new_clients COUNT: namespace client with addresses 10.80.1.1, .2, ... and
# fd00:80::1:1, ::1:2 (hexadecimal), ...
netns_new_clients()
{
	local i

	netns_new client
	netns_link balancer front client eth0
	ip -n balancer address add 10.80.0.1/16 dev front
	ip -n balancer address add fd00:80::1/64 dev front
	for ((i = 1; i <= $1; i++)); do
		echo "address add 10.80.1.$i/16 dev eth0"
		printf 'address add fd00:80::1:%x/64 dev eth0\n' "$i"
	done | ip -n client -batch -
	ip -n client route add default via 10.80.0.1
	ip -n client route add default via fd00:80::1
}

# netns_new_pod NUMBER: namespace podN at 10.81.N.2 and fd00:81:N::2.
netns_new_pod()
{
	netns_new "pod$1"
	netns_link balancer "pod$1" "pod$1" eth0
	ip -n balancer address add "10.81.$1.1/24" dev "pod$1"
	ip -n balancer address add "fd00:81:$1::1/64" dev "pod$1"
	ip -n "pod$1" address add "10.81.$1.2/24" dev eth0
	ip -n "pod$1" address add "fd00:81:$1::2/64" dev eth0
	ip -n "pod$1" route add default via "10.81.$1.1"
	ip -n "pod$1" route add default via "fd00:81:$1::1"
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for()
{
	local end=$((SECONDS + $1))

	until "${@:2}" >/dev/null 2>&1; do
		[[ $SECONDS -lt $end ]] || return 1
		sleep 0.1
	done
}
