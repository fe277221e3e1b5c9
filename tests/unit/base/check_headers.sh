#!/usr/bin/env bash
# Every header compiles alone: it includes what it needs.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=${PCHAT_SOURCE:-$(cd "$here/../../.." && pwd)}
# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$here/tap.bash"
cd "$root" || exit 1

modules='sofia-sip-ua sqlite3 yaml-0.1 libedit libxml-2.0 jansson libcrypto libssl'
# Other people's headers may do what ours must not.
# shellcheck disable=SC2046,SC2086 # words are wanted
set -- $(pkg-config --cflags $modules | sed 's/-I */-isystem/g')

while read -r header; do
	errors=$(printf '#include "%s"\n' "$header" | "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE \
		-DPCHAT_VERSION='"0"' -Wall -Wextra -Wundef -Werror -Wno-unused-variable \
		-I. "$@" -fsyntax-only -xc - 2>&1)
	same "$header" "" "$errors"
done < <(find . -name '*.h' -not -path './tests/*' -not -path './build/*' \
	-not -path './cmake/*' -not -path './.*/*' | sed 's|^\./||' | sort)

check "there are headers" [ "$tap_tests" -gt 10 ]
plan
