#!/bin/sh
# Rules of the tree that a machine can check. TAP.
set -u
cd "$PCHAT_SOURCE" || exit 1
n=0

# report NAME OFFENDERS: passes if there are none
report() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}

# A checkout may have no .git (a tarball): then every file counts.
files=$(git ls-files 2>/dev/null) || files=
[ -n "$files" ] || files=$(find . -type f -not -path './build/*' | sed 's|^\./||')
code=$(printf '%s\n' "$files" | grep -E '\.(c|h|def)$')

report "code is formatted as .clang-format says" "$(
	printf '%s\n' "$code" | grep -E '\.(c|h)$' | grep -v '_table\.h$' |
		xargs clang-format --dry-run 2>&1 | grep -E 'warning:' | cut -d: -f1 | sort | uniq -c)"

report "no file of code is longer than 800 lines" "$(
	printf '%s\n' "$code" | grep -vE '^tests/|_table\.h$' | xargs wc -l |
		awk '$2 != "total" && $1 > 800')"

report "nothing is left to do in the code" "$(
	printf '%s\n' "$code" | xargs grep -nwE 'TO[D]O|FIX[M]E|X[X]X' 2>/dev/null)"

report "headers are included once only" "$(
	printf '%s\n' "$code" | grep '\.h$' | grep -v '_table\.h$' | xargs grep -L '#pragma once')"

report "scripts are executable" "$(
	printf '%s\n' "$files" | grep -E '\.(t|sh)$' | grep -vE '(^|/)(lib|packages)\.sh$' |
		while read -r f; do [ -x "$f" ] || echo "$f"; done)"

report "no path of a developer's machine" "$(
	printf '%s\n' "$files" | grep -v '^tests/unit/tree/' |
		xargs grep -nIE '(^|[^a-zA-Z0-9>}])/(home|work|root)/[b-z]' 2>/dev/null | head)"

report "no unbounded string call" "$(
	printf '%s\n' "$code" | grep -vE '^tests/|base/banned\.h' |
		xargs grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol)[[:space:]]*\(')"

# CRYPTO_memcmp(), memeql_sec(): the time of others tells how much of a guess was right.
report "what proves an identity is compared in constant time" "$(
	printf '%s\n' "$code" | grep -E '^(wire/sip|wire/sipae|pchatd|schema|pchatctl/helper)' |
		xargs grep -nE "\b(memcmp|strn?cmp|pchat_str_i?(eq|is))\([^;]*\b(ha1(_[a-z0-9]+)?|response|mic|proof|secret|password|nt_hash)\b")"

echo "1..$n"
