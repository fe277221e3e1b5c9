# fish completion for pchatctl
#
# What can be completed is asked of the program itself, which knows its commands and
# reads names from the store. Nothing is said if it cannot be asked.

function __pchatctl_complete
    set -l program (commandline -opc)[1]
    set -l answer (command $program __complete fish (commandline -cp | string collect) 2>/dev/null)
    set -l head (string split ' ' -- $answer[1])
    switch "$head[1]"
        case files folders
            set -l token (commandline -ct)
            set -l before (string sub -l $head[2] -- $token)
            set -l path (string sub -s (math $head[2] + 1) -- $token)
            set -l complete __fish_complete_path
            test $head[1] = folders; and set complete __fish_complete_directories
            for found in ($complete $path)
                printf '%s%s\n' $before $found
            end
    end
    printf '%s\n' $answer[2..-1]
end

complete -c pchatctl -f -k -a '(__pchatctl_complete)'
