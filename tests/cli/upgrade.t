#!/usr/bin/env bash
# Open transactions of a store that became another: brought to a newer schema, or put back from a backup.
# What is staged goes on where it was, or is refused with what to do; the store never suffers.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

fixtures=$PCHAT_SOURCE/tests/data/schema
# Leaks cannot be looked for while somebody else traces.
export ASAN_OPTIONS=detect_leaks=0

# part FOLDER NAME: one file of a store of schema 2.
part()
{
	sqlite3 "$1/$2.db" <"$fixtures/2-$2.sql" &&
		sqlite3 "$1/$2.db" "PRAGMA application_id = $id; PRAGMA user_version = 2" && chmod 600 "$1/$2.db"
}

# A store of schema 2 with an open transaction, which makes a site, as
# the pchat of that time would have written it.
old_store()
{
	local friday=$1/transactions/friday
	mkdir -m 700 "$1" "$1/files" "$1/transactions" "$friday" &&
		part "$1" policy && part "$1" chat && part "$1" compliance &&
		cp -p "$1/policy.db" "$friday/policy.db" &&
		sqlite3 "$friday/policy.db" "
BEGIN;
INSERT INTO revision VALUES (4, 22, 1795247900000000, 'root', 'transaction', 'friday', 'change 47');
INSERT INTO revision VALUES (5, 22, 1795247901000000, 'root', 'command', 'site create', NULL);
INSERT INTO site VALUES (21, '9d1c2ae1-6b8c-4a8e-9d3c-51c0f3f7a001', 'Oslo', 'oslo', 5, 1795247901000000,
	1795247901000000, 'root', 'root', '');
INSERT INTO journal VALUES (22, 5, 'create', 'asked', 'site', 21, '9d1c2ae1-6b8c-4a8e-9d3c-51c0f3f7a001', 'Oslo',
	NULL, '{\"name\":\"Oslo\"}');
UPDATE store SET revision = 5, next_id = 22, next_journal = 23;
COMMIT;"
}

renew()
{
	rm -rf store
	cp -a "$top/old" store
}

# refused STATUS TEXT HINT COMMAND...: so it ends, and so it says.
refused()
{
	local status=$1 text=$2 hint=$3
	shift 3
	"$@" >"$top/out" 2>"$top/err"
	[ $? = "$status" ] && grep -qF -- "$text" "$top/err" && grep -qF -- "$hint" "$top/err" && return
	sed 's/^/# /' "$top/out" "$top/err"
	return 1
}

# works COMMAND...: shown only if it does not.
works()
{
	"$@" >"$top/out" 2>"$top/err" && return
	sed 's/^/# /' "$top/out" "$top/err"
	return 1
}

# says TEXT COMMAND...: a line of what it says is that.
says()
{
	local text=$1
	shift
	"$@" >"$top/out" 2>"$top/err"
	cat "$top/out" "$top/err" | grep -qxF -- "$text" && return
	sed 's/^/# /' "$top/out" "$top/err"
	return 1
}

# What the store holds and every change of it.
holds()
{
	pchatctl export -o json && pchatctl audit list -o jsonl
}

staged_is_there()
{
	says '+ create site '"'Oslo'" pchatctl --txn friday diff &&
		says 'comment: change 47' pchatctl transaction show friday --fields comment
}

# What was staged before is carried out together with what is staged now.
goes_on()
{
	works pchatctl --txn friday site set Oslo --description 'said later' &&
		works pchatctl --txn friday config set global --max-connections 5000 &&
		works pchatctl commit --txn friday &&
		says 'description: said later' pchatctl site show Oslo --fields description &&
		says 'maxConnections: 5000' pchatctl config show global --fields maxConnections &&
		says 'change 47' pchatctl history list --limit 1 --fields comment -o table &&
		works pchatctl store check
}

fresh contoso
id=$(sqlite3 store/policy.db 'PRAGMA application_id')
rm -r store
old_store "$top/old" || {
	echo "Bail out! cannot make a store of schema 2"
	exit 1
}

renew
check "an older store is refused in a transaction as well" \
	refused 8 "has schema 2" "'pchatctl store migrate'" pchatctl --txn friday site create Rome
check "store migrate brings the transaction along" \
	says "migrated 1 open transaction to schema version 3" pchatctl store migrate
check "what was staged is there" staged_is_there
check "and goes on to be carried out" goes_on

renew
works pchatctl store migrate
rm -r store/transactions/friday
cp -a "$top"/old/transactions/friday store/transactions/
holds >before
check "one that was left behind is refused" \
	refused 8 "transaction 'friday' has schema 2" "'pchatctl store migrate'" pchatctl --txn friday diff
check "and cannot be committed" refused 8 "has schema 2" "store migrate" pchatctl commit --txn friday
check "nor changed" refused 8 "has schema 2" "store migrate" pchatctl --txn friday site create Rome
check "the store is as it was" cmp -s before <(holds)
check "store migrate does what is left to do" \
	says "migrated 1 open transaction to schema version 3" pchatctl store migrate
check "and then nothing more" says "store '$PCHAT_STORE' has schema version 3, nothing to do" \
	pchatctl store migrate
check "it goes on as well" goes_on

# One that cannot be brought along is in nobody's way.
renew
truncate -s 9000 store/transactions/friday/policy.db
cp -a "$top"/old/transactions/friday store/transactions/monday
check "a damaged transaction does not hold the store up" works pchatctl store migrate
check "it is refused" refused 8 "transaction 'friday' cannot be used" "pchatctl abort --txn friday" \
	pchatctl --txn friday diff
check "the other goes on" says '+ create site '"'Oslo'" pchatctl --txn monday diff

# A later pchat was here.
fresh contoso
pchatctl -q begin --name friday >/dev/null
pchatctl -q --txn friday site create oslo
sqlite3 store/transactions/friday/policy.db 'PRAGMA user_version = 9999'
check "one of a later schema is refused" refused 3 "newer than schema 3" "use the pchat that began it" \
	pchatctl commit --txn friday
check "store migrate leaves it alone" works pchatctl store migrate
sqlite3 store/transactions/friday/policy.db 'PRAGMA user_version = 3'
check "and nothing of it is lost" says '+ create site '"'oslo'" pchatctl --txn friday diff

# The store is put back from a backup, and goes on from there. Both ways have the same number of revisions:
# nothing but who made them when tells them apart.
fresh contoso
pchatctl -q store backup ./copy
pchatctl -q site set leeds --description 'the way it went first'
pchatctl -q begin --name friday >/dev/null
pchatctl -q --txn friday site set leeds --description 'staged on that'
cp -a store/transactions kept
rm -rf store
pchatctl -q store restore ./copy
cp -a kept store/transactions
check "one that is ahead of a store that was put back is refused" \
	refused 3 "it is ahead of the store" "pchatctl abort --txn friday" pchatctl commit --txn friday
pchatctl -q site set leeds --description 'the way it went then'
holds >before
check "one from another past of the store is refused" \
	refused 3 "has gone another way" "pchatctl abort --txn friday" pchatctl commit --txn friday
check "in everything" refused 3 "has gone another way" "pchatctl abort" pchatctl --txn friday diff
check "the store put back is as it was" cmp -s before <(holds)
check "it can be given up" works pchatctl abort --txn friday
# What they have in common is no other past.
pchatctl -q begin --name monday >/dev/null
pchatctl -q --txn monday site create oslo
pchatctl -q site create rome
check "one whose past the store has is carried out" works pchatctl commit --txn monday

# Killed before each call that changes a file: the transaction is there, as it was or brought along.
killed()
{
	local n=1 status points=0
	while :; do
		renew
		"$PCHAT_BUILD/tests/e2e/kill-at" "$n" pchatctl store migrate >"$top/out" 2>&1
		status=$?
		[ "$status" = 137 ] || break
		points=$((points + 1))
		works pchatctl store migrate && staged_is_there && works pchatctl commit --txn friday &&
			works pchatctl store check || {
			echo "# killed before call $n"
			return 1
		}
		n=$((n + 7))
	done
	[ "$status" = 0 ] && [ "$points" -gt 5 ]
}
"$PCHAT_BUILD/tests/e2e/kill-at" 1 true 2>"$top/err"
if [ $? = 70 ]; then
	tests=$((tests + 1))
	echo "ok $tests - migration killed at any point loses no transaction # SKIP $(cat "$top/err")"
else
	check "migration killed at any point loses no transaction" killed
fi
plan
