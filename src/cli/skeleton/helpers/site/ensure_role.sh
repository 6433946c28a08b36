#: summary: A file tells what the host is for.
#: doc: A helper of your own. `check` only looks, and calls `differs` where something is not as it must be; then `apply` mends it.
#: parameters:
#:   role: {type: string, required: true, doc: 'What it is for, in a word or two.'}
#:   path: {type: path, default: /etc/role, doc: The file.}
#: main: role
#: examples:
#:   - doc: A web server.
#:     yaml: 'site.ensure_role: web server'
check() {
  found=
  [ ! -e "$path" ] || found=$(cat -- "$path") || fail "cannot read '$path'"
  [ "$found" = "$role" ] || differs role "$found" "$role"
}

apply() { printf '%s\n' "$role" > "$path"; }
