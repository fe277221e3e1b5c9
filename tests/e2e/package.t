#!/usr/bin/env bash
# The Debian package on a machine that knows nothing of pchat: a minimal Debian 12 is made in a folder,
# the package is installed there by apt with what it says it depends on, serves users, is installed
# again over itself, removed and purged. Packages come from where this machine takes its own.
#
# All of it happens in mount and process namespaces that end with the test, so that neither a mount nor
# a process is left behind.

# skip REASON: the whole program.
skip()
{
	echo "1..0 # SKIP $1"
	exit 0
}

if [ "${1-}" != inside ]; then
	[ "$(id -u)" -eq 0 ] || skip "only root may make a Debian to install in"
	for tool in mmdebstrap cpack dpkg-shlibdeps file unshare setpriv; do
		command -v "$tool" >/dev/null || skip "no $tool"
	done
	unshare --mount --pid --fork true 2>/dev/null || skip "no namespaces of its own here"
	exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$0" inside
fi

# shellcheck source=../cli/lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"
root=$top/root
trap 'umount "$root/proc" 2>/dev/null; rm -rf --one-file-system "$top"' EXIT

# Lines of a sources.list: where apt of this machine takes Debian 12 from.
sources()
{
	# shellcheck disable=SC2016 # apt's variables
	apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' |
		sort -u | while read -r origin uri release component; do
		case "$origin $uri $release $component" in
		'Debian http'*' bookworm'*' main' | '$(ORIGIN) http'*' bookworm'*' main')
			echo "deb $uri $release $component"
			;;
		esac
	done
}

# How apt of this machine gets there.
network()
{
	apt-config dump | grep -E '^Acquire::(https?::Proxy(::[^ ]*)?|Check-Valid-Until|Check-Date) '
	# The folder may be one that apt's own user cannot enter.
	echo 'APT::Sandbox::User "root";'
}

# The one of the release itself, not of updates.
mirror_answers()
{
	local uri
	uri=$(awk '$3 == "bookworm" { print $2; exit }' "$top/sources.list")
	timeout 60 /usr/lib/apt/apt-helper download-file "${uri%/}/dists/bookworm/InRelease" \
		"$top/InRelease" >"$top/out" 2>&1
}

# The package as it ships: no sanitizers, stripped.
build()
{
	(
		cd "$PCHAT_SOURCE" &&
			cmake --preset release -DPCHAT_TESTS=OFF -B "$top/build" &&
			cmake --build "$top/build" &&
			cd "$top/build" &&
			cpack -G DEB -B "$top/packages"
	) >"$top/build.log" 2>&1
}

bootstrap()
{
	local more=()
	! grep -q ' https:' "$top/sources.list" || more=(--include=ca-certificates)
	mmdebstrap --mode=root --variant=apt --aptopt="$top/apt.conf" "${more[@]}" bookworm "$root" \
		- <"$top/sources.list" >"$top/bootstrap.log" 2>&1
}

# complain: passes if there is nothing on standard input.
complain()
{
	! head -n 20 | sed 's/^/# /' | grep .
}

# chrooted COMMAND...: on the new machine, as root.
chrooted()
{
	chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		HOME=/root LC_ALL=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive "$@"
}

# as_pchat COMMAND...: the way root administers it.
as_pchat()
{
	chrooted runuser -u pchat -- "$@"
}

# quiet COMMAND...: shown only if it fails.
quiet()
{
	"$@" >"$top/out" 2>&1 </dev/null && return
	tail -n 20 "$top/out" | sed 's/^/# /'
	return 1
}

# says TEXT COMMAND...: it succeeds, and the text is among what it says.
says()
{
	local text=$1
	shift
	quiet "$@" || return
	grep -qF -- "$text" "$top/out" && return
	sed 's/^/# /' "$top/out"
	return 1
}

# ---- what is in it ----

owners_and_modes()
{
	dpkg-deb -c "$package" | awk '
	{ mode = $1; file = $6 }
	$2 != "root/root" { print file ": " $2 }
	mode ~ /^d/ && mode != "drwxr-xr-x" { print file ": " mode }
	mode ~ /^-/ && mode != (file ~ /^.\/usr\/(bin|libexec)\// ? "-rwxr-xr-x" : "-rw-r--r--") {
		print file ": " mode
	}
	mode !~ /^[-d]/ { print file ": " mode }' | complain
}

pages_are_compressed()
{
	(cd "$contents/usr/share/man" && find . -type f ! -name '*.[1-8].gz') | complain &&
		[ -s "$contents/usr/share/man/man8/pchatd.8.gz" ] &&
		gzip -t "$contents"/usr/share/man/man*/*.gz
}

# As Debian wants it, the change log of the very version.
documents()
{
	[ -s "$contents/usr/share/doc/pchat/copyright" ] &&
		zcat "$contents/usr/share/doc/pchat/changelog.gz" >"$top/changelog" &&
		[ "$(dpkg-parsechangelog -l "$top/changelog" -S Version)" = "$(dpkg-deb -f "$package" Version)" ]
}

# Settings are kept as an administrator left them, all of them.
conffiles()
{
	dpkg-deb -I "$package" conffiles | sort >"$top/told"
	(cd "$contents" && find etc -type f | sed 's#^#/#' | sort) | diff "$top/told" - | complain
}

places()
{
	local file
	for file in lib/systemd/system/pchatd.service lib/sysusers.d/pchat.conf lib/tmpfiles.d/pchat.conf \
		share/bash-completion/completions/pchatctl share/zsh/vendor-completions/_pchatctl \
		share/fish/vendor_completions.d/pchatctl.fish share/pchat/manifest.schema.json; do
		[ -s "$contents/usr/$file" ] || echo "missing: $file"
	done | complain &&
		find "$contents" -type f -size 0 | complain &&
		(cd "$contents" && find . -mindepth 1 -maxdepth 2 -type d |
			grep -vE '^\./(usr|etc)$|^\./usr/(bin|lib|libexec|share)$|^\./etc/default$') | complain
}

programs()
{
	echo "$contents"/usr/bin/* "$contents"/usr/libexec/pchat/*
}

# With what names the functions, but not what only a debugger reads.
stripped()
{
	# shellcheck disable=SC2046
	file $(programs) | grep -v ', stripped$' | complain
}

# What each program asks the linker for is in a package that this one depends on by name: on a larger
# machine something else may bring it along, on a smaller one nothing does.
libraries_are_named()
{
	local library owner
	dpkg-deb -f "$package" Depends | tr ',|' '\n\n' | awk '{ print $1 }' | sort -u >"$top/depends"
	# shellcheck disable=SC2046
	objdump -p $(programs) | awk '$1 == "NEEDED" { print $2 }' | sort -u >"$top/needed"
	[ -s "$top/needed" ] || return
	while read -r library; do
		owner=$(chrooted dpkg -S "*/$library" 2>/dev/null | sed -n 's/:.*//p' | head -1)
		[ -n "$owner" ] || owner='no installed package'
		grep -qxF "$owner" "$top/depends" || echo "$library: $owner"
	done <"$top/needed" | complain
}

# ---- the user and the store ----

installs()
{
	cp "$package" "$root/tmp/pchat.deb" &&
		quiet chrooted apt-get install -y -q --reinstall /tmp/pchat.deb &&
		[ "$(chrooted dpkg-query -W -f '${db:Status-Abbrev}' pchat)" = 'ii ' ]
}

verifies()
{
	chrooted dpkg --verify pchat 2>&1 | complain
}

system_user()
{
	local id home shell
	IFS=: read -r _ _ id _ _ home shell < <(chrooted getent passwd pchat)
	[ "$id" -gt 0 ] && [ "$id" -lt 1000 ] && [ "$home" = /var/lib/pchat ] &&
		[ "$shell" = /usr/sbin/nologin ] &&
		[ "$(chrooted stat -c '%U:%G %a' /var/lib/pchat)" = 'pchat:pchat 700' ]
}

# Everything an administrator decided, and when, and what was said.
state()
{
	as_pchat pchatctl export -o json && as_pchat pchatctl audit list -o jsonl &&
		as_pchat pchatctl message search --room 'Rates desk' -o jsonl
}

remember()
{
	state >"$top/before" 2>"$top/err" && grep -q '"author"' "$top/before" && return
	sed 's/^/# /' "$top/err"
	return 1
}

keeps_state()
{
	quiet as_pchat pchatctl store check || return
	state >"$top/now" 2>&1
	diff "$top/before" "$top/now" | complain
}

# ---- the service ----

unit_says()
{
	sed -n "s/^$1=//p" "$root/usr/lib/systemd/system/pchatd.service"
}

# Becomes pchatd as the unit has it: its user without any right of root's, its limits and its environment; of the file
# system nothing can be written but the folder of the store.
serve()
{
	local run
	run="set -a; [ ! -e $(unit_says EnvironmentFile | sed 's/^-//') ] || . $(unit_says EnvironmentFile |
		sed 's/^-//'); exec setpriv --reuid=$(unit_says User) --regid=$(unit_says Group) --init-groups \
		--no-new-privs --bounding-set=-all --inh-caps=-all $(unit_says ExecStart)"
	umask "$(unit_says UMask)"
	ulimit -n "$(unit_says LimitNOFILE)" 2>/dev/null
	ulimit -c 0
	# shellcheck disable=SC2016 # of the inner shell
	exec unshare --mount --propagation private bash -c '
		mount --rbind "$1" "$1" &&
		mount --bind "$1/var/lib/pchat" "$1/var/lib/pchat" &&
		mount -o remount,bind,ro "$1" &&
		cd "$1" &&
		exec chroot "$1" /usr/bin/env -i NOTIFY_SOCKET=/run/notify \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin sh -c "$2"' - "$root" "$run"
}

# Waits for what Type=notify waits for, and goes on listening.
manager()
{
	python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
print("listening", flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)
' "$root/run/notify" >"$top/told.log" 2>&1
}

# until_said TEXT FILE: within twenty seconds.
until_said()
{
	local i
	for ((i = 0; i < 400; i++)); do
		! grep -q -- "$1" "$2" 2>/dev/null || return 0
		kill -0 "$3" 2>/dev/null || return
		read -rt 0.05 <> <(:) || :
	done
	return 1
}

starts()
{
	rm -f "$root/run/notify" "$top/told.log"
	manager &
	manager_pid=$!
	until_said listening "$top/told.log" "$manager_pid" || return
	serve >"$top/pchatd.log" 2>&1 &
	server_pid=$!
	until_said '^READY=1' "$top/told.log" "$server_pid" && return
	sed 's/^/# /' "$top/pchatd.log" "$top/told.log"
	return 1
}

stops()
{
	local status
	kill "$server_pid" 2>/dev/null
	wait "$server_pid"
	status=$?
	kill "$manager_pid" 2>/dev/null
	wait "$manager_pid" 2>/dev/null
	[ "$status" -eq 0 ] && grep -q '^STOPPING=1' "$top/told.log" && return
	echo "# status $status"
	sed 's/^/# /' "$top/pchatd.log"
	return 1
}

address()
{
	as_pchat pchatctl server status -o json |
		python3 -c 'import json, sys; print(json.load(sys.stdin)["listen"][0])'
}

chats()
{
	quiet as_pchat pchatctl check chat --server "$(address)" --sender sip:amy@contoso.example \
		--receiver sip:bob@contoso.example --room 'Rates desk'
}

changes_are_live()
{
	says 'Second desk' as_pchat pchatctl room create 'Second desk' --category Trading --wait &&
		says 'revision' as_pchat pchatctl server status
}

# ---- leaving ----

nothing_left()
{
	while read -r file; do
		[ ! -f "$root$file" ] || [ "$file" = "${1-}" ] || echo "still there: $file"
	done <"$top/files" | complain
}

removes()
{
	chrooted dpkg -L pchat >"$top/files"
	quiet chrooted apt-get remove -y -q pchat && nothing_left /etc/default/pchatd &&
		grep -q telephone "$root/etc/default/pchatd"
}

purges()
{
	says 'is left where it is' chrooted apt-get purge -y -q pchat && nothing_left &&
		[ ! -e "$root/etc/default/pchatd" ] && [ -s "$root/var/lib/pchat/policy.db" ] &&
		! chrooted dpkg-query -W pchat >/dev/null 2>&1
}

# A folder without anything in it is no store.
purges_the_empty_folder()
{
	rm -rf --one-file-system "${root:?}"/var/lib/pchat/* &&
		quiet chrooted apt-get purge -y -q pchat && [ ! -e "$root/var/lib/pchat" ]
}

# ---- the machine and the package ----

. /etc/os-release
[ "$ID $VERSION_CODENAME" = 'debian bookworm' ] || skip "this machine is no Debian 12"
sources >"$top/sources.list"
[ -s "$top/sources.list" ] || skip "apt knows no mirror of Debian 12"
network >"$top/apt.conf"
mirror_answers || skip "the mirror of Debian does not answer"

bootstrap &
bootstrapping=$!
check "the package is built" build || :
[ "$failed" -eq 0 ] || sed 's/^/# /' "$top/build.log" | tail -n 30
wait "$bootstrapping" || {
	tail -n 20 "$top/bootstrap.log" | sed 's/^/# /'
	echo "Bail out! no Debian to install in"
	exit 1
}
package=$(echo "$top"/packages/*.deb)
contents=$top/contents
dpkg-deb -x "$package" "$contents" || {
	echo "Bail out! no package"
	exit 1
}
check "everything is root's, and only programs can be run" owners_and_modes
check "manual pages are compressed" pages_are_compressed
check "copyright and change log" documents
check "what is in /etc is kept as it was left" conffiles
check "everything is where Debian looks for it" places
check "programs are stripped" stripped
if command -v lintian >/dev/null; then
	check "lintian finds no error" quiet lintian --allow-root --fail-on error "$package"
else
	tests=$((tests + 1))
	echo "ok $tests - lintian finds no error # SKIP no lintian"
fi

cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"
check "the package lists are there" quiet chrooted apt-get update -q
check "apt installs it with what it depends on" installs
check "and it says what comes next" grep -q 'pchatctl store init --domain' "$top/out"
check "every library is of a package it depends on" libraries_are_named
check "dpkg finds nothing changed" verifies
check "there is a user for it, and a folder" system_user
version=$(dpkg-deb -f "$package" Version)
check "pchatctl runs" says "$version" chrooted pchatctl --version
check "pchatd runs" says "$version" chrooted pchatd --version
check "a store is made" quiet as_pchat pchatctl store init --domain contoso.example
check "the example is applied" quiet as_pchat pchatctl apply \
	-f /usr/share/doc/pchat/examples/contoso.yaml

# An administrator's own settings.
printf '# telephone 4711\nPCHATD_OPTIONS="--listen tcp:127.0.0.1:0 --auth none"\n' >"$root/etc/default/pchatd"
check "pchatd starts as the unit starts it" starts
check "users chat" chats
check "a change is live" changes_are_live
check "pchatctl check finds nothing wrong" quiet as_pchat pchatctl check
check "pchatd stops" stops

check "the store has rooms and messages" remember
check "installed over itself" installs
check "the store is as it was" keeps_state
check "the settings are as they were" grep -q telephone "$root/etc/default/pchatd"
check "pchatd starts again" starts
check "users chat again" chats
check "pchatd stops again" stops

check "the store has rooms and messages" remember
check "removed: the settings and the store stay, nothing else" removes
check "purged: the store stays" purges
check "installed again" installs
check "the store is still as it was" keeps_state
check "purged without a store: no folder is left" purges_the_empty_folder
plan
