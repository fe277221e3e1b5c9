#!/usr/bin/env bash
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"
# Sizes of this machine's disk, users and days differ.
shown() { sed -E 's/[0-9]+ MiB/N MiB/g; s/user [0-9]+/user N/g; s/in [0-9]+ days/in N days/; s/chown [0-9:]+/chown N/; s/ +/ /g'; }
export -f shown
run_cases check "$@"
