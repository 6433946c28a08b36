#: summary: A script from storage runs, where it is needed.
#: doc: |
#:   The script is a private file at the host for as long as it runs. It is run by `interpreter`, else by what its first line
#:   names (#!), else by sh. When it is needed is said as for shell.run: with `creates`, `unless`, `check` or `changes`; without any
#:   of them it always runs, and check mode cannot tell whether it would change anything.
#: parameters:
#:   source: {type: source, doc: Name of the script in storage.}
#:   template: {type: template, doc: 'Name of a template in storage, which renders to the script.'}
#:   content: {type: content, doc: The script itself.}
#:   args: {type: list, exposed: true, doc: Its arguments.}
#:   interpreter: {type: list, doc: 'The words of the command that runs it, such as [python3, -u].'}
#:   creates: {type: path, doc: 'Not needed when this exists, which it must afterwards.'}
#:   unless: {type: string, doc: 'A line for sh. Not needed when it succeeds.'}
#:   check: {type: string, doc: 'A line for sh. Not needed when it succeeds, which it must afterwards.'}
#:   changes: {type: list, doc: 'Files or trees. The command always runs; it has changed something when one of these is different afterwards.'}
#:   cwd: {type: path, doc: Directory it runs in. By default that in which the session began.}
#:   env: {type: map, doc: Environment variables to set.}
#:   stdin: {type: string, doc: Text it can read. By default there is none.}
#: main: source
#: positional: args
#: title: source
#: one_of: [[source, template, content]]
#: uses: [command]
#: tools: [mktemp]
#: examples:
#:   - doc: A script of the project, run once.
#:     yaml: |
#:       shell.script: {source: init-db.sh, args: [--name, app], creates: /var/lib/app/db}
check() {
  check_need
  [ -z "$r_differs$r_unknown" ] || [ "$r_phase" = after ] || content_is_wanted
}

# The words that its first line names: the command and, as the kernel has it, one argument.
read_first_line() {
  IFS= read -r first <"$r_temp"
  case $first in
    '#!'*) first=${first#'#!'} ;;
    *) first=/bin/sh ;;
  esac
  first=${first#"${first%%[! ]*}"}
  command=${first%% *}
  word=${first#"$command"}
  word=${word#"${word%%[! ]*}"}
}

apply() {
  [ "$content_kind" != none ] || fail 'give a source, a template or content'
  make_temp "${TMPDIR:-/tmp}"
  receive_content "$r_temp" 'the script'
  if [ -n "$interpreter" ]; then
    eval "set -- $interpreter \"\$r_temp\" \"\$@\""
  else
    read_first_line
    set -- "$command" ${word:+"$word"} "$r_temp" "$@"
  fi
  run_command "$@"
}
