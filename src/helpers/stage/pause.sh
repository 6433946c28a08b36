#: summary: Nothing happens at the host for a while.
#: doc: Where it can be told what is waited for, the helpers of `wait` are better. Check mode does not pause.
#: parameters:
#:   duration: {type: duration, required: true, doc: 'How long, in whole seconds: less is rounded up.'}
#: main: duration
#: waits: [duration]
#: tools: [sleep]
#: examples:
#:   - doc: Time to settle.
#:     yaml: |
#:       stage.pause: 30s
check() {
  case $r_way$r_flags in
    run*c*) ;;
    run*) sleep "$duration" || fail 'the pause was cut short' ;;
  esac
}

apply() { :; }
