#!/usr/bin/env python3
"""commands.py COMPILE_COMMANDS SOURCE DIRECTORY

The compile commands of the project's own files, without what clang does not
share with gcc: DIRECTORY/compile_commands.json for clang-tidy, and on standard
output one line a file: path, TAB, directory, TAB, clang's syntax pass.
"""
import json
import os
import shlex
import sys

database, source, out = sys.argv[1], os.path.realpath(sys.argv[2]), sys.argv[3]
kept = []
for entry in json.load(open(database)):
    path = os.path.relpath(os.path.realpath(entry["file"]), source)
    if path.startswith(("..", "build", "tests/e2e")):
        continue
    words = shlex.split(entry["command"])
    if os.path.basename(words[0]) == "ccache":
        words.pop(0)
    args = [w for w in words[1:] if not w.startswith(("-fsanitize", "-fno-sanitize"))]
    cut = args.index("-o")
    del args[cut:cut + 2]
    args.remove("-c")
    kept.append({"file": entry["file"], "directory": entry["directory"],
                 "command": shlex.join(["clang", *args])})
    print(path, entry["directory"], shlex.join(["clang", "-fsyntax-only", "-Werror", *args]),
          sep="\t")
with open(os.path.join(out, "compile_commands.json"), "w") as f:
    json.dump(kept, f)
