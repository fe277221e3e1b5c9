#!/bin/sh
# docs/conformance.md names tests that exist, and each rule once. TAP.
set -u
cd "$PCHAT_SOURCE" || exit 1
page=docs/conformance.md
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

# shellcheck disable=SC2016 # the expression is sed's
# Rows of rules: number, TAB, basis, TAB, text, TAB, tests.
rows=$(sed -n 's/^| \([0-9][0-9]*\.[0-9][0-9]*\) | \([^|]*\) | \(.*\) | \(`.*`\) |$/\1\t\2\t\3\t\4/p' $page)
# FILE:TEST of all rows, one a line.
named=$(printf '%s\n' "$rows" | cut -f4 | tr -d '`' | tr ' ' '\n')

# exists FILE TEST: the test is defined, and run, in the file below tests/
exists() {
	case $1 in
	*.t) grep -A1 '^@suite\.test$' "tests/$1" 2>/dev/null | grep -q "^def $2(" ;;
	*.c) [ "$(grep -cE "(^|[^a-z0-9_])$2([^a-z0-9_]|\$)" "tests/$1" 2>/dev/null)" -ge 2 ] ;;
	*) false ;;
	esac
}

report "the page has rules" "$([ "$(printf '%s\n' "$rows" | wc -l)" -ge 100 ] || echo "too few")"

# shellcheck disable=SC2016 # the backquotes are those of the page
report "every row of a rule is understood" "$(
	grep -nE '^\| *[0-9]' $page |
		grep -vE '^[0-9]+:\| [0-9]+\.[0-9]+ \| (client|published|ours) \| [^|]+ \| (`[a-z0-9_/]+\.[tc]:[a-z0-9_]+` ?)+ \|$')"

report "every test named exists" "$(
	printf '%s\n' "$named" | sort -u | while IFS=: read -r file test; do
		exists "$file" "$test" || echo "$file:$test"
	done)"

report "no number of a rule stands twice" "$(printf '%s\n' "$rows" | cut -f1 | sort | uniq -d)"

report "no rule stands twice" "$(printf '%s\n' "$rows" | cut -f3 | sort | uniq -d)"

report "no rule names a test twice" "$(
	printf '%s\n' "$rows" | while IFS='	' read -r number _ _ tests; do
		printf '%s\n' "$tests" | tr ' ' '\n' | sort | uniq -d | sed "s/^/$number: /"
	done)"

report "no test named is defined twice in its file" "$(
	printf '%s\n' "$named" | sed 's/:.*//' | grep '\.t$' | sort -u | while read -r file; do
		grep -o '^def [a-z0-9_]*' "tests/$file" | sort | uniq -d | sed "s|^|$file: |"
	done)"

report "rules are numbered as they stand" "$(
	awk -F'[ .]' '/^## [0-9]+\./ { section = $2; last = 0 }
		/^\| [0-9]+\.[0-9]+ \|/ {
			if ($2 != section || $3 != last + 1)
				print $2 "." $3
			last = $3
		}' $page)"

echo "1..$n"
