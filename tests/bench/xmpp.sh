#!/usr/bin/env bash
# The fan-out of chat.sh on an XMPP server: one room (MUC) with an archive, N members with a
# connection each, no TLS, everything on loopback. Needs the Debian package of the server, for
# ejabberd erlang-p1-sqlite3 and sqlite3 as well: with its own database the archive takes 0.2 s a message.
#
#	tests/bench/xmpp.sh BUILD_DIR ejabberd|prosody [--n 500] [--messages 400] [--rate 14] ...
#
# PCHAT_BENCH_CPUS="0 1" pins the server to the first and the load to the second CPU.

set -eu

build=$(cd "${1:?usage: xmpp.sh BUILD_DIR ejabberd|prosody [OPTION...]}" && pwd)
kind=${2:?usage: xmpp.sh BUILD_DIR ejabberd|prosody [OPTION...]}
shift 2
work=$(mktemp -d "${TMPDIR:-/tmp}/pchat-xmpp.XXXXXX")
port=${PCHAT_BENCH_PORT:-15222}
started=
read -r server_cpu load_cpu <<<"${PCHAT_BENCH_CPUS:-}"

finish()
{
	# It may be a process of another session by now, known by what it works in.
	for pid in $started $(pgrep -f "$work/"); do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
	done
	rm -rf "$work"
}
trap finish EXIT

# What slows down clients is off, as the rate of messages is for pchatd.
start_ejabberd()
{
	cat >"$work/ejabberd.yml" <<-END
	hosts: [bench.example]
	loglevel: warning
	listen:
	  - {port: $port, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, shaper: none}
	sql_type: sqlite
	sql_database: "$work/spool/archive.db"
	auth_method: anonymous
	anonymous_protocol: sasl_anon
	allow_multiple_connections: true
	modules:
	  mod_disco: {}
	  mod_mam: {db_type: sql, assume_mam_usage: true}
	  mod_muc:
	    host: conference.bench.example
	    history_size: 0
	    max_users: 5000
	    max_user_conferences: 100
	    user_message_shaper: none
	    user_presence_shaper: none
	    room_shaper: none
	    default_room_options: {mam: true, persistent: true, max_users: 5000}
	END
	cat >"$work/ctl.cfg" <<-END
	EJABBERD_CONFIG_PATH=$work/ejabberd.yml
	ERL_DIST_PORT=$((port + 1))
	ERL_EPMD_ADDRESS=127.0.0.1
	INET_DIST_INTERFACE=127.0.0.1
	END
	mkdir "$work/spool" "$work/logs"
	sqlite3 "$work/spool/archive.db" </usr/share/ejabberd/sql/lite.sql
	# It does not run as root; in a session of its own (su) it would get its share of a busy
	# machine by other rules.
	as=()
	if [ "$(id -u)" = 0 ]; then
		chown -R ejabberd "$work"
		as=(setpriv --reuid ejabberd --regid ejabberd --clear-groups)
	fi
	HOME=$work "${as[@]}" ${server_cpu:+taskset -c "$server_cpu"} ejabberdctl --config "$work/ejabberd.yml" \
		--ctl-config "$work/ctl.cfg" --spool "$work/spool" --logs "$work/logs" \
		--node "bench$port@localhost" foreground >"$work/out" 2>&1 &
	started=$!
}

start_prosody()
{
	cat >"$work/prosody.cfg.lua" <<-END
	run_as_root = true
	pidfile = "$work/pid"
	data_path = "$work"
	log = { warn = "$work/log" }
	network_backend = "epoll"
	interfaces = { "127.0.0.1" }
	c2s_ports = { $port }
	s2s_ports = { }
	modules_disabled = { "s2s" }
	modules_enabled = { "saslauth", "disco" }
	c2s_require_encryption = false
	allow_unencrypted_plain_auth = true
	storage = "internal"
	VirtualHost "bench.example"
	    authentication = "anonymous"
	Component "conference.bench.example" "muc"
	    modules_enabled = { "muc_mam" }
	    muc_log_by_default = true
	    muc_room_locking = false
	    muc_room_default_history_length = 0
	END
	${server_cpu:+taskset -c "$server_cpu"} prosody --config "$work/prosody.cfg.lua" -F \
		>"$work/out" 2>&1 &
	started=$!
}

# listener: the process that has the port.
listener()
{
	ss -ltnpH "sport = :$port" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -n 1
}

case $kind in
ejabberd) start_ejabberd ;;
prosody) start_prosody ;;
*) echo "xmpp.sh: ejabberd or prosody, not '$kind'" >&2; exit 2 ;;
esac
server=
for _ in $(seq 300); do
	server=$(listener)
	[ -z "$server" ] || break
	kill -0 "$started" 2>/dev/null || { cat "$work/out" >&2; exit 1; }
	sleep 0.1
done
[ -n "$server" ] || { echo "xmpp.sh: $kind does not listen" >&2; cat "$work/out" >&2; exit 1; }
started=$server
${load_cpu:+taskset -c "$load_cpu"} "$build/tests/bench/bench_xmpp" --server "127.0.0.1:$port" \
	--pid "$server" "$@" || { cat "$work/out" >&2; exit 1; }
