# A real terminal for tests: tmux, typed into and read. Source after lib.sh.
# shellcheck shell=bash

screen_number=0
screen_lines=40
screen_limit=${PCHAT_TEST_SCREEN_LIMIT:-30} # seconds anything may take to appear

screen()
{
	tmux -S "$top/tmux.$screen_number" -f /dev/null "$@"
}

# screen_open COMMAND...: a terminal of 100 columns that runs it
screen_open()
{
	screen_number=$((screen_number + 1))
	# The status line would be read as part of what the program shows.
	screen new-session -d -s t -x 100 -y "$screen_lines" -e TERM=screen "$@" \; \
		set-option -g status off \; resize-window -x 100 -y "$screen_lines" || return
	trap 'screen kill-server 2>/dev/null; rm -rf "$top"' EXIT
}

screen_close()
{
	screen kill-server 2>/dev/null
	trap 'rm -rf "$top"' EXIT
}

# type KEY...: as tmux names them ("Tab", "C-c"); anything else is text, letter by letter
type_keys()
{
	local key
	for key; do
		case $key in
		Tab | Enter | Escape | BSpace | Up | Down | Left | Right | C-? | M-?) screen send-keys -t t "$key" 2>/dev/null ;;
		*) screen send-keys -t t -l -- "$key" 2>/dev/null ;;
		esac || return
	done
}

# All that was shown, without the blank lines at the end; lines that were wrapped are joined.
screen_text()
{
	screen capture-pane -p -J -S - -t t 2>/dev/null | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# What was shown last: line number $1 from the end (1 by default).
screen_line()
{
	screen_text | tail -n "${1:-1}" | head -n 1
}

# until_true COMMAND...: ask again and again, in no more time than is allowed and for no longer than
# there is a terminal
until_true()
{
	local end=$((SECONDS + screen_limit))
	until "$@"; do
		((SECONDS < end)) && screen has-session -t t 2>/dev/null || return 1
		read -rt 0.02 <> <(:)
	done
	return 0
}

shows()
{
	screen_text | grep -qE -- "$1"
}

# await REGEX: until it is somewhere on the screen; what is there is printed if it never is
await()
{
	until_true shows "$1" && return
	echo "# not shown: $1"
	screen_text | sed 's/^/# | /'
	return 1
}

last_line_is()
{
	[[ $(screen_line) =~ $1 ]]
}

# await_line REGEX: until the last line is like that
await_line()
{
	until_true last_line_is "$1" && return
	echo "# last line is not: $1"
	screen_text | sed 's/^/# | /'
	return 1
}
