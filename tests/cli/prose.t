#!/usr/bin/env bash
# What the guides and the sources of the manual pages say of commands and options is in the command table,
# or in pchatd --help: a name that changes there turns every sentence red that still has the old one.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

pchatctl help -o json >"$top/table.json" && "$PCHAT_BUILD/pchatd/pchatd" --help >"$top/pchatd.help" || {
	echo "Bail out! no tables"
	exit 1
}
mkdir "$top/work"
cd "$top/work" || exit 1

prose()
{
	python3 "$cli/prose.py" "$top/table.json" "$top/pchatd.help" "$@"
}

# right FILE: nothing in it is wrong.
right()
{
	prose "$1" >"$top/out" && ! grep -v $'\t' "$top/out" | sed 's/^/# /' | grep .
}

# wrong TEXT NAME LINE...: a file of that name with these lines has what is said.
wrong()
{
	local text=$1 name=$2
	shift 2
	printf '%s\n' "$@" >"$name"
	prose "$name" >"$top/out" && grep -qF -- "$text" "$top/out" && return
	sed 's/^/# /' "$top/out"
	return 1
}

# fine NAME LINE...: one has nothing, and N things were looked at.
fine()
{
	local n=$1 name=$2
	shift 2
	printf '%s\n' "$@" >"$name"
	prose "$name" >"$top/out" && [ "$(cat "$top/out")" = "$name"$'\t'"$n" ] && return
	sed 's/^/# /' "$top/out"
	return 1
}

check "an option of the guide that is none" wrong "a.md:3: 'room set X --archived': there is no option '--archived'" \
	a.md 'Some text.' '' '    pchatctl room set X --archived'
check "one in a sentence, across lines" wrong "a.md:2: there is no option '--archived'" a.md \
	'Whoever says' 'so by `--archived` is wrong.'
check "one of another command" wrong "there is no option '--creators'" a.md '`pchatctl room list --creators A`'
check "a command that is none" wrong "there is no command 'room close'" a.md '    $ pchatctl room close X'
check "one in a table" wrong "there is no command 'session end'" a.md '| `pchatctl session end ID... \| --all` | ends |'
check "one behind a pipe" wrong "there is no command 'room remove'" a.md \
	"    pchatctl room list -o name | xargs \\" "        pchatctl room remove --yes"
check "one by its noun alone" wrong "there is no command 'store repair'" a.md 'then `store repair` does it'
check "a value that is none" wrong "'--privacy' does not take 'public'" a.md '`pchatctl room set X --privacy public`'
check "a name too many" wrong "'Y' is too much" a.md '`pchatctl explain access X ROOM Y`'
check "a topic of the help that is none" wrong "there is no command 'help rooms-of'" a.md '`pchatctl help rooms-of`'
check "an option of a manual page that is none" wrong "a.mdoc:2: there is no option '--archived'" a.mdoc \
	'With' '.Fl \-archived ,'
check "a command of a manual page that is none" wrong "there is no command 'room close'" a.mdoc \
	'.Ql pchatctl room close Ar ROOM'
check "an option in one" wrong "there is no option '--archived'" a.mdoc '.Ql pchatctl room set Ar ROOM Fl \-archived'
check "what is right in a guide" fine 7 a.md '`pchatctl room list`, `--no-disabled`, `pchatctl NOUN VERB`.' '' \
	'    $pchatctl -m "--archived" room set X --no-disabled && ./pchatctl room list -onX' \
	'    runuser -u pchat -- pchatctl --store=/x begin # --archived' '' '`pchatctl help room`'
check "what is right in a manual page" fine 3 a.mdoc '.Ql pchatctl diff Ar REV Ns .. Ns Ar REV' \
	'.Cm store migrate' '.Fl \-confirm-within .' '.Xr pchatctl-room 1'

cd "$PCHAT_SOURCE" || exit 1
for file in README.md docs/*.md docs/man/*.in docs/man/noun/*.mdoc; do
	check "$file" right "$file"
done
# Guides that show no command at all would mean that none was found.
for file in README.md docs/manifest.md docs/operation.md docs/sign-in.md docs/man/pchatctl.1.in docs/man/pchatd.8.in; do
	check "$file: its commands are found" [ "$(prose "$file" | sed -n 's/.*\t//p')" -ge 10 ]
done
plan
