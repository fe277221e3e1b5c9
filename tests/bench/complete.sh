#!/usr/bin/env bash
# How long completion takes to answer on a store of 100,000 rooms: the whole process, as a shell
# starts it. The slowest and the middle one of 41 runs; more than 50 ms in the middle fails.
#
#	tests/bench/complete.sh BUILD_DIR [ROOMS]

set -eu

build=$(cd "${1:?usage: complete.sh BUILD_DIR [ROOMS]}" && pwd)
rooms=${2:-100000}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pchat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
ctl=$build/pchatctl/pchatctl
unset ${!PCHAT_@}
export PCHAT_STORE=$work/store

"$ctl" store init --domain contoso.example -q
awk -v rooms="$rooms" -v groups=1000 -f "$here/manifest.awk" | "$ctl" apply -f - -q
echo "$rooms rooms"

# bench NAME WORD...: complete the last word
bench()
{
	local name=$1 i
	shift
	for i in {1..41}; do
		{ TIMEFORMAT='%R'; time "$ctl" __complete zsh "$@" >"$work/out"; } 2>>"$work/times"
	done
	sort -n "$work/times" | awk -v name="$name" -v n="$(($(wc -l <"$work/out") - 1))" '
	{ t[NR] = $1 * 1000 }
	END {
		printf "%-28s %4d candidates  %4d ms, slowest %4d ms  (budget 50)\n",
			name, n, t[int((NR + 1) / 2)], t[NR]
		exit t[int((NR + 1) / 2)] > 50
	}'
	rm "$work/times"
}

bench "commands" ''
bench "options" room create X --
bench "one room" room show 'room 0500'
bench "any room" room show ''
bench "no room" room show zzz
bench "members of a category" category set Bench --remove-allowed ''
