#!/usr/bin/env bash
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"
run_cases saved "$@"
