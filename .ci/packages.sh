# Debian 12 packages, by what needs them. Sourced by quickstart and check.
# shellcheck shell=sh

PCHAT_BUILD_PACKAGES="build-essential cmake ninja-build pkg-config libsofia-sip-ua-dev
	libsqlite3-dev libyaml-dev libedit-dev libxml2-dev libjansson-dev libssl-dev
	libkrb5-dev nettle-dev"
PCHAT_TEST_PACKAGES="clang clang-format clang-tidy libclang-rt-14-dev libcmocka-dev
	libpurple-dev libpurple0 pidgin-sipe libxml2-utils python3 python3-jsonschema python3-yaml
	sqlite3 tmux procps git krb5-kdc krb5-user zsh fish mandoc man-db kamailio
	file systemd mmdebstrap"

# pchat_install PACKAGE...: install what is missing, as root or through sudo.
pchat_install() {
	missing=
	for package in "$@"; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		*' installed') ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	sudo=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || {
			echo "these packages are missing and there is no sudo; as root run:" >&2
			echo "  apt-get install$missing" >&2
			return 1
		}
		sudo=sudo
	fi
	echo "installing$missing" >&2
	# shellcheck disable=SC2086
	$sudo apt-get update -q >/dev/null &&
		$sudo env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -q --no-install-recommends $missing >/dev/null
}
