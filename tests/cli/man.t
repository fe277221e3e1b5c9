#!/usr/bin/env bash
# The manual pages: there for every noun, clean, complete, and their examples work.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

man=$PCHAT_BUILD/docs/man/man
sources=$PCHAT_SOURCE/docs/man
[ -d "$man" ] || {
	echo "Bail out! no manual pages at $man"
	exit 1
}
pchatctl help -o json >"$top/table.json"

words()
{
	python3 -c "
import json, sys
table = json.load(open('$top/table.json'))
$1"
}

# complain TEXT: passes if there is none
complain()
{
	[ -z "$1" ] && return
	printf '%s\n' "$1" | head -n 20 | sed 's/^/# /'
	return 1
}

every_noun_has_a_page()
{
	complain "$(words 'for n in sorted({c["command"].split()[0] for c in table["commands"]
			if " " in c["command"]}): print(n)' |
		while read -r noun; do [ -s "$man/man1/pchatctl-$noun.1" ] || echo "no page for $noun"; done)"
}

every_command_is_explained()
{
	complain "$(words 'for c in table["commands"]: print(c["command"])' |
		while read -r command; do
			grep -qxF ".Ss $command" "$man"/man1/*.1 || echo "not explained: $command"
		done)"
}

every_option_of_pchatd_is_explained()
{
	complain "$("$PCHAT_BUILD/pchatd/pchatd" --help | grep -oE '^  --[a-z-]+' |
		while read -r option; do
			sed 's/\\-/-/g' "$man/man8/pchatd.8" | grep -q -- "^.It Fl ${option#-}" ||
				echo "not explained: $option"
		done)"
}

pages_are_current()
{
	mkdir "$top/again"
	"$PCHAT_BUILD/docs/man/pchat-man" "$sources" "$PCHAT_SOURCE/docs/examples" \
		"$(sed -n 's/^\.Dd //p' "$man/man1/pchatctl.1")" "$top/again" &&
		complain "$(diff -r "$man" "$top/again")"
}

references_lead_somewhere()
{
	complain "$(grep -hE '^\.Xr pchat' "$man"/man*/* | sort -u | while read -r _ name section _; do
		[ -e "$man/man$section/$name.$section" ] || echo "$name($section)"
	done)"
}

# That a page refers to another is judged above; mandoc asks what is installed here.
mandoc_is_content()
{
	complain "$(mandoc -Tlint "$man"/man*/* 2>/dev/null | grep -v 'referenced manual not found')"
}

man_is_content()
{
	complain "$(for page in "$man"/man*/*; do
		MANWIDTH=80 MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null |
			sed "s|^|${page##*/}: |"
	done)"
}

# Nobody should have to guess which dash it is.
examples_can_be_copied()
{
	complain "$(MANWIDTH=200 man -l -Tutf8 "$man/man1/pchatctl-room.1" | grep -F $'\xe2\x80\x90'dry)"
	MANWIDTH=200 man -l -Tutf8 "$man/man1/pchatctl-room.1" | col -bx |
		grep -qF "pchatctl room set 'Rates desk' --add-member group:Credit --dry-run"
}

example_works()
{
	timeout 60 bash -c "set -o pipefail; $1" >"$top/out" 2>"$top/err" </dev/null && return
	# The answer "no" is one.
	[ $? -eq 1 ] && [ ! -s "$top/err" ] && return
	complain "$(cat "$top/err")"
	return 1
}

check "every noun has a page" every_noun_has_a_page
check "every command is explained" every_command_is_explained
check "every option of pchatd is explained" every_option_of_pchatd_is_explained
check "pages are current" pages_are_current
check "references lead somewhere" references_lead_somewhere
check "mandoc has nothing to say" mandoc_is_content
check "man has nothing to say" man_is_content
check "examples can be copied" examples_can_be_copied
for source in "$sources"/*.in; do
	fresh contoso
	while IFS= read -r example; do
		check "${source##*/}: ${example#@example }" example_works "${example#@example }"
	done < <(grep '^@example ' "$source")
done
while IFS= read -r example; do
	check "pchatd takes: ${example#.Dl }" example_works "$PCHAT_BUILD/pchatd/${example#.Dl } --help"
done < <(grep '^\.Dl pchatd ' "$sources/pchatd.8.in")
fresh empty
for file in "$PCHAT_SOURCE"/docs/examples/*.yaml; do
	check "${file##*/} is valid" example_works "pchatctl validate -f '$file'"
done
check "small.yaml can be applied" example_works \
	"pchatctl apply -f '$PCHAT_SOURCE/docs/examples/small.yaml'"
plan
