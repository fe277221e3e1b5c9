#!/usr/bin/env bash
# What 'explain access' proposes is a command that works: see remedies.py.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

fresh contoso
pchatctl room create "Zoë's \"room\"" --category Social --privacy secret --disabled -q
python3 "$cli/remedies.py" "$PCHAT_STORE" oscar@contoso.example victor@contoso.example
