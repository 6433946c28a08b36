#: summary: Tells the user something.
#: doc: The message stands among the results, whatever the verbosity but --quiet, and in JSON as `note`. In check mode too.
#: parameters:
#:   message: {type: string, required: true, doc: What to tell.}
#: main: message
#: examples:
#:   - doc: What was found.
#:     yaml: |
#:       stage.log: "{{ facts.hostname }} runs {{ facts.os.pretty_name }}"
check() { record note "$message"; }

apply() { :; }
