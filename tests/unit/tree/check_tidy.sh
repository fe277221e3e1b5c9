#!/bin/sh
# Every source file of the product passes the checks of .clang-tidy. TAP.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$PCHAT_SOURCE" || exit 1
python3 tests/unit/tree/commands.py "$PCHAT_BUILD/compile_commands.json" "$PCHAT_SOURCE" "$work" |
	cut -f1 | grep -v '^tests/' | sort -u >"$work/files" || exit 1

# One file per run: clang-tidy 14 carries va_list state from file to file.
# shellcheck disable=SC2016
xargs -P "$(nproc)" -I{} sh -c '
	flat=$(echo "$2" | tr / _)
	clang-tidy -quiet -p "$1" "$2" >"$1/out.$flat" 2>/dev/null || touch "$1/bad.$flat"' \
	sh "$work" {} <"$work/files"

n=0
while read -r file; do
	n=$((n + 1))
	flat=$(echo "$file" | tr / _)
	if [ -e "$work/bad.$flat" ]; then
		echo "not ok $n - clang-tidy $file"
		sed 's/^/# /' "$work/out.$flat"
	else
		echo "ok $n - clang-tidy $file"
	fi
done <"$work/files"
echo "1..$n"
