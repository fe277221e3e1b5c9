#!/usr/bin/env bash
# docs/from-the-cmdlets.md names every cmdlet and every parameter, and only commands, options and
# arguments that there are: see cmdlets.py.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

page=$PCHAT_SOURCE/docs/from-the-cmdlets.md
pchatctl help -o json >"$top/table.json" || {
	echo "Bail out! no command table"
	exit 1
}

wrong()
{
	python3 "$cli/cmdlets.py" "$1" "$top/table.json" "$PCHAT_SOURCE/tests/data/cmdlets/parameters.txt"
}

is_right()
{
	! wrong "$page" | sed 's/^/# /' | grep .
}

# A page with that change is found out.
finds()
{
	sed "$1" "$page" >"$top/page.md" && ! cmp -s "$page" "$top/page.md" &&
		wrong "$top/page.md" >"$top/wrong" && grep -q "$2" "$top/wrong"
}

check "the page is right" is_right
check "a cmdlet left out is found" finds '/^### Clear-/,/^### Remove-/{/^### Clear-/d}' 'Clear-.*not in the page'
check "a parameter left out is found" finds '/^| EndDate /d' 'Clear-.*instead of'
check "a cmdlet there is not is found" finds 's/^### Clear-/### Sync-/' 'Sync-.*no such cmdlet'
check "an option there is not is found" finds 's/`--until`, inclusive/`--upto`, inclusive/' 'no option --upto'
check "an option of another command is found" finds 's/`--until`, inclusive/`--since`, inclusive/' 'no option --since'
check "an argument there is not is found" finds 's/`ROOM`; several/`PLACE`; several/' 'no argument PLACE'
check "a command there is not is found" finds 's/Commands: `room clear`/Commands: `room empty`/' "no command .'room empty'"
check "an option of the introduction is looked at" finds 's/`--confirm`; what/`--ask`; what/' 'no option --ask'
check "a command of it, too" finds 's/pchatctl room delete --yes/pchatctl room remove --yes/' "no command 'room remove'"
check "a reason that is none is found" finds 's/^| DomainController | .*/| DomainController | — no |/' 'neither an option'
plan
