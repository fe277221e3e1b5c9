#!/usr/bin/env bash
# How long pchatctl takes for a manifest of 100,000 rooms with one member group each: applied to
# an empty store, applied again unchanged, exported. Best of three, seconds of the whole process.
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

# Least time of three runs of "$@", each after the command in $before.
best()
{
	local least='' i t
	for i in 1 2 3; do
		eval "${before:-:}"
		t=$({ TIMEFORMAT=%R; time "$@" >"$work/out" 2>"$work/err"; } 2>&1) ||
			{ cat "$work/err" >&2; exit 1; }
		if [ -z "$least" ] || awk "BEGIN { exit !($t < $least) }"; then
			least=$t
		fi
	done
	echo "$least"
}

report()
{
	printf '%-44s %6s s  (budget %s)\n' "$1" "$2" "$3"
}

fresh='rm -rf "$work/store"; "$ctl" store init --store "$work/store" --domain contoso.example 2>/dev/null'
awk -v rooms="$rooms" -v groups="$groups" -f "$here/manifest.awk" >"$work/manifest.yaml"
echo "$rooms rooms, $groups groups, $(wc -c <"$work/manifest.yaml") octets"

before=$fresh
report "apply, empty store" "$(best "$ctl" apply --store "$work/store" -f "$work/manifest.yaml")" 1.8
before=
report "apply, unchanged" "$(best "$ctl" apply --store "$work/store" -f "$work/manifest.yaml")" 1.2
report "diff, unchanged" "$(best "$ctl" diff --store "$work/store" -f "$work/manifest.yaml")" -
report "validate" "$(best "$ctl" validate -f "$work/manifest.yaml")" -
report "export" "$(best "$ctl" export --store "$work/store")" -
cp "$work/out" "$work/export.yaml"
report "apply of the export" "$(best "$ctl" apply --store "$work/store" -f "$work/export.yaml")" -
