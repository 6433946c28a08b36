#: summary: A command runs, where it is needed.
#: doc: |
#:   Give a line for /bin/sh, or the words of a command, which no shell touches. A command that ends with another status than 0
#:   fails the operation. Say when it is needed with `creates`, `unless`, `check` or `changes`; without any of them it always runs,
#:   and check mode cannot tell whether it would change anything. Everybody at the host can read the words of commands: no secrets
#:   may stand in `argv`; a line reaches its shell in another way.
#: parameters:
#:   line: {type: string, doc: 'What sh must run.'}
#:   argv: {type: list, exposed: true, doc: 'The words of a command: run as they are.'}
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
#: uses: [command]
#: examples:
#:   - doc: A line that is run once.
#:     yaml: |
#:       shell.run: {line: 'openssl rand -hex 32 > /etc/app.key', creates: /etc/app.key}
#:   - doc: Words; nothing in them is special.
#:     yaml: |
#:       shell.run: {argv: [gpasswd, --add, "{{ item }}", wheel], check: 'id -nG "{{ item }}" | grep -qw wheel'}
check() { check_need; }

apply() {
  [ -n "$line" ] || [ $# != 0 ] || fail 'give a line or argv'
  if [ -n "$line" ]; then
    hand_over "$line"
    set -- sh -c "$the_line"
  fi
  run_command "$@"
}
