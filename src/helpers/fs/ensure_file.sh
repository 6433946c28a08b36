#: summary: A file exists, with this content, mode, owner and group.
#: doc: |
#:   The file is replaced at once or not at all: the content is written to a private file beside it, which is synced and
#:   renamed. What is not given stays as it is; a new file has mode 0644, or 0600 with a secret in it, and belongs to whoever runs
#:   the operation. Without content, source, template and size it is enough that the file exists.
#: parameters:
#:   path: {type: path, required: true, doc: Where it must be.}
#:   content: {type: content, doc: 'What it must hold, to the byte.'}
#:   source: {type: source, doc: Name of an item in storage; what the file must hold.}
#:   template: {type: template, doc: Name of a template in storage; what it renders to is what the file must hold.}
#:   size: {type: size, doc: 'The file must have exactly this size. One that has not is replaced by one full of zeros, which takes no space until it is written to.'}
#:   mode: {type: mode, doc: Permission bits such as 0644.}
#:   owner: {type: string, doc: 'User who owns it, by name or number.'}
#:   group: {type: string, doc: 'Group it belongs to, by name or number.'}
#:   follow: {type: boolean, default: false, doc: 'When the path is a symbolic link, look after the file it leads to. Otherwise a link in the way is a failure.'}
#: title: path
#: one_of: [[content, source, template, size]]
#: tools: [stat, mktemp, mv]
#: uses: [links]
#: examples:
#:   - doc: A message for all who log in.
#:     yaml: |
#:       fs.ensure_file: {path: /etc/motd, content: "welcome\n", mode: 0644}
#:   - doc: A configuration file rendered from a template in storage.
#:     yaml: |
#:       fs.ensure_file: {path: /etc/nginx/nginx.conf, template: nginx.conf.tmpl, owner: root, group: root}
check() {
  create='' write='' target=$path
  [ "$follow" != true ] || follow_links "$path"
  read_stat "$target"
  case $s_kind in
    none)
      create=1
      differs 'no such file'
      content_is_wanted
      r_send_old "$target"
      return
      ;;
    file) ;;
    link) fail "'$path' is a symbolic link (follow: true looks after the file it leads to)" ;;
    *) fail "'$path' is $(kind_of), not a file" ;;
  esac
  if content_differs "$target"; then
    write=1
    differs content
  elif [ -n "$size" ] && [ "$s_size" != "$size" ]; then
    write=1
    differs size "$s_size" "$size"
  fi
  check_attributes "$target" "$mode" "$owner" "$group"
}

apply() {
  if [ -z "$create$write" ]; then
    set_attributes "$target" "$mode" "$owner" "$group"
  elif [ -n "$size" ]; then
    parent_of "$target"
    [ -d "$parent/." ] || fail "there is no directory '$parent' for it"
    make_temp "$parent"
    dd bs=1 count=0 seek="$size" of="$r_temp" </dev/null 2>/dev/null || fail "cannot make a file of $size bytes"
    finish_file "$target" "$mode" "$owner" "$group"
  else
    install_content "$target" "$mode" "$owner" "$group"
  fi
}
