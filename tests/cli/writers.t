#!/usr/bin/env bash
# Writers at the same time: nobody's change is lost, whatever is said to have been done is there.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"
fresh contoso
n=20

# check TITLE COMMAND...
check()
{
	local title=$1
	shift
	tests=$((tests + 1))
	if "$@" >"$top/why" 2>&1; then
		echo "ok $tests - $title"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $title"
		sed 's/^/# /' "$top/why"
	fi
}

for i in $(seq "$n"); do
	printf 'user create u%s@contoso.example\nuser create v%s@contoso.example\n' "$i" "$i"
done | pchatctl -q shell || exit 1

# add PREFIX: each of n users to the same room, one command each
add()
{
	local i
	for i in $(seq "$n"); do
		pchatctl -q --timeout 60s "${@:2}" room set 'Help desk' \
			--add-manager "$1$i@contoso.example" || echo "$1$i failed"
	done
}

# How many managers of the room are called PREFIX and a number?
managers()
{
	pchatctl "${@:2}" room show 'Help desk' -o json --fields managers | grep -c "sip:$1[0-9]"
}

is()
{
	[ "$1" = "$2" ] || {
		echo "$1 instead of $2"
		return 1
	}
}

before=$(pchatctl store info -o json --fields revision | tr -dc 0-9)
add u >"$top/u" 2>&1 &
one=$!
add v >"$top/v" 2>&1 &
two=$!
wait $one
wait $two
after=$(pchatctl store info -o json --fields revision | tr -dc 0-9)
check "no writer failed" test ! -s "$top/u" -a ! -s "$top/v"
check "nothing of the one was lost" is "$(managers u)" "$n"
check "nothing of the other was lost" is "$(managers v)" "$n"
check "each change has a revision of its own" is $((after - before)) $((2 * n))

# The same into one transaction.
pchatctl -q room set 'Help desk' --managers group:Helpdesk || exit 1
pchatctl -q begin --name both >/dev/null
add u --txn both >"$top/u" 2>&1 &
one=$!
add v --txn both >"$top/v" 2>&1 &
two=$!
wait $one
wait $two
check "two that stage in one transaction" test ! -s "$top/u" -a ! -s "$top/v"
check "all of it is staged" is "$(managers '[uv]' --txn both)" $((2 * n))
check "and none of it is in force" is "$(managers '[uv]')" 0
check "it is committed" pchatctl -q commit --txn both
check "and then all of it is in force" is "$(managers '[uv]')" $((2 * n))

# Staging while somebody commits: what was said to be staged is carried out, the rest is refused.
pchatctl -q room set 'Help desk' --managers group:Helpdesk || exit 1
pchatctl -q begin --name race >/dev/null
staging()
{
	local i
	for i in $(seq "$n"); do
		pchatctl -q --timeout 60s --txn race room set 'Help desk' \
			--add-manager "u$i@contoso.example" 2>/dev/null || break
		echo staged
		[ "$i" = 3 ] && echo now >&3
	done
}
mkfifo "$top/now"
staging 3>"$top/now" >"$top/staged" &
one=$!
read -r _ <"$top/now"
check "a commit while somebody stages" pchatctl -q --timeout 60s commit --txn race
wait $one
check "what was staged is carried out, no more and no less" \
	is "$(managers u)" "$(wc -l <"$top/staged")"

# Two commits of one transaction: one of them does it.
pchatctl -q begin --name twice >/dev/null
pchatctl -q --txn twice site create oslo
before=$(pchatctl store info -o json --fields revision | tr -dc 0-9)
pchatctl -q --timeout 60s commit --txn twice 2>/dev/null &
one=$!
pchatctl -q --timeout 60s commit --txn twice 2>/dev/null &
two=$!
wait $one
first=$?
wait $two
second=$?
after=$(pchatctl store info -o json --fields revision | tr -dc 0-9)
check "of two commits one does it" is $((first < second ? first : second)) 0
check "and the other finds it gone" is $((first < second ? second : first)) 4
check "once" is $((after - before)) 1

# Killed at any instant: it is all there, or none of it.
for i in $(seq 8); do
	pchatctl -q begin --name "kill$i" >/dev/null
	pchatctl -q --txn "kill$i" site create "a$i"
	pchatctl -q --txn "kill$i" site create "b$i"
	pchatctl -q commit --txn "kill$i" &
	one=$!
	while [ $((RANDOM % 50)) -gt "$i" ]; do :; done
	kill -9 $one 2>/dev/null
	wait $one 2>/dev/null
done
half=0
for i in $(seq 8); do
	a=$(pchatctl site list -o name | grep -cx "a$i")
	b=$(pchatctl site list -o name | grep -cx "b$i")
	[ "$a" = "$b" ] || half=1
	if pchatctl transaction show "kill$i" >/dev/null 2>&1; then
		pchatctl -q commit --txn "kill$i" || half=2
		pchatctl site show "a$i" "b$i" >/dev/null || half=3
	fi
done
check "a commit that is killed was made or can be made" is "$half" 0
check "the store is sound" pchatctl -q store check

echo "1..$tests"
[ $failed = 0 ]
