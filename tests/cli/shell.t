#!/usr/bin/env bash
# The shell, typed into a real terminal and read from it.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"
# shellcheck source=screen.bash
. "$PCHAT_SOURCE/tests/cli/screen.bash"
export LC_ALL=C.UTF-8
history=$HOME/.local/state/pchat/history
prompt='^pchat:store> ?$'

fresh contoso
pchatctl -q room create Überblick --category Trading
pchatctl -q room create 'what?' --category Trading

# open_shell [COMMAND]: until the prompt is there; how the shell ends is shown afterwards
open_shell()
{
	# Ctrl-C reaches this sh as well.
	screen_open sh -c "trap : INT; ${1:-pchatctl}"'; echo "left with $?"; exec cat' && await_line "${2:-$prompt}"
}

# A prompt on an empty screen.
fresh_line()
{
	type_keys C-l
	await_line "$prompt" && screen clear-history -t t
}

# entered KEY...: type a line; wait until the next prompt
entered()
{
	fresh_line
	type_keys "$@" Enter
	# The prompt of the line itself must be gone, or it is taken for the next.
	until_true answered
}

answered()
{
	[[ $(screen_text | grep -cE '^pchat:store>') -ge 2 ]] && last_line_is "$prompt"
}

# after KEY... -- REGEX: type a line, see what it brings
after()
{
	local keys=()
	while [ "$1" != -- ]; do
		keys+=("$1")
		shift
	done
	entered "${keys[@]}" && await "$2"
}

# line_becomes KEY... -- REGEX: type, see what the line is then; it is given up
line_becomes()
{
	local keys=() status=0
	while [ "$1" != -- ]; do
		keys+=("$1")
		shift
	done
	fresh_line
	type_keys "${keys[@]}"
	await_line "^pchat:store> $2 *$" || status=1
	type_keys C-c
	await_line "$prompt" && return $status
}

shown_then_cancelled()
{
	local wanted=$1 status=0
	shift
	fresh_line
	type_keys "$@"
	await "$wanted" || status=1
	type_keys C-c
	await_line "$prompt" && return $status
}

check "pchatctl without a command is the shell" open_shell
check "it says how to get help" shows "'help' at any place"

# Completion.
check "a command is completed" line_becomes 'pol' Tab 'gr' Tab -- 'policy grant'
check "an option is completed" line_becomes 'room list --priv' Tab 's' Tab -- 'room list --privacy secret'
check "a name is completed and quoted" line_becomes 'room show rat' Tab -- 'room show Rates\\ desk'
check "a quote stays the one in use" line_becomes "room show 'rat" Tab -- "room show 'Rates desk'"
check "so does a double one" line_becomes 'room show "rat' Tab -- 'room show "Rates desk"'
check "letters beyond ASCII" line_becomes 'room show üb' Tab -- 'room show Überblick'
check "principals" line_becomes 'policy grant traders gro' Tab 'tra' Tab -- 'policy grant traders group:Traders'
check "a value after =" line_becomes 'room list --category=tr' Tab -- 'room list --category=Trading'
check "files" line_becomes 'apply -f cont' Tab -- 'apply -f contoso.yaml'
check "after an abbreviation" line_becomes 'roo sh rat' Tab -- 'roo sh Rates\\ desk'
check "in the middle of a line" line_becomes 'room sho rates' C-a M-f M-f Tab -- 'room show  rates'
check "what fits is listed" shown_then_cancelled '^ +create +create a room' 'room ' Tab
check "names are listed" shown_then_cancelled '^Credit desk +' 'room show ' Tab
check "what is completed is run" after 'room sh' Tab 'rat' Tab -- '^name: +Rates desk'

# Help.
check "? explains" shown_then_cancelled '^who finds and joins it' 'room list --privacy ?'
check "? lists" shown_then_cancelled '^ +delete +delete rooms' 'room ?'
check "? keeps the line" line_becomes 'room ?' -- 'room'
check "? in a quote is a letter" line_becomes "room show 'what?'" -- "room show 'what\\?'"
check "? after a backslash, too" line_becomes 'room show what\?' -- 'room show what\\\?'
check "? in an address, too" line_becomes 'addin set A --url https://a/?b' -- 'addin set A --url https://a/\?b'
check "help" after 'help' -- '^Nouns and their verbs'
check "help at the end" after 'room create help' -- '^usage: pchatctl room create'
check "help of a noun" after 'room help' -- '^room: chat rooms'
check "help is a name where it is quoted" after "room show 'help'" -- "no room named 'help'"

# Abbreviations.
check "abbreviated" after 'roo l' -- '^Rates desk +Trading'
check "abbreviated too much" after 'c l' -- "'c' may be short for several commands; write more of category,"
check "options are not" after 'room list --priv open' -- "unknown option '--priv'"
check "outside the shell nothing is" test "$(pchatctl roo l 2>/dev/null)" = ''

# Lines.
check "a backslash continues" after 'room list \' Enter '-o name' -- '^Rates desk$'
check "inside a word, too" after 'room li\' Enter 'st -o name' -- '^Rates desk$'
check "so does an open quote" after "room list --search 'harb" Enter "x' -o json" -- '^\[\]$'
check "Tab knows what stands above" shown_then_cancelled '^Credit desk +' 'room show \' Enter Tab
check "Ctrl-C gives a line up" shown_then_cancelled 'room list.*\^C' 'room list' C-c
check "and all of it" shown_then_cancelled '\^C' 'room \' Enter 'list' C-c
check "an empty line is nothing" entered ''
check "so is a comment" entered '# nothing'
check "errors are told" after 'rom list' -- "unknown command 'rom'; did you mean 'room'"
check "the shell is not started twice" after 'shell' -- 'this is the shell already'

interrupted()
{
	fresh_line
	type_keys 'apply -f -' Enter
	# It reads what is typed, which is no manifest yet.
	until_true runs_a_command
	type_keys C-c
	await_line "$prompt"
}

runs_a_command()
{
	[[ $(screen_line) == *'apply -f -'* ]] &&
		pgrep -P "$(pgrep -f 'pchatctl$' -P "$(screen display -p -t t '#{pane_pid}')" | head -n 1)" >/dev/null
}
check "Ctrl-C ends a command and not the shell" interrupted

confirmed()
{
	fresh_line
	type_keys "room delete 'Summer party'" Enter
	await "$1"
	type_keys "$2" Enter
	await_line "$prompt"
}
check "a command can ask" confirmed '[Tt]ype|y/N|\?' n
check "and take no for an answer" after 'room list -o name' -- '^Summer party$'

check "what is wrong is marked" after "roo set 'Rates desk' --type nrmal" -- "^  pchatctl room set 'Rates desk' --type nrmal\$"
check "under the word" await '^ {40}\^~~~~$'
check "a list as before" after 'room list -o name' -- '^Summer party$'

# History.
check "the line before comes back" line_becomes Up -- 'room list -o name'
check "the history is its owner's" test "$(stat -c %a "$history")" = 600
check "its folder, too" test "$(stat -c %a "${history%/*}")" = 700
check "a password is set" after 'us passwd sip:amy@contoso.example --password-stdin Secret1' -- 'unexpected argument'
check "its line does not come back" line_becomes Up -- 'room list -o name'
check "nor is it in the file" test -z "$(grep -E 'passwd|Secret1' "$history")"
check "nor are lines that are no command" test -z "$(grep -F 'rom list' "$history")"
check "others are" grep -qxF 'room list -o name' "$history"

# Size of the terminal.
resized()
{
	fresh_line
	type_keys 'room list --fields name,description --search '
	screen resize-window -t t -x 50 -y 40
	type_keys 'desk' Enter
	await_line "$prompt" && await '^Credit desk' || return
	screen_text | grep -v '^pchat:' | while IFS= read -r line; do
		((${#line} <= 50)) || { echo "# too wide: $line" && return 1; }
	done
}
check "a line survives another size, and tables have it" resized
screen resize-window -t t -x 100 -y 40

left()
{
	type_keys "$@"
	await_line '^left with 0$'
}
check "Ctrl-D leaves" left C-d
screen_close

check "options of the shell are presets" open_shell 'pchatctl -o name --yes shell'
check "for its commands" after 'room list' -- '^Rates desk$'
check "which can say otherwise" after 'room list -o csv' -- '^Rates desk,.*,Trading'
check "and mind no others" after 'room delete "Summer party"' -- "deleted room 'Summer party'"
check "lines of another shell come back" line_becomes Up Up Up Up -- '.+'
check "exit leaves" left 'exit' Enter
screen_close

check "a terminal that can do nothing" open_shell 'TERM=dumb pchatctl'
check "does" after 'version' -- '^version:'
check "quit leaves" left 'quit' Enter
screen_close

stopped()
{
	type_keys 'pchatctl' Enter
	await_line "$prompt"
	type_keys C-z
	await '[Ss]topped'
	await_line '^out> ?$'
	type_keys 'fg' Enter
	await_line "$prompt"
	type_keys 'version' Enter
	await '^version:'
}
screen_open env PS1='out> ' bash --norc -i
await_line '^out> ?$'
check "Ctrl-Z stops it, and it goes on" stopped
screen_close

# Transactions.
# in_txn N KEY... : type a line; the prompt then says that N are staged
in_txn()
{
	local wanted=$1
	shift
	type_keys C-l
	type_keys "$@" Enter
	await_line "^pchat:store\\($wanted\\)> ?$"
}
site_is()
{
	[ "$(pchatctl site list -o name | grep -cx "$2")" = "$1" ]
}
open_shell
check "a transaction shows in the prompt" in_txn '0 changes' 'begin'
check "and what is staged in it" in_txn '1 change' 'site create oslo'
check "and more of it" in_txn '2 changes' 'site create rome'
check "one at a time" in_txn '2 changes' 'begin --name other'
check "it is not in force" site_is 0 oslo
check "diff shows it" in_txn '2 changes' 'diff'
check "with what it would do" await '^\+ create site .oslo'
check "names of it are completed" in_txn '2 changes' 'site show osl' Tab
check "and shown" await '^name: +oslo'
type_keys 'exit' Enter
check "who leaves is asked" await '2 changes are not committed: keep, abort or stay'
check "and may stay" in_txn '2 changes' ''
type_keys 'commit' Enter
check "commit ends it" await_line "$prompt"
check "and it is in force" site_is 1 oslo
check "another" in_txn '1 change' 'begin' Enter 'site create bath'
type_keys 'abort' Enter
check "abort ends it" await_line "$prompt"
check "and nothing is in force" site_is 0 bath
check "one that is left" in_txn '1 change' 'begin --name later' Enter 'site create bath'
type_keys C-d
check "Ctrl-D asks as well" await '1 change is not committed'
type_keys 'k' Enter
check "and keeps it" await "go on with it by 'pchatctl shell --txn later'"
screen_close
check "it is there" test "$(pchatctl transaction list -o name)" = later
open_shell 'pchatctl shell --txn later' '^pchat:store\(1 change\)> ?$'
type_keys 'commit' Enter
check "and can be gone on with" await_line "$prompt"
check "to its end" site_is 1 bath
screen_close
never_committed()
{
	printf 'begin\nsite create york\n' | pchatctl -q shell 2>"$top/err" >/dev/null
	[ $? -eq 2 ] && grep -q 'was never committed' "$top/err" &&
		[ -z "$(pchatctl -q transaction list -o name)" ] && site_is 0 york
}
check "where nobody can be asked it is given up, and that is a failure" never_committed
committed()
{
	printf 'begin\nsite create york\ncommit\n' | pchatctl -q shell >/dev/null
}
check "one that is committed is no failure" committed
check "and it is in force" site_is 1 york

# A history that cannot be used is no reason not to work.
rm -rf "$HOME/.local"
mkdir -p "${history%/*}"
ln -s /dev/null "$history"
check "without a history" open_shell
check "it says so" shows 'cannot use the history'
check "and works" after 'version' -- '^version:'
screen_close

# Where there is no terminal.
check "lines are read where there is no terminal" test \
	"$(printf 'roo l -o name --search rates\nversion help\n' | pchatctl shell | head -n 2)" = \
	"Rates desk
version: show the version and what it was built with"
fails()
{
	printf 'room show nothing\nversion\nrom\n' | pchatctl shell >"$top/out" 2>"$top/err"
	[ $? -eq 4 ] && grep -q '^version:' "$top/out" && grep -q '2 of 3 commands failed' "$top/err"
}
check "what fails does not stop it, and is told" fails
reads_on()
{
	printf 'user passwd sip:amy@contoso.example --password-stdin -q\nSecret1\nversion\n' |
		pchatctl shell >"$top/out" && grep -q '^version:' "$top/out"
}
check "a command may read the lines after its own" reads_on
check "no command and no terminal" test "$(pchatctl </dev/null 2>&1)" = "pchatctl: no command given; try 'pchatctl help'"
plan
