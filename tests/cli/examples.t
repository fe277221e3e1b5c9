#!/usr/bin/env bash
# Every example of the command table is run, each command's on a fresh example store, in an empty
# folder with contoso.yaml in it. And --help of every command says what the table says.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"

pchatctl help -o json >"$top/table.json" || {
	echo "Bail out! no command table"
	exit 1
}

# COMMAND <TAB> "daemon" if it asks a running pchatd, else "-" <TAB> EXAMPLE
rows()
{
	python3 -c '
import json, sys
for command in json.load(open(sys.argv[1]))["commands"]:
    for example in command["examples"]:
        print(command["command"], "daemon" if command.get("daemon") else "-", example, sep="\t")
' "$top/table.json"
}

run_example()
{
	timeout 60 bash -c "set -o pipefail; $1" >"$top/out" 2>"$top/err" </dev/null && return
	printf '%s\n' "status $?" | cat - "$top/err" | sed 's/^/# /'
	return 1
}

# What the help of each command does not show of its row: lines "COMMAND: WHAT". Shown must be summary,
# usage, every argument, option and example.
missing_help()
{
	python3 -c '
import json, subprocess, sys
for command in json.load(open(sys.argv[1]))["commands"]:
    name = command["command"]
    run = subprocess.run(["pchatctl"] + name.split() + ["--help"], capture_output=True, text=True)
    shown = " ".join(run.stdout.split()).replace("--[no-]", "--")
    wanted = [command["summary"], command["usage"]] + command["examples"] + command["globals"]
    for option in command["options"] + command["arguments"]:
        wanted += [option["name"], option["help"]]
    if run.returncode or run.stderr:
        print(f"{name}: status {run.returncode}: {run.stderr}")
    for text in wanted:
        if " ".join(text.split()) not in shown:
            print(f"{name}: {text}")
' "$top/table.json"
}

helps()
{
	! grep "^$1: " "$top/missing" | sed 's/^/# not shown: /' | grep .
}

missing_help >"$top/missing" || {
	echo "Bail out! cannot read the help"
	exit 1
}
# A pchatd of its own for each example, with the sessions of amy and bob in it: numbers 1 and 2.
run_with_daemon()
{
	start_daemon --auth none
	python3 "$cli/sessions.py" "$PCHAT_ADDRESS" \
		sip:amy@contoso.example sip:bob@contoso.example -- \
		timeout 60 bash -c "set -o pipefail; $1" >"$top/out" 2>"$top/err" </dev/null
	set -- $?
	stop_daemon
	[ "$1" -eq 0 ] && return
	printf '%s\n' "status $1" | cat - "$top/err" | sed 's/^/# /'
	return 1
}

last=
while IFS=$'\t' read -r command needs example; do
	if [ "$command" != "$last" ]; then
		fresh contoso
		check "$command --help" helps "$command"
	fi
	last=$command
	case $command:$needs in
	'check chat:'*)
		tests=$((tests + 1))
		echo "ok $tests - $example # SKIP there is no server; chat.t has one"
		;;
	*:daemon) check "$example" run_with_daemon "$example" ;;
	*) check "$example" run_example "$example" ;;
	esac
done < <(rows)
plan
