#!/usr/bin/env bash
# What pchatctl and pchatd take for the organisation of capacity.awk: 80,000 users, 33,077 rooms,
# 731,088 entries. Best of three: seconds on the clock and of the processor, whole process.
#
#	tests/bench/capacity.sh BUILD_DIR [SCALE]

set -eu

build=$(cd "${1:?usage: capacity.sh BUILD_DIR [SCALE]}" && pwd)
scale=${2:-1}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pchat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
ctl=$build/pchatctl/pchatctl
unset ${!PCHAT_@}
export PCHAT_STORE=$work/store

# bench NAME BUDGET COMMAND...: exit status 1 is an answer.
bench()
{
	local name=$1 budget=$2 i
	shift 2
	for i in 1 2 3; do
		{ TIMEFORMAT='%R %U %S'; time "$@" >"$work/out" 2>"$work/err"; } 2>>"$work/times" ||
			[ $? = 1 ] || { cat "$work/err" >&2; exit 1; }
	done
	sort -n "$work/times" | awk -v name="$name" -v budget="$budget" 'NR == 1 {
		printf "%-28s %6.3f s, processor %6.3f s  (budget %s)\n", name, $1, $2 + $3, budget }'
	rm "$work/times"
}

# start: pchatd until it is ready, and what it holds then.
start()
{
	local begin pid
	begin=$EPOCHREALTIME
	"$build/pchatd/pchatd" --store "$PCHAT_STORE" --listen tcp:127.0.0.1:0 \
		--ready-file "$work/ready" >/dev/null 2>&1 &
	pid=$!
	until [ -s "$work/ready" ]; do
		kill -0 $pid
		read -rt 0.01 <> <(:) || :
	done
	awk -v begin="$begin" -v now="$EPOCHREALTIME" 'BEGIN { t = now - begin }
		/VmRSS/ { kib = $2 } FILENAME ~ /stat$/ { cpu = ($14 + $15) / 100 }
		END { printf "%-28s %6.3f s, processor %6.3f s, %d MiB  (budget 15)\n",
			"pchatd, until ready", t, cpu, kib / 1024 }' "/proc/$pid/status" "/proc/$pid/stat"
	kill $pid
	wait $pid || :
}

awk -v scale="$scale" -f "$here/capacity.awk" >"$work/manifest.yaml"
echo "$(wc -c <"$work/manifest.yaml") octets"
"$ctl" store init --domain contoso.example 2>/dev/null
{ TIMEFORMAT='apply, empty store: %R s, processor %U + %S s'; time "$ctl" apply -q -f "$work/manifest.yaml"; }
bench "apply, unchanged" 4 "$ctl" apply -f "$work/manifest.yaml"
bench "export" 3 "$ctl" export
cp "$work/out" "$work/export.yaml"
bench "diff of the export" - "$ctl" diff -f "$work/export.yaml"
bench "explain access" 0.020 "$ctl" explain access user77@contoso.example "Small room 5"
bench "explain access, post" 0.020 "$ctl" explain access user77@contoso.example "Medium room 5" --action post
bench "explain policy" 0.020 "$ctl" explain policy user77@contoso.example
bench "explain room" - "$ctl" explain room "Small room 5"
start
