#: summary: A directory exists, with this mode, owner and group.
#: doc: |
#:   Directories above it are made where they are missing, with mode 0755. What it holds is not looked at.
#:   A symbolic link that leads to a directory counts as one; mode, owner and group are then those of the directory.
#: parameters:
#:   path: {type: path, required: true, doc: Where it must be.}
#:   mode: {type: mode, doc: Permission bits such as 0755. Left alone when not given.}
#:   owner: {type: string, doc: 'User who owns it, by name or number.'}
#:   group: {type: string, doc: 'Group it belongs to, by name or number.'}
#: main: path
#: tools: [stat, mkdir]
#: examples:
#:   - doc: A directory for one service only.
#:     yaml: |
#:       fs.ensure_directory: {path: /srv/web/data, mode: 0750, owner: www-data, group: www-data}
check() {
  if [ ! -d "$path" ]; then
    read_stat "$path"
    [ "$s_kind" = none ] || fail "'$path' is $(kind_of), not a directory"
    differs 'no such directory'
    return
  fi
  look=$path
  # What a link leads to, when it is one.
  [ ! -L "${path%/}" ] || look=${path%/}/.
  [ -z "$mode$owner$group" ] || check_attributes "$look" "$mode" "$owner" "$group"
}

apply() {
  keep "$path"
  mkdir -p -- "$path" || fail "cannot make the directory '$path'"
  [ -z "$mode$owner$group" ] || set_attributes "${path%/}/." "$mode" "$owner" "$group"
}
