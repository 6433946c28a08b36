# Completion of espresso in fish, written by `espresso completion fish`. As ~/.config/fish/completions/espresso.fish, or:
#   espresso completion fish | source

function __espresso_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l current (commandline -ct)
    for line in ($program __complete $words "$current" 2> /dev/null)
        if test "$line" = :files
            set -l value (string replace -r '^--[^=]*=' '' -- "$current")
            set -l option (string match -r '^--[^=]*=' -- "$current")
            for file in (__fish_complete_path "$value")
                echo "$option$file"
            end
        else
            echo $line
        end
    end
end

complete -c espresso -f -a '(__espresso_complete)'
