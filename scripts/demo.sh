# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What the demos share: titles, colours, commands as a person would type them, pods.

bold='' dim='' plain='' colors=('' '' '' '' '')
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
	# shellcheck disable=SC2034 # for those who read this file in
	colors=('' $'\e[36m' $'\e[33m' $'\e[35m' $'\e[32m')
fi

title()
{
	printf '\n%s%s%s\n' "$bold" "$1" "$plain"
}

samepod()
{
	# shellcheck disable=SC2154 # scripts/netns.sh has it
	in_ns balancer build/samepod --pin-dir "$netns_pins" "$@"
}

# Show a command as a person would type it, then run it.
run()
{
	printf '  %s$ %s%s\n' "$dim" "$*" "$plain"
	"$@" 2>&1 | sed 's/^/  /'
}

# start_pods COUNT: namespaces podN, each with httpbin.
start_pods()
{
	local i

	for ((i = 1; i <= $1; i++)); do
		netns_new_pod "$i"
		in_ns "pod$i" scripts/demo-pod "pod$i" "10.81.$i.2" 8080 >"/run/pod$i" 2>&1 &
	done
	for ((i = 1; i <= $1; i++)); do
		wait_for 30 grep -q ready "/run/pod$i" || {
			echo "demo: error: httpbin of pod$i did not start:" >&2
			cat "/run/pod$i" >&2
			exit 2
		}
	done
}
