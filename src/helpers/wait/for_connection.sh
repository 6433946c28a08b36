#: summary: The host can be reached; it is waited for.
#: doc: |
#:   As the first operation of a host it is about getting there: the host may come up just now, and is tried to be reached again and
#:   again, whatever is in the way, until it can be worked with. Later on, it is about a connection that is lost meanwhile: the
#:   host is looked for so long, where --reconnect-timeout is shorter. Changes nothing.
#: parameters:
#:   up_to: {type: duration, default: 5m, doc: 'How long to wait at most; then the host is unreachable.'}
#:   delay: {type: duration, default: 0s, doc: 'How long to wait at the host before it counts as reached: it may be about to go down.'}
#: main: up_to
#: waits: [up_to, delay]
#: examples:
#:   - doc: The machine was made a moment ago.
#:     yaml: |
#:       wait.for_connection: 10m
#:   - doc: A command has asked for a restart.
#:     yaml: |
#:       wait.for_connection: {delay: 10s, up_to: 10m}
check() {
  [ "$r_way" = run ] || return 0
  case $r_flags in *c*) return ;; esac
  [ "$delay" = 0 ] || sleep "$delay"
}

apply() { :; }
