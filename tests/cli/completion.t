#!/usr/bin/env bash
# Completion in bash, zsh and fish, typed into a real terminal. What the shell then hands to
# the program is what counts, so a program of the same name stands in front of it that tells.
# shellcheck source=lib.sh
. "$PCHAT_SOURCE/tests/cli/lib.sh"
# shellcheck source=screen.bash
. "$PCHAT_SOURCE/tests/cli/screen.bash"
export PCHATCTL=$PCHAT_BUILD/pchatctl/pchatctl LC_ALL=C.UTF-8

for shell in bash zsh fish; do
	cp "$PCHAT_SOURCE/completions/pchatctl.$shell" "$top/kept.$shell" 2>/dev/null ||
		cp "$PCHAT_SOURCE/completions/_pchatctl" "$top/kept.$shell"
	check "completions/ holds what 'pchatctl completion $shell' writes" \
		cmp "$top/kept.$shell" <(pchatctl completion "$shell")
done

fresh contoso
mkdir folder "$top/bin"
pchatctl -q room create 'R&D "new" $lab' --category Trading
pchatctl -q room create Überblick --category Trading
pchatctl -q room create "it's here" --category Trading
cat >"$top/bin/pchatctl" <<'SHIM'
#!/bin/sh
[ "${1-}" != __complete ] || exec "$PCHATCTL" "$@"
[ $# -eq 0 ] || printf '[%s]' "$@" >"$SAID.new"
echo >>"$SAID.new"
mv "$SAID.new" "$SAID"
SHIM
chmod +x "$top/bin/pchatctl"
export PATH=$top/bin:$PATH SAID=$top/said

# Each shell with nothing of its user's, and a prompt that can be waited for.
cat >"$top/rc.bash" <<'RC'
PS1='ready> '
source <("$PCHATCTL" completion bash)
RC
mkdir "$top/zsh" "$top/fish"
cat >"$top/zsh/.zshrc" <<'RC'
PS1='ready> '
autoload -Uz compinit
compinit -u -D
source <("$PCHATCTL" completion zsh)
RC
cat >"$top/rc.fish" <<'RC'
function fish_prompt; echo -n 'ready> '; end
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
$PCHATCTL completion fish | source
RC

start()
{
	case $1 in
	bash) screen_open bash --noprofile --rcfile "$top/rc.bash" -i ;;
	zsh) ZDOTDIR=$top/zsh screen_open zsh -i ;;
	fish) XDG_CONFIG_HOME=$top/fish XDG_DATA_HOME=$top/fish screen_open fish -N -C "source $top/rc.fish" ;;
	esac && await_line '^ready> ?$'
}

# said WANTED KEY...: type, then see what arrives at the program.
said()
{
	local wanted=$1 got=
	shift
	rm -f "$SAID"
	type_keys "$@" Enter
	until_true [ -e "$SAID" ] && got=$(cat "$SAID")
	[ "$got" = "$wanted" ] && await_line '^ready> ?$' && return
	echo "# wanted $wanted"
	echo "# got    ${got:-nothing}"
	screen_text | sed 's/^/# | /'
	type_keys C-c
	return 1
}

# offered REGEX KEY...: type, then see what is shown; the line is given up.
offered()
{
	local wanted=$1 status=0
	shift
	type_keys C-l
	await_line '^ready> ?$'
	type_keys "$@"
	await "$wanted" || status=1
	type_keys C-c
	await_line '^ready> ?$' && return $status
}

all=(
	'[room][show][Rates desk]' 'pchatctl roo|Tab|sh|Tab|rat|Tab'
	'[room][show][Rates desk]' 'pchatctl room show Rates\ d|Tab'
	"[room][show][Rates desk]" "pchatctl room show 'Rates d|Tab"
	'[room][show][Rates desk]' 'pchatctl room show "Rates d|Tab'
	'[room][show][R&D "new" $lab]' 'pchatctl room show R\&|Tab'
	'[room][show][R&D "new" $lab]' "pchatctl room show 'R&|Tab"
	"[room][show][it's here]" 'pchatctl room show it|Tab'
	'[room][show][Überblick]' 'pchatctl room show übe|Tab'
	'[room][create][X][--category][Trading]' 'pchatctl room create X --cat|Tab|tra|Tab'
	'[room][create][X][--category=Trading]' 'pchatctl room create X --category=Tra|Tab'
	'[room][list][--privacy][secret]' 'pchatctl room list --priv|Tab|s|Tab'
	'[room][list][-o][yaml]' 'pchatctl room list -o y|Tab'
	'[room][list][--sort=name,-privacy]' 'pchatctl room list --sort=name,-pri|Tab'
	'[policy][grant][traders][sip:amy@contoso.example]' 'pchatctl policy grant tra|Tab|sip:am|Tab'
	'[policy][grant][traders][amy@contoso.example]' 'pchatctl policy grant traders amy@c|Tab'
	'[policy][grant][traders][group:Traders]' 'pchatctl policy grant traders gro|Tab|tra|Tab'
	'[policy][grant][traders][ou:Trading/Credit]' 'pchatctl policy grant traders ou:Trading/C|Tab'
	'[room][set][Rates desk][--members][sip:amy@contoso.example,group:Traders]'
	'pchatctl room set Rates\ desk --members sip:amy@contoso.example,gro|Tab|Tra|Tab'
	'[room][set][Rates desk][--remove-member][group:Rates]'
	'pchatctl room set Rates\ desk --remove-member group:R|Tab'
	'[apply][-f][contoso.yaml]' 'pchatctl apply -f cont|Tab'
	'[apply][--file=contoso.yaml]' 'pchatctl apply --file=cont|Tab'
	'[store][backup][folder/new]' 'pchatctl store backup fol|Tab|new'
	'[completion][fish]' 'pchatctl comple|Tab|f|Tab'
	'[help][exit-codes]' 'pchatctl help exit|Tab'
	'[--store][nowhere][room][show][rat]' 'pchatctl --store nowhere room show rat|Tab'
)

for shell in bash zsh fish; do
	check "$shell starts" start "$shell"
	for ((i = 0; i < ${#all[@]}; i += 2)); do
		IFS='|' read -ra keys <<<"${all[i + 1]}"
		check "$shell: ${all[i + 1]}" said "${all[i]}" "${keys[@]}"
	done
	list=(Tab)
	[ "$shell" != bash ] || list=(Tab Tab)
	check "$shell shows the verbs of a noun" offered '^create +(set|--|\()' 'pchatctl site ' "${list[@]}"
	check "$shell shows rooms" offered '^Credit.{1,2}desk' 'pchatctl room show ' "${list[@]}"
	screen_close
done
plan
