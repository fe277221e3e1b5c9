#!/usr/bin/env bash
# history.sh BUILD_DIR: list and take back a change of 100,000 rooms. Prints seconds of processor
# time and on the clock, and megabytes, of each command.
set -eu
build=$(cd "$1" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pchat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
export PATH=$build/pchatctl:$PATH PCHAT_STORE=$work/store PCHAT_ACTOR=bench

measure()
{
	echo "== pchatctl $*"
	/usr/bin/env python3 - "$@" <<'END'
import os, resource, subprocess, sys, time
began = time.monotonic()
status = subprocess.run(["pchatctl", *sys.argv[1:]], stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{time.monotonic() - began:.2f} s, processor {used.ru_utime + used.ru_stime:.2f} s, "
      f"{used.ru_maxrss / 1024:.0f} MB, status {status}")
END
}

pchatctl store init --domain contoso.example -q
pchatctl category create Bench -q
{
	printf 'pchat: 1\nrooms:\n'
	for n in $(seq 100000); do echo "- {name: Room $n, category: Bench}"; done
} >"$work/rooms.yaml"
pchatctl apply -f "$work/rooms.yaml" -q
measure history
measure history --object 'rooms/Room 5000'
measure history show now
measure audit list -o jsonl
measure audit list -o csv
measure diff 2..3
measure rollback 2 --dry-run
measure rollback 2 --yes
measure rollback 3 --yes
