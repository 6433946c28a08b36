#: summary: Something is at a path, or no longer; it is waited for.
#: doc: |
#:   Changes nothing. Check mode looks once. `register: x` gives x.waited, in seconds.
#: parameters:
#:   path: {type: path, required: true, doc: Where to look.}
#:   state: {type: string, default: present, one_of: [present, absent], doc: What to wait for.}
#:   contains: {type: string, doc: 'An extended regular expression (grep -E) that a line of the file must fit.'}
#:   up_to: {type: duration, default: 5m, doc: 'How long to wait at most; then the operation fails.'}
#:   delay: {type: duration, default: 0s, doc: How long to wait before the first look.}
#:   every: {type: duration, default: 1s, doc: How often to look.}
#: main: path
#: uses: [wait]
#: waits: [up_to, delay, every]
#: examples:
#:   - doc: The service has said that it is ready.
#:     yaml: |
#:       wait.for_path: {path: /var/log/app.log, contains: 'listening on', up_to: 2m}
#:   - doc: Nobody else is at work.
#:     yaml: |
#:       wait.for_path: {path: /run/deploy.lock, state: absent}
is_so() {
  if [ "$state" = absent ]; then
    [ ! -e "$path" ] && [ ! -L "$path" ]
  elif [ -n "$contains" ]; then
    [ -f "$path" ] && line_fits "$contains" -q -- "$path"
  else
    [ -e "$path" ] || [ -L "$path" ]
  fi
}

check() {
  if [ -n "$contains" ]; then
    [ "$state" = present ] || fail "'contains' is of use with state: present only"
    echo | line_fits "$contains" -q
    status=$?
    [ "$status" -le 1 ] || fail "'contains' is no extended regular expression: '$contains'"
    wait_until "no line of '$path' fits '$contains'"
  elif [ "$state" = absent ]; then
    wait_until "'$path' is there"
  else
    wait_until "there is no '$path'"
  fi
}

apply() { :; }
