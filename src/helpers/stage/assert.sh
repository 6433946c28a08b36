#: summary: Conditions hold, or the stage fails.
#: parameters:
#:   that: {type: conditions, required: true, doc: 'One expression or several, as in `when`.'}
#:   message: {type: string, doc: What the user is told when one does not hold. By default the condition itself.}
#: main: that
#: examples:
#:   - doc: What a stage relies on.
#:     yaml: |
#:       stage.assert: {that: [facts.os.id == "debian", facts.arch == "x86_64"], message: made for Debian on x86_64}
check() {
  eval "set -- $that"
  [ $# != 0 ] || return 0
  [ -z "$message" ] || fail "$message"
  broken=
  for condition; do broken=${broken:+$broken; }$condition; done
  fail "does not hold: $broken"
}

apply() { :; }
