#!/usr/bin/env bash
# Roles that a change leaves where they are but out of scope: the dry run tells all of them before,
# and only them. What there is afterwards is what 'store check' finds.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

fresh contoso
# Somebody who is in the category in two ways, and a unit named in a category.
pchatctl group set Credit --add-member amy@contoso.example -q
pchatctl category set Support --remove-allowed domain:contoso.example --add-allowed ou:Operations \
	--add-allowed group:Helpdesk --yes -q
pchatctl room set 'Help desk' --add-manager heidi@contoso.example -q
cp -a store before

# told COMMAND...: what the dry run says, as "room 'X' managers PRINCIPAL"
told()
{
	pchatctl "$@" --dry-run -o json | python3 -c '
import json, sys
for role in json.load(sys.stdin)["plan"].get("asleep", []):
    print(role["object"], role["field"], role["principal"])' | sort
}

# found: the same of what is there
found()
{
	pchatctl store check -o json | python3 -c '
import json, re, sys
for problem in json.load(sys.stdin):
    print(*re.match(r"(.*) has .(.*). among its (\w+), who", problem["what"]).group(1, 3, 2))' | sort
}

# told_as_found COMMAND...
told_as_found()
{
	rm -rf store
	cp -a before store
	told "$@" >told
	pchatctl "$@" --yes -q
	found >found
	total=$((total + $(wc -l <found)))
	cmp -s told found
}

total=0
check "nothing is out of scope to begin with" test -z "$(found)"
for group in Rates Credit Traders Helpdesk 'Compliance officers'; do
	check "deleting group $group" told_as_found group delete "$group"
	check "emptying group $group" told_as_found group set "$group" --members ''
	for member in $(pchatctl group show "$group" --store before --fields members -o json |
		grep -o '"[a-z]*:[^"]*@[^"]*"' | tr -d '"'); do
		check "taking $member out of $group" told_as_found group set "$group" --remove-member "$member"
	done
done
for user in $(pchatctl user list --store before -o name); do
	check "taking $user out of its unit" told_as_found user set "$user" --unit ''
done
printf '%s\n' 'group delete Rates --yes' 'user set heidi@contoso.example --unit ""' >commands
rm -rf store
cp -a before store
told -f commands >told
pchatctl -f commands --yes -q
found >found
check "a batch" cmp told found
check "nothing is damaged by that" pchatctl store check -q
check "... nor wrong" test "$(pchatctl check store -o json | grep -c '"result": *"problem"')" = 0
check "... but every such role is a warning" test "$(pchatctl store check -o json |
	grep -o '"result": *"[a-z]*"' | sort | uniq -c | awk '{ print $1, $NF }' | tr -d '"')" = "$(wc -l <found) warning"
check "there was something to tell" test "$total" -gt 20
plan
