#: summary: Nothing in a text file matches a regular expression any more; matches are replaced.
#: doc: |
#:   Line by line, every match is replaced. Regular expressions are extended ones as sed -E takes them; in `with`, & is the match
#:   and \1 to \9 are its groups. What it is replaced with must not match in turn, or the operation fails and leaves the file
#:   alone, since it would change at every run.
#: parameters:
#:   path: {type: path, required: true, doc: The file.}
#:   regex: {type: string, required: true, doc: What is looked for.}
#:   with: {type: string, default: '', doc: What it becomes. By default nothing.}
#:   mode: {type: mode, doc: Permission bits such as 0644.}
#:   owner: {type: string, doc: 'User who owns it, by name or number.'}
#:   group: {type: string, doc: 'Group it belongs to, by name or number.'}
#:   follow: {type: boolean, default: false, doc: 'When the path is a symbolic link, look after the file it leads to. Otherwise a link in the way is a failure.'}
#: title: path
#: tools: [cmp, mktemp, mv, sed, stat]
#: uses: [links, edit]
#: examples:
#:   - doc: Another mirror.
#:     yaml: |
#:       fs.replace: {path: /etc/apt/sources.list, regex: 'http://[^/ ]+/debian', with: 'https://mirror.example.org/debian'}
# The line that marks the end is taken away again, and with it the newline before it where the file has none.
edited() {
  awk '
    NR > 1 { printf "%s%s", before, "\n" }
    { before = $0 }
    END { if (before != "x") printf "%s", substr(before, 1, length(before) - 1) }' | run_program
}

# By a file of its own: anybody at the host can read arguments.
run_program() {
  sed -E -f /proc/self/fd/8 8<<END
$program
END
}

# The groups that `with` names must be there; busybox's sed would take nothing for them.
check_groups() {
  groups=0 rest=$regex
  while :; do
    case $rest in
      *\(*)
        case ${rest%%\(*} in *\\) ;; *) groups=$((groups + 1)) ;; esac
        rest=${rest#*\(}
        ;;
      *) break ;;
    esac
  done
  for number in 1 2 3 4 5 6 7 8 9; do
    case $with in *\\$number*) [ "$number" -le "$groups" ] || fail "'with' names group $number, and 'regex' has $groups" ;; esac
  done
}

# settles: done twice it is the same as done once.
settles() {
  once=$(e_run "$target" && echo x)
  twice=$(say "$once$n_" | edited && echo x)
  [ "$once" = "$twice" ]
}

check() {
  case $regex in
    '') fail "'regex' is empty" ;;
    *"$n_"* | *"$r_us"*) fail "'regex' holds a character that no line has" ;;
  esac
  case $with in *"$r_us"*) fail "'with' holds the control character 0x1f" ;; esac
  replacement=
  rest=$with
  while :; do
    case $rest in
      *"$n_"*) replacement=$replacement${rest%%"$n_"*}\\$n_ rest=${rest#*"$n_"} ;;
      *) break ;;
    esac
  done
  program=s$r_us$regex$r_us$replacement$rest${r_us}g
  check_groups
  require_tool sed
  run_program </dev/null || fail "'$regex' is not a regular expression"
  target=$path
  [ "$follow" != true ] || follow_links "$path"
  check_edit "$target" false
  if [ "$s_kind" = none ]; then
    # What comes before may make it in a real run.
    case $r_flags in *c*) unknown "there is no '$target' yet" && return ;; esac
    fail "there is no '$target'"
  fi
  [ -z "$r_differs" ] || settles || fail "what matches '$regex' would match again: the file would change at every run"
  [ "$s_kind" != file ] || check_attributes "$target" "$mode" "$owner" "$group"
}

apply() { apply_edit "$target" "$mode" "$owner" "$group"; }
