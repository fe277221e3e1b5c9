#!/usr/bin/env bash
# How long pchatctl takes for a manifest of 100,000 rooms with one member group each: applied to
# an empty store, applied again unchanged, exported. Best of three: seconds on the clock and of
# the processor, whole process.
#
#	tests/bench/apply.sh BUILD_DIR [ROOMS [GROUPS]]

set -eu

build=$(cd "${1:?usage: apply.sh BUILD_DIR [ROOMS [GROUPS]]}" && pwd)
rooms=${2:-100000}
groups=${3:-1000}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pchat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
ctl=$build/pchatctl/pchatctl
unset ${!PCHAT_@}

# bench NAME BUDGET COMMAND...: the fastest of three runs, each after the command in $before.
bench()
{
	local name=$1 budget=$2 i
	shift 2
	for i in 1 2 3; do
		eval "${before:-:}"
		{ TIMEFORMAT='%R %U %S'; time "$@" >"$work/out" 2>"$work/err"; } 2>>"$work/times" ||
			{ cat "$work/err" >&2; exit 1; }
	done
	sort -n "$work/times" | awk -v name="$name" -v budget="$budget" 'NR == 1 {
		printf "%-28s %6.3f s, processor %6.3f s  (budget %s)\n", name, $1, $2 + $3, budget }'
	rm "$work/times"
}

fresh='rm -rf "$work/store"; "$ctl" store init --store "$work/store" --domain contoso.example 2>/dev/null'
awk -v rooms="$rooms" -v groups="$groups" -f "$here/manifest.awk" >"$work/manifest.yaml"
echo "$rooms rooms, $groups groups, $(wc -c <"$work/manifest.yaml") octets"

before=$fresh
bench "apply, empty store" 1.8 "$ctl" apply --store "$work/store" -f "$work/manifest.yaml"
before=
bench "apply, unchanged" 1.2 "$ctl" apply --store "$work/store" -f "$work/manifest.yaml"
bench "diff, unchanged" - "$ctl" diff --store "$work/store" -f "$work/manifest.yaml"
bench "validate" - "$ctl" validate -f "$work/manifest.yaml"
bench "export" - "$ctl" export --store "$work/store"
cp "$work/out" "$work/export.yaml"
bench "apply of the export" - "$ctl" apply --store "$work/store" -f "$work/export.yaml"
