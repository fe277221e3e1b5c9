#!/usr/bin/env bash
# check chat over TLS: whom it takes for the server (RFC 5922).
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

command -v openssl >/dev/null || { echo "1..0 # SKIP openssl is not installed"; exit 0; }
fresh contoso

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=authority 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout key.pem -out any.csr -subj /CN=any 2>/dev/null

# certificate SUBJECT NAMES [OPTION...]: what the server shows from now on.
certificate()
{
	: >ext
	[ -z "$2" ] || echo "subjectAltName=$2" >ext
	openssl req -new -key key.pem -subj "$1" -out one.csr 2>/dev/null
	openssl x509 -req -in one.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext \
		-out cert.pem "${@:3}" 2>/dev/null
	mkdir -p tls
	cat key.pem cert.pem >tls/agent.part && mv tls/agent.part tls/agent.pem
	start_daemon --auth none --listen tls:127.0.0.1:0 --cert tls
	port=$(sed -n 's/^listening tls:.*:\([0-9]*\)$/\1/p' "$top/ready")
}

# chat STATUS HOST [OPTION...]
chat()
{
	local wanted=$1 got
	pchatctl check chat --server "tls:$2:$port" --sender amy@contoso.example \
		--receiver bob@contoso.example --room 'Rates desk' "${@:3}" >"$top/report" 2>"$top/err"
	got=$?
	[ "$got" = "$wanted" ] && return
	echo "# status $got, wanted $wanted"
	sed 's/^/# /' "$top/report" "$top/err"
	return 1
}

# good HOST, bad HOST PATTERN
good() { chat 0 "$1" --ca-file ca.pem; }
bad()
{
	chat 8 "$1" --ca-file ca.pem || return
	grep -Eq -- "$2" "$top/err" && return
	sed 's/^/# /' "$top/err"
	return 1
}

certificate /CN=x URI:sip:contoso.example
check "the SIP domain of the users" good 127.0.0.1
check "by whatever name it is called" good localhost
stop_daemon
certificate /CN=x DNS:CONTOSO.example
check "as a DNS name" good localhost
stop_daemon
certificate /CN=x DNS:localhost
check "the name it is called by" good localhost
check "but not another way to it" bad 127.0.0.1 "is for 'localhost', not for '127.0.0.1' or 'contoso.example'.*URI 'sip:contoso.example'"
stop_daemon
certificate /CN=x URI:sip:localhost
check "the same as a URI" good localhost
stop_daemon
certificate /CN=x IP:127.0.0.1
check "its address" good 127.0.0.1
check "no other name for it" bad localhost "is for nobody, not for 'localhost'"
stop_daemon
certificate /CN=contoso.example DNS:elsewhere.example
check "another name, whatever the common one says" bad localhost "is for 'elsewhere.example', not"
stop_daemon
certificate /CN=contoso.example IP:127.0.0.2
check "nor beside names of another kind" bad localhost "is for nobody"
stop_daemon
certificate /CN=x URI:sip:elsewhere.example,DNS:localhost
check "a DNS name counts only where there is no URI" bad localhost "is for 'sip:elsewhere.example', not"
stop_daemon
certificate /CN=x URI:sip:amy@contoso.example,DNS:elsewhere.example
check "a URI of a person is none of a domain" bad localhost "is for 'elsewhere.example', not"
stop_daemon
certificate /CN=x 'DNS:*.example,DNS:*'
check "wildcards do not count" bad localhost "is for '\*.example', '\*', not.*wildcards do not count"
stop_daemon
certificate /CN=localhost ''
check "the common name where there is no other" good localhost
check "and it alone" bad 127.0.0.1 "is for 'localhost', not"
stop_daemon
certificate /CN=x DNS:localhost -set_serial 7 -days -1
check "one that has expired" bad localhost "certificate has expired; renew the server's certificate"
check "is taken when told to" chat 0 localhost --insecure
stop_daemon
certificate /CN=x DNS:elsewhere.example
check "and so is another's" chat 0 localhost --insecure
check "nobody vouches without --ca-file" chat 8 localhost
check "which says what to do" grep -q 'name the certificate that vouches for .* with --ca-file' "$top/err"
check "a file without certificates" chat 1 localhost --ca-file key.pem
check "is named" grep -q "cannot read certificates from 'key.pem'" "$top/report"
check "with what it has to be" grep -q -- '--ca-file names a file with certificates in PEM' "$top/report"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout other.key -out other.pem -subj /CN=other 2>/dev/null
check "another authority" chat 8 localhost --ca-file other.pem
check "does not vouch" grep -Eq 'unable to get (local )?issuer certificate.*--ca-file' "$top/err"
stop_daemon
plan
