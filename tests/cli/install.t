#!/usr/bin/env bash
# What is installed: everything is there, works from where it is, and the service is well fenced in.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

root=$top/root
cmake --install "$PCHAT_BUILD" --prefix "$root" >"$top/out" 2>&1 || {
	sed 's/^/# /' "$top/out"
	echo "Bail out! cannot install"
	exit 1
}

installed()
{
	local file
	for file; do
		[ -s "$root/$file" ] || {
			echo "# missing: $file"
			return 1
		}
	done
}

# Nothing but what follows is installed, so that nothing comes in unseen.
nothing_else()
{
	! (cd "$root" && find . -type f | grep -vE '^\./(bin|share/(man|doc/pchat|pchat|bash-completion|zsh|fish)|lib/(systemd/system|sysusers\.d|tmpfiles\.d)|libexec/pchat)/') |
		sed 's/^/# /' | grep .
}

exits()
{
	local wanted=$1
	shift
	"$@" >"$top/out" 2>&1
	[ $? = "$wanted" ] || {
		sed 's/^/# /' "$top/out"
		return 1
	}
}

# The helper program is found from where pchatctl stands: the message is the helper's.
finds_helper()
{
	exits 8 "$root/bin/pchatctl" check chat --server tcp:127.0.0.1:1 --sender a@contoso.example \
		--receiver b@contoso.example --room x && grep -q 'cannot connect' "$top/out"
}

skip_without()
{
	command -v "$1" >/dev/null && return 1
	tests=$((tests + 1))
	echo "ok $tests - $2 # SKIP no $1"
}

unit=$root/lib/systemd/system/pchatd.service

# A score from 0 (nothing exposed) to 10, in tenths.
exposure()
{
	systemd-analyze security --offline=true --no-pager --threshold=29 "$unit" >"$top/out" 2>&1 && return
	tail -1 "$top/out" | sed 's/^/# /'
	return 1
}

# The programs stand where they stand once installed; of the system only what the unit names.
verified()
{
	sed "s#^ExecStart=pchatd#ExecStart=$root/bin/pchatd#" "$unit" >"$top/pchatd.service"
	SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$top/pchatd.service" >"$top/out" 2>&1
	! grep -F "$top/pchatd.service" "$top/out" | sed 's/^/# /' | grep .
}

makes_user()
{
	mkdir -p "$root/etc"
	systemd-sysusers --root="$root" "$root/lib/sysusers.d/pchat.conf" >"$top/out" 2>&1 || {
		sed 's/^/# /' "$top/out"
		return 1
	}
	grep -q '^pchat:' "$root/etc/passwd" && grep -q '^pchat:' "$root/etc/group"
}

# Scripts of the package end well on a machine without systemd, as it stands or is taken away.
scripts()
{
	local script
	for script in postinst prerm postrm; do
		sh -n "$PCHAT_SOURCE/cmake/package/$script" || return 1
	done
}

check "programs" installed bin/pchatctl bin/pchatd libexec/pchat/pchatctl-helper
check "completion for three shells" installed share/bash-completion/completions/pchatctl \
	share/zsh/vendor-completions/_pchatctl share/fish/vendor_completions.d/pchatctl.fish
check "manual pages" installed share/man/man1/pchatctl.1 share/man/man1/pchatctl-room.1 \
	share/man/man5/pchat-manifest.5 share/man/man7/pchat-exit-codes.7 share/man/man8/pchatd.8
check "the service, its user and its folder" installed lib/systemd/system/pchatd.service \
	lib/sysusers.d/pchat.conf lib/tmpfiles.d/pchat.conf
check "schema and example" installed share/pchat/manifest.schema.json \
	share/doc/pchat/examples/contoso.yaml
check "nothing else" nothing_else
check "pchatctl runs from there" exits 0 "$root/bin/pchatctl" version
check "pchatd runs from there" exits 0 "$root/bin/pchatd" --version
check "the helper program is found from there" finds_helper
check "the scripts of the package can be read" scripts
skip_without systemd-analyze "the unit is understood" || check "the unit is understood" verified
skip_without systemd-analyze "the service is exposed below 3.0" ||
	check "the service is exposed below 3.0" exposure
skip_without systemd-sysusers "its user is made" || check "its user is made" makes_user
plan
