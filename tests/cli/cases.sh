# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Golden cases: command lines with their files, and what they must print and return.
#
# A case is a file: comment lines, then "$ COMMAND" lines (together a script for bash, in
# an empty folder that holds the case's files), then sections: "== file NAME" for each
# file, "== exit N", "== stdout" and "== stderr"; a section that is left out is empty.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export SAMEPOD=${SAMEPOD:-$PWD/build/san/samepod} LC_ALL=C
[[ -x $SAMEPOD ]] || {
	echo "${0##*/}: error: $SAMEPOD is missing; 'make tests' builds it" >&2
	exit 1
}
# What runs a case, what makes its output the same each time, what clears up before it.
case_shell=(bash) case_normalise='' case_reset=true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

samepod()
{
	"$SAMEPOD" "$@"
}
export -f samepod

# read_case FILE: its commands into $command, all before "== exit" into $work/head, files
# and expectations into folders.
read_case()
{
	local line target=/dev/null is_head=1
	rm -rf "$work/files" "$work/want" "$work/got"
	mkdir "$work/files" "$work/want" "$work/got"
	command=''
	: >"$work/head"
	for line in exit stdout stderr; do : >"$work/want/$line"; done
	while IFS= read -r line; do
		case $line in
		'== file '*)
			target="$work/files/${line#== file }"
			mkdir -p "${target%/*}"
			: >"$target"
			;;
		'== exit '*)
			is_head=0
			echo "${line#== exit }" >"$work/want/exit"
			;;
		'== stdout' | '== stderr')
			target="$work/want/${line#== }"
			;;
		'$ '*)
			[[ $target != /dev/null ]] || command+=${line#\$ }$'\n'
			;;&
		*)
			[[ $target == /dev/null ]] || printf '%s\n' "$line" >>"$target"
			;;
		esac
		[[ $is_head -eq 0 ]] || printf '%s\n' "$line" >>"$work/head"
	done <"$1"
}

run_case()
{
	local name
	$case_reset
	(
		cd "$work/files" || exit 99
		"${case_shell[@]}" -o pipefail -c "$command" </dev/null \
			>"$work/got/stdout" 2>"$work/got/stderr"
		echo $? >"$work/got/exit"
	)
	[[ -z $case_normalise ]] || sed -E -i -e "$case_normalise" "$work/got"/std*
}

# What -j prints is an object a line.
check_json()
{
	[[ $command =~ ' '(-j|--json) ]] || return 0
	python3 -c 'import json, sys
for line in open(sys.argv[1], "rb"):
	if line.startswith(b"{"): json.loads(line.decode())' "$work/got/stdout"
}

write_case()
{
	cat "$work/head"
	echo "== exit $(<"$work/got/exit")"
	for name in stdout stderr; do
		[[ ! -s $work/got/$name ]] || { echo "== $name" && cat "$work/got/$name"; }
	done
}

# cases_run FOLDER [--update] [CASE...]: all of the folder or those named. --update
# writes what was printed, to be read before it is kept.
cases_run()
{
	local update=0 passed=0 failed=0 difference json cases=("$1"/*)
	shift
	[[ ${1:-} != --update ]] || {
		update=1
		shift
	}
	[[ $# -eq 0 ]] || cases=("$@")
	for case in "${cases[@]}"; do
		read_case "$case"
		run_case
		[[ $update -eq 0 ]] || {
			write_case >"$work/new" && cp "$work/new" "$case"
			read_case "$work/new"
			run_case
		}
		difference='' json=''
		if difference=$(diff -u "$work/want" "$work/got") && json=$(check_json 2>&1); then
			passed=$((passed + 1))
			continue
		fi
		failed=$((failed + 1))
		echo "FAIL $case: $command"
		[[ -z $difference ]] || sed 1,3d <<<"$difference"
		[[ -z $json ]] || echo "  not JSON: $json"
	done
	echo "$passed passed, $failed failed"
	[[ $failed -eq 0 ]]
}
