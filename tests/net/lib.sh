# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What the namespace tests share: rows that are sentences, servers, the command.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=scripts/netns.sh
. scripts/netns.sh
netns_enter "$@"

# sized NUMBER SMALL: the number, or what an emulated machine does in the same time.
sized()
{
	[[ -n ${TESTS_SMALL:-} ]] && echo "$2" || echo "$1"
}

rows_passed=0 rows_failed=0 rows_skipped=0
export PEER_TIMEOUT_S=${PEER_TIMEOUT_S:-$(sized 20 90)}
peer=tests/net/peer.py
log=/run/row.log
port=8080 # of pods
vip_port=80

samepod()
{
	in_ns balancer build/samepod --pin-dir "$netns_pins" "$@"
}

client()
{
	in_ns client "$peer" "$@"
}

# row SENTENCE COMMAND...: passes when the command does; else what it printed is shown.
row()
{
	if ("${@:2}") >"$log" 2>&1; then
		rows_passed=$((rows_passed + 1))
		echo "ok   $1"
	else
		rows_failed=$((rows_failed + 1))
		echo "FAIL $1"
		sed 's/^/     /' "$log"
	fi
}

# skip SENTENCE WHY
skip()
{
	rows_skipped=$((rows_skipped + 1))
	echo "SKIPPED: $1: $2"
}

rows_done()
{
	echo "$rows_passed passed, $rows_failed failed, $rows_skipped skipped"
	[[ $rows_failed -eq 0 ]]
	exit
}

# expect WHAT GOT WANTED
expect()
{
	[[ $2 == "$3" ]] && return
	echo "$1: got '$2', expected '$3'"
	return 1
}

# serve NS NAME: start its server on the port of all tests.
serve()
{
	in_ns "$1" "$peer" serve "$2" "$port" >"/run/serve.$2" 2>&1 &
	wait_for 60 grep -q ready "/run/serve.$2"
}

# topology CLIENTS PODS: namespaces, links, a server in every pod.
topology()
{
	local i

	netns_new_balancer balancer
	netns_new_clients "$1"
	for ((i = 1; i <= $2; i++)); do
		netns_new_pod "$i"
		serve "pod$i" "pod$i"
	done
}

# devices PODS: the balancer's, in the order to attach them. Those to the pods come first:
# what a client sends must not arrive while its way back is not rewritten yet.
devices()
{
	seq -f 'pod%g' "$1"
	echo front
}

# services OPTIONS POD...: every VIP of the tests, tcp and udp, over these pods.
services()
{
	local options=$1 protocol pod

	for protocol in tcp udp; do
		echo "service $netns_vip4:80/$protocol name=four-$protocol $options"
		for pod in "${@:2}"; do
			echo "10.81.$pod.2:$port"
		done
		echo "service [$netns_vip6]:80/$protocol name=six-$protocol $options"
		for pod in "${@:2}"; do
			echo "[fd00:81:$pod::2]:$port"
		done
	done
}

# apply OPTIONS POD...
apply()
{
	services "$@" | samepod apply -
}

# hold_open FROM...: a connection each to the IPv4 VIP, as a co-process for ask_held.
hold_open()
{
	coproc { client hold "$netns_vip4" "$vip_port" "$@"; }
	# Copies, since a co-process is closed to pipelines.
	exec {held_read}<&"${COPROC[0]}" {held_write}>&"${COPROC[1]}"
}

# ask_held FILE [SECONDS]: who answers on the connections held open; without SECONDS the
# answer to their opening is read.
ask_held()
{
	local line

	[[ $# -lt 2 ]] || echo "$2" >&"$held_write"
	while read -r -t 120 line <&"$held_read" && [[ $line != end ]]; do
		echo "$line"
	done | sort >"$1"
}

# counter NS NAME: of the namespace's protocol statistics.
counter()
{
	in_ns "$1" nstat -asz "$2" | awk -v "name=$2" '$1 == name { print $2 }'
}

# packets REASON [SHOWN]: how often the program counted it, by what "show stats" shows.
packets()
{
	local shown=${2:-$(samepod -j show stats)}

	/usr/bin/python3 -c '
import json, sys
print(*(r["packets"] for r in json.loads(sys.argv[2])["reasons"] if r["reason"] == sys.argv[1]))
' "$1" "$shown"
}
