#: summary: A command runs, where it is needed.
#: doc: |
#:   Give a line for /bin/sh, or the words of a command, which no shell touches. A command that ends with another status than 0
#:   fails the operation. Say when it is needed with `creates`, `unless`, `check` or `changes`; without any of them it always runs,
#:   and check mode cannot tell whether it would change anything.
#: parameters:
#:   line: {type: string, doc: 'What sh must run.'}
#:   argv: {type: list, doc: 'The words of a command: run as they are.'}
#:   creates: {type: path, doc: 'Not needed when this exists, which it must afterwards.'}
#:   unless: {type: string, doc: 'A line for sh. Not needed when it succeeds.'}
#:   check: {type: string, doc: 'A line for sh. Not needed when it succeeds, which it must afterwards.'}
#:   changes: {type: list, doc: 'Files or trees. The command always runs; it has changed something when one of these is different afterwards.'}
#:   cwd: {type: path, doc: Directory it runs in. By default that in which the session began.}
#:   env: {type: map, doc: Environment variables to set.}
#:   stdin: {type: string, doc: Text it can read. By default there is none.}
#: main: line
#: positional: argv
#: title: line
#: one_of: [[line, argv]]
#: examples:
#:   - doc: A line that is run once.
#:     yaml: |
#:       shell.run: {line: 'openssl rand -hex 32 > /etc/app.key', creates: /etc/app.key}
#:   - doc: Words; nothing in them is special.
#:     yaml: |
#:       shell.run: {argv: [gpasswd, --add, "{{ item }}", wheel], check: 'id -nG "{{ item }}" | grep -qw wheel'}
guard() { run_in_place sh -c "$1" >/dev/null 2>&1 </dev/null; }

# In a subshell: what it runs gets the environment and the directory, and none of our variables.
run_in_place() (
  if [ -n "$cwd" ]; then
    cd -- "$cwd" || exit 127
  fi
  exec 9<&-
  eval "set -- ${env:+env $env} \"\$@\""
  exec "$@"
)

# Of these paths: one line that is another when something has come, gone, or differs in content, mode or owner.
fingerprint() {
  {
    find "$@" -exec stat -c '%n %F %a %u %g' {} + 2>/dev/null
    find "$@" -type f -exec sha256sum {} + 2>/dev/null
    find "$@" -type l -exec readlink {} \; 2>/dev/null
  } | sha256sum
}

check() {
  guarded=
  if [ -n "$creates" ]; then
    guarded=1
    { [ ! -e "$creates" ] && [ ! -L "$creates" ]; } || return 0
  fi
  if [ -n "$unless" ] && [ "$r_phase" = before ]; then
    guarded=1
    ! guard "$unless" || return 0
  fi
  if [ -n "$check" ]; then
    guarded=1
    ! guard "$check" || return 0
  fi
  if [ -z "$guarded" ]; then
    if [ -n "$changes" ]; then
      unknown 'only running it tells whether it changes what it may change'
    else
      unknown 'nothing says when it is needed (creates, unless, check or changes)'
    fi
    return
  fi
  [ -z "$creates" ] || differs "there is no '$creates'"
  [ -z "$check" ] || differs 'the check does not succeed'
  [ -z "$unless" ] || [ "$r_phase" = after ] || differs 'the unless does not succeed'
}

apply() {
  [ -n "$line" ] || [ $# != 0 ] || fail 'give a line or argv'
  [ -z "$line" ] || set -- sh -c "$line"
  [ -z "$changes" ] || before=$(eval "fingerprint $changes")
  if given stdin; then
    say "$stdin" | run_in_place "$@"
  else
    run_in_place "$@"
  fi
  status=$?
  record status "$status"
  [ "$status" = 0 ] || fail "exited $status"
  [ -z "$changes" ] || [ "$before" != "$(eval "fingerprint $changes")" ] || unchanged
}
