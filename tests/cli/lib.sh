# Golden tests of the command line: each tests/cli/NAME.t sources this and calls run_cases NAME,
# which carries out tests/cli/cases/NAME.case and prints TAP.
#
# A case file is read line by line:
#
#	# text		a comment
#	@ KIND		a fresh store: "contoso" (docs/examples/contoso.yaml), "empty" or "none"
#	+ COMMAND	preparation: must succeed, its output does not matter
#	== TITLE	a test begins
#	$ COMMAND	what is run, by bash; further such lines belong to the same script
#	< TEXT		a line of its standard input (without any it reads /dev/null)
#	1| TEXT		a line expected on standard output
#	2| TEXT		a line expected on standard error
#	? N		the exit status expected
#
# Commands run in an empty folder with contoso.yaml in it; PCHAT_STORE names the store. GUIDs, times,
# sizes and the paths of this machine are replaced by <guid>, <time>, <bytes> and <tmp>.
#
# NAME.t --update writes what comes out into the case file instead of testing it.
# shellcheck shell=bash

: "${PCHAT_BUILD:?is the build directory}" "${PCHAT_SOURCE:?is the source directory}"
cli=$PCHAT_SOURCE/tests/cli
top=$(mktemp -d "${TMPDIR:-/tmp}/pchat-cli.XXXXXX") || exit 1
pid=
trap 'stop_daemon; rm -rf "$top"' EXIT

for variable in ${!PCHAT_@}; do
	case $variable in
	PCHAT_BUILD | PCHAT_SOURCE) ;;
	*) unset "$variable" ;;
	esac
done
unset NO_COLOR CLICOLOR CLICOLOR_FORCE XDG_CONFIG_HOME LESS
export PAGER=cat
export PATH=$PCHAT_BUILD/pchatctl:$cli:$PATH LC_ALL=C.UTF-8 TERM=dumb TZ=UTC
export HOME=$top/home PCHAT_ACTOR=tester TMP=$top
mkdir "$HOME"

tests=0
failed=0

# Make one store of each kind once; cases work on copies.
prototype()
{
	local kind=$1 path=$top/prototypes/$1
	[ -d "$path" ] && return
	mkdir -p "$top/prototypes"
	pchatctl --store "$path" store init --domain contoso.example -q || return
	[ "$kind" = empty ] ||
		pchatctl --store "$path" apply -f "$PCHAT_SOURCE/docs/examples/contoso.yaml" -q
}

# fresh KIND: a store of that kind at $PCHAT_STORE, an empty working folder around it.
fresh()
{
	cd "$top" || exit 1
	rm -rf "$top/work"
	mkdir "$top/work"
	cd "$top/work" || exit 1
	export PCHAT_STORE=$top/work/store
	cp "$PCHAT_SOURCE/docs/examples/contoso.yaml" .
	[ "$1" = none ] && return
	prototype "$1" || {
		echo "Bail out! cannot make a store ($1)"
		exit 1
	}
	cp -a "$top/prototypes/$1" "$PCHAT_STORE"
}

stop_daemon()
{
	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	pid=
}

# start_daemon OPTION...: leaves its address in PCHAT_ADDRESS.
start_daemon()
{
	rm -f "$top/ready"
	"$PCHAT_BUILD/pchatd/pchatd" --store "$PCHAT_STORE" --listen tcp:127.0.0.1:0 \
		--ready-file "$top/ready" "$@" >"$top/pchatd.log" 2>&1 &
	pid=$!
	for _ in $(seq 400); do
		[ ! -s "$top/ready" ] || break
		kill -0 "$pid" 2>/dev/null || break
		read -rt 0.05 <> <(:) || :
	done
	PCHAT_ADDRESS=$(sed -n 's/^listening \(tcp:.*\)$/\1/p' "$top/ready" 2>/dev/null | head -1)
	export -n PCHAT_ADDRESS
	[ -n "$PCHAT_ADDRESS" ] && return
	echo "Bail out! pchatd did not start"
	sed 's/^/# /' "$top/pchatd.log"
	exit 1
}

hex='[0-9a-f]'
# What differs from run to run.
normalize()
{
	sed -E -e "s#$top#<tmp>#g" -e "s#$PCHAT_SOURCE#<source>#g" -e "s#$PCHAT_BUILD#<build>#g" \
		-e "s/$hex{8}-$hex{4}-$hex{4}-$hex{4}-$hex{12}/<guid>/g" \
		-e 's/guid: "<guid>"/guid: <guid>/' -e 's/^( *- )"<guid>"$/\1<guid>/' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z/<time>/g' \
		-e 's/^(bytes: +)[0-9]+$/\1<bytes>/' -e 's/("bytes": )[0-9]+/\1<bytes>/' \
		-e 's/^(version: +)[0-9.]+$/\1<version>/' -e 's/("version": ?)"[0-9.]+"/\1<version>/' \
		-e 's/127\.0\.0\.1:[0-9]+/<address>/g' -e 's/^((pid|memory): +)[0-9]+$/\1<number>/' \
		-e 's/("(pid|memory)": ?)[0-9]+/\1<number>/' -e 's/\r$/<CR>/'
}

# Run $script with $input; leaves $got, written as in a case file.
run_script()
{
	local status
	printf '%s' "$input" >"$top/in"
	timeout -k 5 60 bash -c "$script" <"$top/in" >"$top/out" 2>"$top/err"
	status=$?
	got=$(
		normalize <"$top/out" | sed 's/^/1| /; s/^1| $/1|/'
		normalize <"$top/err" | sed 's/^/2| /; s/^2| $/2|/'
		echo "? $status"
	)
}

finish_test()
{
	[ -n "$title" ] || return 0
	[ -n "$script" ] || {
		echo "Bail out! test without a command: $title"
		exit 1
	}
	run_script
	tests=$((tests + 1))
	if [ -n "$update" ]; then
		printf '%s\n' "$got" >>"$top/updated"
		echo "ok $tests - $title # updated"
	elif [ "$got" = "${wanted%$'\n'}" ]; then
		echo "ok $tests - $title"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $title"
		printf '%s\n' "$script" | sed 's/^/# $ /'
		diff <(printf '%s' "$wanted") <(printf '%s\n' "$got") | sed 's/^/# /'
	fi
	title=
}

prepare()
{
	bash -c "$1" </dev/null >"$top/out" 2>"$top/err" && return
	echo "Bail out! preparation failed: $1"
	sed 's/^/# /' "$top/err"
	exit 1
}

keep()
{
	[ -z "$update" ] || printf '%s\n' "$1" >>"$top/updated"
}

run_case_file()
{
	local line title='' script='' input='' wanted=''
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		'1|'* | '2|'* | '? '*) wanted+=$line$'\n' && continue ;;
		'$ '* | '< '*) ;;
		*) finish_test ;;
		esac
		keep "$line"
		case $line in
		'' | '#'*) ;;
		'@ '*) fresh "${line#@ }" ;;
		'+ '*) prepare "${line#+ }" ;;
		'== '*) title=${line#== } script='' input='' wanted='' ;;
		'$ '*) script+=${line#$ }$'\n' ;;
		'< '*) input+=${line#< }$'\n' ;;
		*)
			echo "Bail out! cannot read this line of a case file: $line"
			exit 1
			;;
		esac
	done
	finish_test
}

plan()
{
	echo "1..$tests"
	[ "$failed" -eq 0 ]
	exit
}

# run_cases NAME [--update]
run_cases()
{
	local file=$cli/cases/$1.case
	update=
	[ "${2-}" != --update ] || update=1
	: >"$top/updated"
	run_case_file <"$file"
	[ -z "$update" ] || cp "$top/updated" "$file"
	plan
}

# check TITLE COMMAND...: one test of its own, for what is no golden file.
check()
{
	local title=$1
	shift
	tests=$((tests + 1))
	if "$@"; then
		echo "ok $tests - $title"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $title"
	fi
}
