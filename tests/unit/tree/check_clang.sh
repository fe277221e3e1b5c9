#!/bin/sh
# Every source file of the build compiles without a warning under clang, too, and
# passes clang-tidy with the checks of .clang-tidy. TAP: one test per file and tool.
set -u
cd "$PCHAT_SOURCE" || exit 1
commands=$PCHAT_BUILD/compile_commands.json
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# file TAB command, with gcc (and a launcher before it) replaced by clang's syntax pass
python3 - "$commands" "$PCHAT_SOURCE" >"$work/list" <<'PY'
import json, os, shlex, sys
source = os.path.realpath(sys.argv[2])
for entry in json.load(open(sys.argv[1])):
    path = os.path.relpath(os.path.realpath(entry["file"]), source)
    if path.startswith(("..", "build", "tests/e2e")):
        continue
    words = shlex.split(entry["command"])
    while words and not os.path.basename(words[0]).startswith(("cc", "gcc", "clang")):
        words.pop(0)
    if os.path.basename(words[0]) == "ccache":
        words.pop(0)
    args = [w for w in words[1:] if not w.startswith(("-fsanitize", "-fno-sanitize"))]
    cut = args.index("-o")
    del args[cut:cut + 2]
    args = [a for a in args if a != "-c"]
    print(path, entry["directory"],
          shlex.join(["clang", "-fsyntax-only", "-Werror", *args]), sep="\t")
PY

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

# clang-tidy reads the same commands, two at a time.
cut -f1 "$work/list" | grep -v '^tests/' >"$work/files"
mkdir "$work/db"
python3 - "$commands" >"$work/db/compile_commands.json" <<'PY'
import json, sys
entries = json.load(open(sys.argv[1]))
for e in entries:
    e["command"] = " ".join(w for w in e["command"].split()
                            if not w.startswith(("-fsanitize", "-fno-sanitize")) and "ccache" not in w)
json.dump(entries, sys.stdout)
PY
xargs -P 2 -I{} sh -c 'clang-tidy -quiet -p "$1/db" "$2" >"$1/tidy.$(echo "$2" | tr / _)" 2>/dev/null || touch "$1/bad.$(echo "$2" | tr / _)"' \
	sh "$work" {} <"$work/files"
while read -r file; do
	n=$((n + 1))
	flat=$(echo "$file" | tr / _)
	if [ -e "$work/bad.$flat" ]; then
		echo "not ok $n - clang-tidy $file"
		sed 's/^/# /' "$work/tidy.$flat"
	else
		echo "ok $n - clang-tidy $file"
	fi
done <"$work/files"
echo "1..$n"
