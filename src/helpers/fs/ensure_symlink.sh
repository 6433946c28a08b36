#: summary: A symbolic link leads to this target.
#: doc: |
#:   A link that leads elsewhere is replaced, at once. A file or a directory in its place is a failure unless `force`.
#:   The target need not exist.
#: parameters:
#:   path: {type: path, required: true, doc: Where the link must be.}
#:   target: {type: string, required: true, doc: 'What it must hold, as it is: a relative target is relative to the link.'}
#:   force: {type: boolean, default: false, doc: 'Replace a file, or a directory with all it holds.'}
#: tools: [readlink, ln, mv]
#: examples:
#:   - doc: The current release.
#:     yaml: |
#:       fs.ensure_symlink: {path: /srv/app/current, target: releases/42}
check() {
  if [ -L "$path" ]; then
    read_link "$path"
    [ "$l_target" = "$target" ] || differs target "$l_target" "$target"
  elif [ ! -e "$path" ]; then
    differs 'no such link'
  else
    read_stat "$path"
    [ "$force" = true ] || fail "'$path' is $(kind_of), not a symbolic link (force: true replaces it)"
    differs kind "$(kind_of)" 'a symbolic link'
  fi
}

apply() {
  parent_of "$path"
  [ -d "$parent/." ] || fail "there is no directory '$parent' for it"
  keep_tree "$path"
  if [ ! -L "$path" ] && [ -d "$path" ]; then
    rm -rf -- "$path" || fail "cannot remove the directory '$path'"
  fi
  # Made under a name of its own and renamed: there is no moment without the link. -n of ln and -T of mv are not POSIX,
  # and mv would go through a link to a directory, so that one is removed first.
  make_temp "$parent"
  ln -sf -- "$target" "$r_temp" || fail "cannot make a link in '$parent'"
  if [ -d "$path" ]; then
    mv -fT -- "$r_temp" "$path" 2>/dev/null || { rm -f -- "$path" && mv -f -- "$r_temp" "$path"; }
  else
    mv -f -- "$r_temp" "$path"
  fi || fail "cannot put the link '$path' in place"
  r_temp=
}
