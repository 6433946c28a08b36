#: summary: Ends the stage as failed, with a message.
#: doc: Of use with `when`. Fails in check mode too.
#: parameters:
#:   message: {type: string, required: true, doc: What the user is told.}
#: main: message
#: examples:
#:   - doc: A guard.
#:     yaml: |
#:       stage.fail: only Debian is looked after by this stage
#:       when: facts.os.id ~= "debian"
check() { fail "$message"; }

apply() { :; }
