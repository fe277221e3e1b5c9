#!/usr/bin/env bash
# tests/run, on programs made up for it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=${PCHAT_SOURCE:-$(cd "$here/../../.." && pwd)}
# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$here/tap.bash"
[ -x "$root/tests/run" ] || {
	echo "Bail out! no $root/tests/run"
	exit 1
}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# tree: an empty test directory and build directory.
tree()
{
	rm -rf "$tmp/src" "$tmp/build"
	mkdir -p "$tmp/src/tests"/{cli,wire,e2e,unit/area} "$tmp/build/tests/unit"
}

# program PATH: a test program with the body from standard input.
program()
{
	{ echo '#!/bin/sh'; cat; } >"$tmp/$1"
	chmod +x "$tmp/$1"
}

# run [PATTERN...]: the output goes to $out, the status to $status.
run()
{
	out=$(PCHAT_TEST_ROOT=$tmp/src/tests TMPDIR=$tmp timeout 60 "$root/tests/run" \
		"$tmp/build" "$@" 2>&1)
	status=$?
	last=$(printf '%s\n' "$out" | tail -n 1)
}

# outcome NAME STATUS LAST: what the run before ended with.
outcome()
{
	same "$1" "$2: $3" "$status: $last"
}

tree
program src/tests/cli/good.t <<'END'
echo 1..2
echo ok 1 - one
echo ok 2
END
run
outcome "a passing program" 0 "2 passed, 0 failed"
has "it has one line" '^ok +cli/good\.t +\(2 tests\)$' "$out"

program src/tests/wire/bad.t <<'END'
echo ok 1
echo not ok 2 - the second
echo on stderr >&2
echo 1..2
exit 1
END
run
outcome "failing tests are counted once" 1 "3 passed, 1 failed"
has "a failing program is named" '^FAIL +wire/bad\.t +\(2 tests, 1 failed\)$' "$out"
has "its output is shown" '\| not ok 2 - the second$' "$out"
has "and what it wrote to standard error" '\| on stderr$' "$out"
run 'cli/*'
outcome "a pattern selects" 0 "2 passed, 0 failed"
run good bad
outcome "several patterns select more" 1 "3 passed, 1 failed"
run nothing
outcome "a pattern that selects nothing" 2 "tests/run: no test program matches 'nothing'"

# odd NAME REASON LAST: one program with the body from standard input, and what is said of it.
odd()
{
	tree
	program build/tests/unit/odd
	run
	outcome "$1" 1 "$3"
	has "$1: the reason" "^FAIL +unit/odd .*; $2\\)\$" "$out"
}

odd "status without a failed test" "status 3" "1 passed, 1 failed" <<'END'
echo 1..1
echo ok 1
exit 3
END
odd "ended by a signal" "ended by a signal or not started, status 139" "1 passed, 1 failed" <<'END'
echo 1..1
echo ok 1
kill -SEGV $$
END
odd "ended by a signal after a failed test" "ended by a signal .* 134" "0 passed, 2 failed" <<'END'
echo 1..2
echo not ok 1
kill -ABRT $$
END
odd "no plan" "no plan" "1 passed, 1 failed" <<'END'
echo ok 1
END
odd "fewer tests than planned" "planned 3 tests, ran 1" "1 passed, 1 failed" <<'END'
echo 1..3
echo ok 1
END
odd "more tests than planned" "planned 1 tests, ran 2" "2 passed, 1 failed" <<'END'
echo 1..1
echo ok 1
echo ok 2
END
odd "no tests at all" "no tests" "0 passed, 1 failed" </dev/null
odd "an empty plan without a reason" "no tests" "0 passed, 1 failed" <<'END'
echo 1..0
END
odd "bail out" "bailed out" "1 passed, 1 failed" <<'END'
echo 1..1
echo ok 1
echo "Bail out! no disk"
END
odd "cannot be started" "ended by a signal or not started, status 126" "0 passed, 1 failed" <<END
exec $tmp/build
END

tree
program build/tests/unit/slow <<'END'
echo 1..1
echo ok 1
exec sleep 50
END
PCHAT_TEST_TIMEOUT=1 run
outcome "out of time" 1 "1 passed, 1 failed"
has "out of time: the reason" "; out of time after 1 s\\)$" "$out"

tree
program build/tests/unit/groups <<'END'
echo 1..2
echo ok 1
echo "not ok 2 # SKIP no such thing here"
echo "    not ok 3 - of a subtest"
echo "# not ok - a remark"
echo 1..1
echo ok 1
END
program src/tests/unit/area/check_none.sh <<'END'
echo "1..0 # SKIP not on this system"
END
run
outcome "several plans, skipped tests, subtests" 0 "2 passed, 0 failed"
has "a skipped test is listed" '^skipped +unit/groups: 2 # SKIP no such thing here$' "$out"
has "a skipped program is listed" '^skipped +unit/area/check_none.sh: SKIP not on' "$out"

tree
program src/tests/e2e/where.t <<'END'
echo 1..1
[ -z "$(ls -A)" ] && [ "$TMPDIR" -ef . ] && touch "$TMPDIR/left" &&
	[ "$CMOCKA_MESSAGE_OUTPUT" = TAP ] && [ -z "${CMOCKA_XML_FILE+set}" ] &&
	[ -z "${PCHAT_STORE+set}" ] && [ -d "$PCHAT_BUILD/tests/unit" ] &&
	[ -d "$PCHAT_SOURCE/tests/e2e" ] && ! read -r line && echo ok 1 || echo not ok 1
END
cp "$tmp/src/tests/e2e/where.t" "$tmp/build/tests/unit/where"
echo "no program" >"$tmp/build/tests/unit/notes.txt"
mkdir "$tmp/build/tests/unit/CMakeFiles"
PCHAT_STORE=/nowhere CMOCKA_XML_FILE=x run
outcome "each program has its own surroundings" 0 "2 passed, 0 failed"
same "nothing is left behind" "build src" "$(cd "$tmp" && echo *)"

tree
program build/tests/unit/interrupt <<'END'
echo 1..1
kill -INT $$
echo ok 1
END
run
outcome "programs do not inherit ignored signals" 1 "0 passed, 1 failed"

tree
program build/tests/unit/torn <<'END'
echo 1..1
echo ok 1
printf torn >&2
exit 1
END
run
outcome "output without a last line end" 1 "1 passed, 1 failed"

tree
mkfifo "$tmp/build/started"
program build/tests/unit/endless <<'END'
echo $$ >"$PCHAT_BUILD/started"
exec sleep 50
END
PCHAT_TEST_ROOT=$tmp/src/tests TMPDIR=$tmp "$root/tests/run" "$tmp/build" >/dev/null 2>&1 &
runner=$!
# Opened for both ways, so that a runner that starts nothing cannot hold us up.
exec 3<>"$tmp/build/started"
endless=none
read -r -t 60 endless <&3
exec 3<&-
kill -TERM "$runner"
wait "$runner"
same "a runner that is ended says so" 130 $?
check "it had started its program" [ "$endless" -gt 0 ]
if kill -0 "$endless" 2>/dev/null; then
	not_ok "and ends it"
else
	ok "and ends it"
fi
same "and leaves nothing behind" "build src" "$(cd "$tmp" && echo *)"

tree
for i in 1 2 3 4 5 6 7; do
	program "src/tests/cli/$i.t" <<-END
	echo 1..1
	echo "ok 1 - $i"
	END
done
PCHAT_TEST_JOBS=3 run
outcome "more programs than jobs" 0 "7 passed, 0 failed"

rm -rf "$tmp/build"
run
outcome "no build directory" 2 "tests/run: no build directory '$tmp/build'; build first"

plan
