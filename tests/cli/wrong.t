#!/usr/bin/env bash
# Every command with every argument wrong in turn: see wrong.py.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

fresh contoso
pchatctl server create chat1.contoso.example -q
pchatctl help -o json >"$top/table.json" || {
	echo "Bail out! no command table"
	exit 1
}
python3 "$cli/wrong.py" "$top/table.json"
