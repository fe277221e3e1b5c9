# bash completion for pchatctl                             -*- shell-script -*-
#
# What can be completed is asked of the program itself, which knows its commands and
# reads names from the store. Nothing is said if it cannot be asked.

_pchatctl()
{
	local program=$1 head
	local -a answer
	[[ $program != '~/'* ]] || program=$HOME/${program#'~/'}
	mapfile -t answer < <("$program" __complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
	head=${answer[0]-}
	COMPREPLY=("${answer[@]:1}")
	# Readline completes paths if there are no candidates.
	case $head in
	files*) compopt -o default ;;
	folders*) compopt -o dirnames ;;
	esac
	[[ $head != *partial ]] || compopt -o nospace
	# Candidates come in an order that helps. bash can leave it alone since 4.4.
	((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)) || compopt -o nosort
}

complete -F _pchatctl pchatctl
