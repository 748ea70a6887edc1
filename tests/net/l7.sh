# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What the tests of the HTTP helper share: one namespace where every address of some ranges
# exists, pods and helper in it.

# shellcheck source=tests/net/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SAMEPOD=${SAMEPOD:-build/san/samepod}
# Memory that is in use at the end is the kernel's to free.
export ASAN_OPTIONS=detect_leaks=0
access_log=/run/access.log
control=/run/l7.sock
metrics=127.0.0.1:9090
# shellcheck disable=SC2034 # for those who read this file in
vip=192.0.2.10 vip6=2001:db8::10
pod_client=tests/net/l7_client.py

# every_address: all of these are this namespace's, to bind to and to connect to.
every_address()
{
	local range

	for range in 10.0.0.0/8 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24; do
		ip route add local "$range" dev lo
	done
	for range in fd00::/16 2001:db8::/32; do
		ip -6 route add local "$range" dev lo
	done
	sysctl -qw net.ipv6.ip_nonlocal_bind=1
}

# pods_start PORT: a server there, at every address.
pods_start()
{
	tests/net/l7_pod.py "$1" >/run/pods 2>&1 &
	wait_for 60 grep -q ready /run/pods
}

# helper_start FILE [OPTIONS...]: returns when it answers. Its process is in a file, since
# rows run in shells of their own.
helper_start()
{
	: >"$access_log"
	"$SAMEPOD" l7 -f "$1" --control "$control" --access-log "$access_log" \
		--log-format json --metrics "$metrics" "${@:2}" 2>/run/helper.err &
	echo $! >/run/helper.pid
	wait_for 60 helper_answers
}

helper_answers()
{
	"$SAMEPOD" show l7 --control "$control"
}

helper_stop()
{
	local pid

	pid=$(</run/helper.pid)
	kill "$pid"
	wait_for 60 is_gone "$pid"
}

# A process that nobody has waited for yet has no program.
is_gone()
{
	! [[ -e /proc/$1/exe ]]
}

# logged N FIELD...: of the last N lines of the access log, once there are as many more as
# were asked for since log_mark.
log_mark()
{
	log_lines=$(wc -l <"$access_log")
}

has_lines()
{
	[[ $(wc -l <"$access_log") -ge $((log_lines + $1)) ]]
}

logged()
{
	wait_for 20 has_lines "$1" || echo "the access log has no $1 new lines"
	tail -n +"$((log_lines + 1))" "$access_log" | head -n "$1" |
		/usr/bin/python3 -c '
import json, sys
for line in sys.stdin:
    record = json.loads(line)
    print(*(record[field] for field in sys.argv[1:]))
' "${@:2}"
}

# shown FIELD SERVICE [POD]: a number of `show l7`.
shown()
{
	"$SAMEPOD" -j show l7 --control "$control" | /usr/bin/python3 -c '
import json, sys
field, service, pod = sys.argv[1:]
for row in json.load(sys.stdin)["l7"]:
    if row["service"] == service and (row["pod"] or "") == pod:
        print(row[field])
' "$1" "$2" "${3:-}"
}

# ask LINES...: the pods of twelve requests to $vip, see l7_client.py.
ask()
{
	"$pod_client" ask "${ask_vip:-$vip}" "${ask_port:-80}" "$@"
}
