#: summary: A command succeeds; it is run again and again until then.
#: doc: |
#:   The command only looks: check mode runs it too, once. Each run ends before the next begins.
#:   `register: x` gives x.waited, in seconds, and x.text, what the last run wrote.
#: parameters:
#:   line: {type: string, required: true, doc: 'A line for sh.'}
#:   matches: {type: string, doc: 'An extended regular expression (grep -E) that a line of what the command writes must fit, too.'}
#:   up_to: {type: duration, default: 5m, doc: 'How long to wait at most; then the operation fails.'}
#:   delay: {type: duration, default: 0s, doc: How long to wait before the first run.}
#:   every: {type: duration, default: 1s, doc: How long to wait between two runs.}
#: main: line
#: uses: [wait]
#: waits: [up_to, delay, every]
#: examples:
#:   - doc: The database answers.
#:     yaml: |
#:       wait.for_command: pg_isready -q
#:   - doc: The cluster has found together.
#:     yaml: |
#:       wait.for_command: {line: app status, matches: '^state: (ready|idle)$', up_to: 10m, every: 5s}
is_so() {
  # Anybody at the host can read arguments.
  # shellcheck disable=SC2016 # for the shell that reads it
  text=$(ESPRESSO_LINE=$line && export ESPRESSO_LINE && sh -c 'eval "unset ESPRESSO_LINE; $ESPRESSO_LINE"' 2>&1 </dev/null)
  status=$?
  [ "$status" = 0 ] || return 1
  [ -z "$matches" ] || say "$text$n_" | line_fits "$matches" -q
}

check() {
  if [ -n "$matches" ]; then
    echo | line_fits "$matches" -q
    status=$?
    [ "$status" -le 1 ] || fail "'matches' is no extended regular expression: '$matches'"
    wait_until "the command does not succeed with what fits '$matches'"
  else
    wait_until 'the command does not succeed'
  fi
  tell text "$text"
}

apply() { :; }
