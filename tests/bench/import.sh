#!/usr/bin/env bash
# How many rows of CSV a second pchatctl imports into a store of 100,000 rooms: users, rooms and
# members that are new, rooms that are there already. Best of three, whole process.
#
#	tests/bench/import.sh BUILD_DIR [ROOMS [ROWS]]

set -eu

build=$(cd "${1:?usage: import.sh BUILD_DIR [ROOMS [ROWS]]}" && pwd)
rooms=${2:-100000}
rows=${3:-100000}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pchat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
ctl=$build/pchatctl/pchatctl
unset ${!PCHAT_@}

awk -v rooms="$rooms" -v groups=1000 -f "$here/manifest.awk" >"$work/manifest.yaml"
"$ctl" store init --store "$work/full" --domain contoso.example -q
"$ctl" apply --store "$work/full" -f "$work/manifest.yaml" -q
awk -v n="$rows" 'BEGIN { print "SIP address,Display Name,Company"
	for (i = 0; i < n; i++) printf "user%06d@contoso.example,User %06d,Contoso\n", i, i }' >"$work/users.csv"
awk -v n="$rows" 'BEGIN { print "Name,Category,Description,Privacy,Members"
	for (i = 0; i < n; i++) printf "New room %06d,Bench,From a table,Closed,group:Group %06d\n", i, i % 1000 }' >"$work/new.csv"
awk -v n="$rooms" 'BEGIN { print "Name,Category,Members"
	for (i = 0; i < n; i++) printf "Room %06d,Bench,group:Group %06d\n", i, i % 1000 }' >"$work/same.csv"
awk -v n="$rows" -v rooms="$rooms" 'BEGIN { print "Room,Principal,Role"
	for (i = 0; i < n; i++) printf "Room %06d,group:Group %06d,Manager\n", i % rooms, (i + 1) % 1000 }' >"$work/members.csv"

# bench NAME WHAT FILE
bench()
{
	local n=$(($(wc -l <"$3") - 1)) i
	for i in 1 2 3; do
		rm -rf "$work/store"
		cp -a "$work/full" "$work/store"
		{ TIMEFORMAT='%R %U %S'; time "$ctl" import csv "$2" "$3" --store "$work/store" --yes >"$work/out" 2>"$work/err"; } 2>>"$work/times" ||
			{ cat "$work/err" >&2; exit 1; }
	done
	sort -n "$work/times" | awk -v name="$1" -v n="$n" 'NR == 1 {
		printf "%-24s %7d rows %6.2f s, processor %6.2f s: %7d rows/s  (budget 20000)\n", name, n, $1, $2 + $3, n / $1 }'
	rm "$work/times"
}

bench "users, new" users "$work/users.csv"
bench "rooms, new" rooms "$work/new.csv"
bench "rooms, unchanged" rooms "$work/same.csv"
bench "members, new managers" members "$work/members.csv"
