#!/usr/bin/env bash
# Memory and time of listing and exporting stores of 1,000 and of 100,000 rooms: the memory has to
# be the same.
#
#	tests/bench/list.sh BUILD_DIR

set -eu

build=$(cd "${1:?usage: list.sh BUILD_DIR}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pchat-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
ctl=$build/pchatctl/pchatctl
unset ${!PCHAT_@}

for rooms in 1000 100000; do
	awk -v rooms=$rooms -v groups=100 -f "$here/manifest.awk" >"$work/manifest.yaml"
	"$ctl" store init --store "$work/$rooms" --domain contoso.example -q
	"$ctl" apply --store "$work/$rooms" -f "$work/manifest.yaml" -q
done

# The peak includes what the process was before it became pchatctl: the size of this interpreter is
# the least that is shown.
python3 - "$ctl" "$work" <<'END'
import os, sys, time
ctl, work = sys.argv[1:]
null = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
def run(*words):
    begin = time.perf_counter()
    pid = os.posix_spawn(ctl, [ctl, *words], os.environ, file_actions=null)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0
    return usage.ru_maxrss, usage.ru_utime + usage.ru_stime, time.perf_counter() - begin
for words in (["room", "list"], ["room", "list", "-o", "json"], ["export"]):
    for rooms in ("1000", "100000"):
        rss, cpu, clock = min(run("--store", f"{work}/{rooms}", *words) for _ in range(3))
        print(f"{' '.join(words):20} {rooms:>6} rooms: {rss:6} KiB, {clock:.2f} s, processor {cpu:.2f} s")
END
