#!/bin/sh
# Every source file of the build compiles without a warning under clang, too. TAP.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$PCHAT_SOURCE" || exit 1
python3 tests/unit/tree/commands.py "$PCHAT_BUILD/compile_commands.json" "$PCHAT_SOURCE" "$work" \
	>"$work/list" || exit 1

n=0
while IFS="$(printf '\t')" read -r file directory command; do
	n=$((n + 1))
	if out=$(cd "$directory" && eval "$command" 2>&1); then
		echo "ok $n - clang $file"
	else
		echo "not ok $n - clang $file"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
done <"$work/list"
echo "1..$n"
