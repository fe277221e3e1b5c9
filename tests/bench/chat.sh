#!/usr/bin/env bash
# A room full of users on a fresh store: starts a pchatd of BUILD_DIR on loopback, runs bench_chat
# against it, prints its line. Further options go to bench_chat.
#
#	tests/bench/chat.sh BUILD_DIR [--n 500] [--connections 4] [--messages 400] ...
#
# PCHAT_BENCH_ORGANISATION=signin.awk makes another organisation: 24 rooms for each 50 users, to sign
# in with --rooms 24. PCHAT_BENCH_HISTORY=false measures a room without history, PCHAT_BENCH_CPUS="0 1" pins the server
# to the first and the load to the second CPU. PCHAT_BENCH_TLS=rsa or ec encrypts all connections, with
# a key of that kind; PCHAT_BENCH_STORM=500 makes so many further TLS handshakes a second meanwhile.
# tests/bench/with_realm.py 500 tests/bench/chat.sh BUILD_DIR ... signs everything by Kerberos; with
# sign-ins as the first option it runs bench_signin instead.
# PCHAT_BENCH_USERS=150000 makes an organisation of so many, whatever --n says.
# PCHAT_BENCH_TLS=rsa tests/bench/chat.sh BUILD_DIR handshakes [OPTION...] runs bench_tls instead.

set -eu

build=$(cd "${1:?usage: chat.sh BUILD_DIR [OPTION...]}" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pchat-bench.XXXXXX")
server=
stormer=
organisation=${PCHAT_BENCH_ORGANISATION:-organisation.awk}
history=${PCHAT_BENCH_HISTORY:-true}
tls=${PCHAT_BENCH_TLS:-}
storm=${PCHAT_BENCH_STORM:-}
keytab=${PCHAT_BENCH_KEYTAB:-}
users_keytab=${PCHAT_BENCH_USERS_KEYTAB:-}
most_users=${PCHAT_BENCH_USERS:-}
users=500
read -r server_cpu load_cpu <<<"${PCHAT_BENCH_CPUS:-}"
unset ${!PCHAT_@}

finish()
{
	if [ -n "$stormer" ]; then
		kill "$stormer" 2>/dev/null || true
		wait "$stormer" 2>/dev/null || true
	fi
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap finish EXIT

# The number behind "--n", or 500.
previous=
for word in "$@"; do
	[ "$previous" != --n ] || users=$word
	previous=$word
done
users=${most_users:-$users}

ctl=$build/pchatctl/pchatctl
"$ctl" store init --store "$work/store" --domain contoso.example >/dev/null
awk -v users="$users" -v history="$history" -f "$here/$organisation" >"$work/manifest.yaml"
"$ctl" apply --store "$work/store" -f "$work/manifest.yaml" --yes >/dev/null
# Few authors write for all, and all connect before the first of them signs in.
"$ctl" config set global --store "$work/store" --session-message-rate 0 \
	--max-unauthenticated 131072 >/dev/null
auth=(--auth none)
if [ -n "$keytab" ]; then
	"$ctl" config set global --store "$work/store" --realm-is-domain >/dev/null
	auth=(--auth kerberos --insecure --server chat.contoso.example --keytab "$keytab")
fi

listen=tcp:127.0.0.1:0
if [ -n "$tls" ]; then
	mkdir "$work/tls"
	case $tls in
	rsa) key=(-newkey rsa:2048) ;;
	ec) key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256) ;;
	*) echo "chat.sh: PCHAT_BENCH_TLS is rsa or ec" >&2; exit 2 ;;
	esac
	openssl req -x509 "${key[@]}" -nodes -days 2 -keyout "$work/tls/key.pem" \
		-out "$work/tls/cert.pem" -subj /CN=bench -addext subjectAltName=IP:127.0.0.1 \
		2>/dev/null
	cat "$work/tls/key.pem" "$work/tls/cert.pem" >"$work/tls/agent.pem"
	listen=tls:127.0.0.1:0
fi

${server_cpu:+taskset -c "$server_cpu"} "$build/pchatd/pchatd" --store "$work/store" "${auth[@]}" \
	--listen "$listen" ${tls:+--cert "$work/tls"} --ready-file "$work/ready" --log "$work/log" >/dev/null &
server=$!
for _ in $(seq 300); do
	[ -s "$work/ready" ] && break
	kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
	sleep 0.1
done
address=$(sed -n 's/.*t[cl][ps]:\(127\.0\.0\.1:[0-9]*\).*/\1/p' "$work/ready" | head -n 1)
[ -n "$address" ] || { echo "chat.sh: the server did not say where it listens" >&2; exit 1; }

bench=$build/tests/bench
pin=(${load_cpu:+taskset -c "$load_cpu"})
if [ "${1:-}" = handshakes ]; then
	shift
	"${pin[@]}" "$bench/bench_tls" --server "$address" --pid "$server" "$@"
	exit
fi
if [ "${1:-}" = sign-ins ]; then
	shift
	"${pin[@]}" "$bench/bench_signin" --server "$address" --pid "$server" \
		--kerberos "${users_keytab:?chat.sh: sign-ins take with_realm.py}" "$@"
	exit
fi
if [ -n "$storm" ]; then
	"${pin[@]}" "$bench/bench_tls" --server "$address" --rate "$storm" --parallel 64 --seconds 3600 &
	stormer=$!
fi
"${pin[@]}" "$bench/bench_chat" --server "$address" ${tls:+--tls 1} --pid "$server" \
	${users_keytab:+--kerberos "$users_keytab"} \
	--room ma-chan://contoso.example/00000000-0000-4000-8000-000000000001 "$@"
