#: summary: A flag is raised.
#: parameters:
#:   path: {type: path, required: true, doc: Where.}
#:   color: {type: string, default: red, one_of: [red, green, "1", "true"], doc: How it looks.}
#:   size: {type: size, doc: How large.}
#:   tags: {type: list, one_of: [a, b], doc: What it is for.}
#:   names: {type: map, doc: More.}
#:   text: {type: content, doc: What it says.}
#:   file: {type: source, doc: The same from storage.}
#:   left: {type: string, doc: A side.}
#:   right: {type: string, doc: The other.}
#: main: path
#: one_of: [[left, right]]
check() { [ -e "$path" ] || differs "no flag"; }
apply() { : > "$path"; }
