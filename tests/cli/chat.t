#!/usr/bin/env bash
# check chat, passwords and live changes against a running pchatd.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

# chat STATUS SENDER RECEIVER ROOM [OPTION...]: run the check, leave its report in $top/report.
chat()
{
	local wanted=$1 got
	pchatctl check chat --server "$PCHAT_ADDRESS" --sender "$2" --receiver "$3" --room "$4" \
		-o json "${@:5}" >"$top/report" 2>"$top/err"
	got=$?
	[ "$got" = "$wanted" ] && return
	echo "# status $got, wanted $wanted"
	cat "$top/report" "$top/err" "$top/pchatd.log" | sed 's/^/# /'
	return 1
}

# says FIELD PATTERN: a field of the report.
says()
{
	local value
	value=$(python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    value = value[int(key)] if key.lstrip("-").isdigit() else value[key]
print(value)' "$top/report" "$1") || return 1
	[[ $value =~ $2 ]] && return
	echo "# $1 is '$value'"
	return 1
}

a=amy@contoso.example b=bob@contoso.example

fresh contoso
start_daemon --auth none
check "two users chat" chat 0 $a $b 'Rates desk'
check "the report says success" says result '^success$'
check "every step is there" says steps.-1.step '^sign off$'
check "and has its time" says milliseconds '^[0-9]+$'
check "the room is found without regard to case" chat 0 $a $b 'RATES desk'
check "an open room" chat 0 $a erin@contoso.example 'Help desk'
check "an auditorium takes no post of a member" chat 1 $b $a 'Morning call'
check "which step failed" says error '^(write|echo) of sip:bob@contoso.example'
check "and where to look" says diagnosis "explain access sip:bob@contoso.example 'Morning call' --action post"
check "a closed room of others" chat 1 $a carol@contoso.example 'Rates desk'
check "a room there is not" chat 1 $a $b 'Rates dsk'
check "says so" says error "no room named 'Rates dsk'"
check "a user without chat" chat 1 oscar@contoso.example $b 'Help desk'
check "is told why" says error '20010'
check "a user there is not" chat 1 zoe@contoso.example $b 'Help desk'

# The room can be set up on the way.
check "a room that is not there yet" chat 0 $a erin@contoso.example 'Test room' --setup Support
check "was created" grep -q "^created room 'Test room'" "$top/err"
check "with both" test "$(pchatctl room show 'Test room' --fields members -o jsonl)" = \
	'{"members":["sip:amy@contoso.example","sip:erin@contoso.example"]}'
check "the other way round nothing is left to do" chat 0 erin@contoso.example $a 'Test room' --setup Support
check "which is said" grep -q "^no changes" "$top/err"
check "one more joins" chat 0 $a frank@contoso.example 'Test room' --setup Support
check "nobody becomes a member who may not" chat 3 $a erin@contoso.example 'Rates desk' --setup Trading
check "for the reason of all changes" grep -q 'cannot set up the room: .*sip:erin@contoso.example' "$top/err"
check "a category there is not" chat 4 $a $b 'Other room' --setup Nowhere

# What is changed is in force when the command returns: it waits for pchatd.
check "revoking a policy" pchatctl policy revoke group:Traders -q
check "is in force at once" chat 1 ken@contoso.example $b 'Rates desk'
check "granting it" pchatctl policy grant traders group:Traders -q
check "is, too" chat 0 ken@contoso.example $b 'Rates desk'
check "a new room" pchatctl room create 'FX desk' --category Trading --add-member group:Rates -q
check "can be joined at once" chat 0 $a $b 'FX desk'
check "a disabled one" pchatctl room set 'FX desk' --disabled -q
check "cannot" chat 1 $a $b 'FX desk'
stop_daemon

check "a server that is gone" chat 8 $a $b 'Rates desk'
check "could not be reached" says error '^connect of'
PCHAT_ADDRESS=tcp:127.0.0.1:1
check "a port that nobody serves" chat 8 $a $b 'Rates desk'

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem -subj /CN=first \
	-addext subjectAltName=IP:127.0.0.1 2>/dev/null
mkdir tls && cat key.pem cert.pem >tls/agent.pem
start_daemon --auth none --listen tls:127.0.0.1:0 --cert tls
PCHAT_ADDRESS=$(sed -n 's/^listening \(tls:.*\)$/\1/p' "$top/ready")
check "TLS with a certificate nobody vouches for" chat 8 $a $b 'Rates desk'
check "says what helps" says diagnosis '[-]-ca-file.*--insecure'
check "on standard error, too" grep -q 'self-signed certificate.*--ca-file' "$top/err"
check "with the certificate named" chat 0 $a $b 'Rates desk' --ca-file cert.pem
check "without looking" chat 0 $a $b 'Rates desk' --insecure
stop_daemon

start_daemon --auth digest
printf 'horse\n' | pchatctl user passwd $a --password-stdin -q
printf 'battery staple\r\n' | pchatctl user passwd $b --password-stdin -q
printf '%s horse\nsip:%s battery staple\n' $a $b >passwords
check "with passwords" chat 0 $a $b 'Rates desk' --password-file passwords
check "without" chat 1 $a $b 'Rates desk'
printf '%s horse\nsip:%s battery\n' $a $b >wrong
check "with a wrong one" chat 1 $a $b 'Rates desk' --password-file wrong
check "whose" says error '^sign in of sip:bob@contoso.example'
check "with a file that is not there" chat 4 $a $b 'Rates desk' --password-file nowhere
pchatctl user passwd $b --remove -q
check "with one that was taken away" chat 1 $a $b 'Rates desk' --password-file passwords
stop_daemon
plan
