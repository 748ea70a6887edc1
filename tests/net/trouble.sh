# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What the helper's tests under trouble share; read in after lib.sh.
#
# One namespace, "balancer", in which every address is a local one: pods are processes at
# addresses of 10.244.0.0/24, clients come from where they like.
#
# shellcheck disable=SC2154 # port, netns_vip4 and netns_pins are of lib.sh

vip=$netns_vip4
helper_log=/run/helper.log

l7_topology()
{
	netns_new balancer
	in_ns balancer sysctl -qw net.core.somaxconn=4096 \
		net.ipv4.ip_local_port_range="10000 65000"
	ip -n balancer route add local 10.0.0.0/8 dev lo
	in_ns balancer sysctl -qw net.ipv4.ip_nonlocal_bind=1
}

pod_at()
{
	echo "10.244.0.$1:$port"
}

# pod_start NUMBER
pod_start()
{
	rm -f "/run/pod.$1"
	in_ns balancer sh -c "echo \$\$ >/run/pod.$1.pid; exec tests/net/trouble_pod.py 10.244.0.$1 $port \
		$(pod_at "$1")" >"/run/pod.$1" 2>&1 &
	wait_for 60 grep -q ready "/run/pod.$1"
}

# pod_kill NUMBER: at once, and until it is gone, its address too.
pod_kill()
{
	kill -KILL "$(<"/run/pod.$1.pid")"
	wait_for 20 pod_is_gone "$1"
}

pod_is_gone()
{
	[[ -z $(in_ns balancer ss -Hltn "src $(pod_at "$1")") ]]
}

# pods OPTIONS POD...: a plain list; a POD is a NUMBER, or NUMBER:OPTION.
pods()
{
	local pod

	echo "service $vip:80/tcp name=shop $1"
	for pod in "${@:2}"; do
		echo "$(pod_at "${pod%%:*}") $(echo "${pod#"${pod%%:*}"}" | tr : ' ')"
	done
}

# helper_start OPTION...: with what is told beside pods; its worker's and its own numbers
# are found by helper_pid and worker_pids.
helper_start()
{
	rm -f /run/helper.status
	helper_run "$@" &
	wait_for 60 helper_answers || {
		tail -n 5 "$helper_log"
		return 1
	}
}

helper_run()
{
	in_ns balancer sh -c 'echo $$ >/run/helper.pid; exec "$@"' sh build/samepod l7 \
		--control /run/helper.sock "$@" >"$helper_log" 2>&1
	echo $? >/run/helper.status
}

helper_answers()
{
	[[ $(ask) == 10.244.0.* ]]
}

helper_pid()
{
	cat /run/helper.pid
}

# helper_end: it has to end by itself when told.
helper_end()
{
	kill -TERM "$(helper_pid)"
	wait_for 60 test -s /run/helper.status
	expect "exit status" "$(</run/helper.status)" 0
}

# ask [CURL-OPTION...]: one request on a connection of its own; prints the answer.
ask()
{
	in_ns balancer curl -s --max-time 20 -H "Cookie: sticky=curl" "$@" "http://$vip/"
}

# ask_many COUNT: so many requests, each on a connection of its own; all have to be
# answered by a pod.
ask_many()
{
	local i answer

	for ((i = 0; i < $1; i++)); do
		answer=$(ask --interface "10.80.1.$((i % 250 + 1))")
		[[ $answer == 10.244.0.* ]] || {
			echo "request $i of $1: '$answer'"
			return 1
		}
	done
}
