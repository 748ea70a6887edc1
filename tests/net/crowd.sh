# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What the tests with thousands of connections share; read in after lib.sh.
#
# Two namespaces stand for two nodes: each address of 10.90.N.0/24 and fd00:90:N::/64 is a
# pod, and one process answers for all of them.
#
# shellcheck disable=SC2154 # port and netns_vip4/6 are of the script that reads this in

crowd=tests/net/crowd.py
clients=200
family=four # or six
pods_at=()

crowd_topology()
{
	local i

	ulimit -n 20000
	netns_new_balancer balancer
	netns_new_clients "$clients"
	for i in 1 2; do
		netns_new_pod "$i"
		ip -n "pod$i" route add local "10.90.$i.0/24" dev lo
		ip -n "pod$i" route add local "fd00:90:$i::/64" dev lo
		ip -n balancer route add "10.90.$i.0/24" via "10.81.$i.2"
		ip -n balancer route add "fd00:90:$i::/64" via "fd00:81:$i::2"
		in_ns "pod$i" sysctl -qw net.core.somaxconn=4096
		in_ns "pod$i" "$crowd" serve "$port" >"/run/serve.$i" 2>&1 &
		wait_for 60 grep -q ready "/run/serve.$i"
	done
}

# pod_addrs FAMILY: sets pods_at, addresses by number; pods alternate between the nodes.
pod_addrs()
{
	local i

	for ((i = 0; i < 400; i++)); do
		if [[ $1 == six ]]; then
			printf -v "pods_at[$i]" 'fd00:90:%x::%x' $((i % 2 + 1)) $((i / 2 + 1))
		else
			pods_at[i]=10.90.$((i % 2 + 1)).$((i / 2 + 1))
		fi
	done
}

vip_of()
{
	[[ $1 == six ]] && echo "$netns_vip6" || echo "$netns_vip4"
}

# shop OPTIONS POD...: a plain list; a POD is a NUMBER, or NUMBER:OPTION.
shop()
{
	local vip pod at

	vip=$(vip_of "$family")
	[[ $family != six ]] || vip="[$vip]"
	echo "service $vip:80/tcp name=$family $1"
	for pod in "${@:2}"; do
		at=${pods_at[${pod%%:*}]}
		[[ $family != six ]] || at="[$at]"
		[[ $pod == *:* ]] && echo "$at:$port ${pod#*:}" || echo "$at:$port"
	done
}

# crowd_start: its process, for crowd_tell.
crowd_start()
{
	local sources

	mapfile -t sources < <(
		if [[ $family == six ]]; then
			seq "$clients" | xargs printf 'fd00:80::1:%x\n'
		else
			seq -f '10.80.1.%g' "$clients"
		fi)
	coproc { in_ns client "$crowd" hold "$(vip_of "$family")" 80 "${sources[@]}"; }
	# Copies, since a co-process is closed to pipelines.
	exec {crowd_read}<&"${COPROC[0]}" {crowd_write}>&"${COPROC[1]}"
}

crowd_stop()
{
	local process=$COPROC_PID

	crowd_tell quit >/run/answers
	exec {crowd_read}<&- {crowd_write}>&-
	wait "$process"
}

# crowd_tell COMMAND...: its answer.
crowd_tell()
{
	local line

	echo "$*" >&"$crowd_write"
	read -r -t 120 line <&"$crowd_read" || { echo "no answer"; return 1; }
	echo "$line"
}

# all_whole: every connection is answered by the pod that accepted it.
all_whole()
{
	local state

	state=$(crowd_tell ask 10)
	echo "$state"
	[[ $state == *" broken=0 silent=0 strayed=0" && $state != open=0* ]]
}

# field STATE NAME: its number.
field()
{
	[[ $1 =~ $2=([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}
