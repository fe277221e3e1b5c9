# TAP for shell tests: source it, call check, same or has for each test, end with plan.
# shellcheck shell=bash

tap_tests=0
tap_failed=0

# ok NAME
ok()
{
	tap_tests=$((tap_tests + 1))
	echo "ok $tap_tests - $1"
}

# not_ok NAME [TEXT]: the text is shown as a comment.
not_ok()
{
	tap_tests=$((tap_tests + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_tests - $1"
	[ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}

# check NAME COMMAND...: the command succeeds.
check()
{
	local name=$1
	shift
	if "$@"; then
		ok "$name"
	else
		not_ok "$name" "failed: $*"
	fi
}

# same NAME WANTED GOT
same()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted: $2
got:    $3"
	fi
}

# has NAME PATTERN TEXT: some line of the text matches the extended regular expression.
has()
{
	if printf '%s\n' "$3" | grep -Eq -e "$2"; then
		ok "$1"
	else
		not_ok "$1" "no line matches: $2
$3"
	fi
}

# Print the plan and exit.
plan()
{
	echo "1..$tap_tests"
	[ "$tap_failed" -eq 0 ]
	exit
}
