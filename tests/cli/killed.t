#!/usr/bin/env bash
# Whoever is killed while he changes the store has changed it wholly or not at all, whatever the
# moment: each command is killed before each of its system calls that change a file, one after the
# other, and then a number of times at any moment. The store must be whole afterwards, hold what it
# held before or what it holds after, and take the next change.
#
# PCHAT_KILL_STRIDE: take every so manieth system call only (5).
# shellcheck source=lib.sh
. "${PCHAT_SOURCE:?is the source directory}/tests/cli/lib.sh" || exit 1

kill_at=$PCHAT_BUILD/tests/e2e/kill-at
stride=${PCHAT_KILL_STRIDE:-5}
# Leaks cannot be looked for while somebody else traces.
export ASAN_OPTIONS=detect_leaks=0

fresh contoso
awk 'BEGIN { print "uri,name"; for (i = 0; i < 300; i++) printf "u%03d@contoso.example,User %d\n", i, i }' >users.csv
"$kill_at" 1 true 2>"$top/err"
[ $? != 70 ] || {
	echo "1..0 # SKIP $(cat "$top/err")"
	exit
}

# What the store holds. GUIDs are random.
state()
{
	pchatctl export --without-guids -o json
}

whole()
{
	pchatctl store check -q >"$top/problems" 2>&1 || {
		sed 's/^/# /' "$top/problems"
		return 1
	}
	state >"$top/now" || return 1
	cmp -s "$top/now" "$top/before" || cmp -s "$top/now" "$top/after" || {
		echo "# neither as before nor as after"
		return 1
	}
	pchatctl site create "after the fall" -q
}

renew()
{
	rm -rf store
	cp -a "$top/prototypes/contoso" store
}

# What the command starts from and leaves, which must not be the same.
both_states()
{
	renew
	state >"$top/before"
	"$@" >"$top/out" 2>&1 || {
		sed 's/^/# /' "$top/out"
		return 1
	}
	state >"$top/after"
	! cmp -s "$top/before" "$top/after"
}

# every TITLE COMMAND...: kill it at each point.
every()
{
	local title=$1 n=1 killed=0 status
	shift
	check "$title: it changes something" both_states "$@" || return
	while :; do
		renew
		"$kill_at" "$n" "$@" >"$top/out" 2>&1
		status=$?
		[ "$status" = 137 ] || break
		killed=$((killed + 1))
		whole || {
			check "$title: killed before call $n" false
			return
		}
		n=$((n + stride))
	done
	check "$title: whole, killed at each of $killed points" [ "$status" = 0 -a "$killed" -gt 5 ]
}

# any TITLE ROUNDS COMMAND...: kill it at any moment.
any()
{
	local title=$1 rounds=$2 i pid
	shift 2
	both_states "$@" || return
	for ((i = 0; i < rounds; i++)); do
		renew
		"$@" >"$top/out" 2>&1 &
		pid=$!
		# Up to 80 ms of work later: the moment is what is being tried.
		read -rt "0.0$((RANDOM % 80 + 10))" <>"$top/never"
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		whole || {
			check "$title: killed at any moment" false
			return
		}
	done
	check "$title: whole, killed at any moment, $rounds times" true
}

mkfifo "$top/never"
every "a room" pchatctl room create 'New room' --category Trading --add-member group:Rates
every "a narrowing" pchatctl category set Trading --remove-allowed 'group:Compliance officers' --yes
every "a deletion" pchatctl room delete 'Rates desk' 'Credit desk' --yes
every "a table" pchatctl import csv users users.csv
printf 'pchat: 1\nsites: [a, b, c]\nunits: [x, x/y]\nrooms: [{name: Rates desk, privacy: secret}, {name: R, category: Support}]\n' >some.yaml
every "a manifest" pchatctl apply -f some.yaml
any "a table" 15 pchatctl import csv users users.csv
any "a manifest" 15 pchatctl apply -f some.yaml

# A store that was being made is there as a whole, or can be made.
init()
{
	local n=1 status
	while :; do
		rm -rf new
		"$kill_at" "$n" pchatctl --store new store init --domain contoso.example >"$top/out" 2>&1
		status=$?
		[ "$status" = 137 ] || break
		pchatctl --store new store check -q >"$top/out" 2>&1 ||
			pchatctl --store new store init --domain contoso.example -q >"$top/out" 2>&1 || {
			sed "s/^/# killed before call $n: /" "$top/out"
			return 1
		}
		n=$((n + stride))
	done
	[ "$status" = 0 ] && [ "$n" -gt 5 ]
}
check "a new store: there as a whole, or made the next time" init

# Saved anew or over an older one, a plan is there as it was before or as a whole: it is never in between,
# nor is the older one gone before the new one is there.
plan_saved()
{
	local n=1 killed=0 status
	renew
	rm -f whole.plan
	pchatctl plan -f some.yaml --out whole.plan -q >"$top/out" || return
	pchatctl plan show whole.plan | tail -n +2 >"$top/whole"
	while :; do
		rm -f new.plan*
		[ $# -eq 0 ] || cp older.plan new.plan
		"$kill_at" "$n" pchatctl plan -f some.yaml --out new.plan "$@" >"$top/out" 2>&1
		status=$?
		[ "$status" = 137 ] || break
		killed=$((killed + 1))
		if [ $# -eq 0 ] && [ ! -e new.plan ]; then
			:
		elif [ $# -gt 0 ] && cmp -s older.plan new.plan; then
			:
		elif ! pchatctl plan show new.plan 2>"$top/err" | tail -n +2 | cmp -s - "$top/whole"; then
			sed "s/^/# killed before call $n: /" "$top/err"
			return 1
		fi
		n=$((n + 1))
	done
	[ "$status" = 0 ] && [ "$killed" -gt 3 ] && pchatctl apply new.plan -q && renew
}
printf 'pchat: 1\nsites: [z]\n' >older.yaml
renew
pchatctl plan -f older.yaml --out older.plan -q >"$top/out"
check "a saved plan: not there, or whole" plan_saved
check "a saved plan over an older one: one or the other" plan_saved --force
every "a saved plan carried out" pchatctl apply whole.plan
plan
