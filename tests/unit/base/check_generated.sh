#!/usr/bin/env bash
# The generated tables of base/ are what their generators write. Python of another Unicode
# version than theirs cannot tell.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=${PCHAT_SOURCE:-$(cd "$here/../../.." && pwd)}
# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$here/tap.bash"
cd "$root" || exit 1

ours=$(sed -n 's/.*Unicode \([0-9.]*[0-9]\).*/\1/p' base/fold_table.h)
theirs=$(python3 -c 'import unicodedata; print(unicodedata.unidata_version)')
if [ "$ours" != "$theirs" ]; then
	echo "1..0 # SKIP the tables are of Unicode $ours, python3 has ${theirs:-none}"
	exit 0
fi
for table in fold width; do
	if difference=$(python3 "base/gen_$table.py" | diff "base/${table}_table.h" - 2>&1); then
		ok "base/${table}_table.h is current"
	else
		not_ok "base/${table}_table.h is current" "$difference"
	fi
done
plan
