#: summary: A command's name leads to this alternative.
#: doc: |
#:   With `update-alternatives`, of Debian and of Fedora. An alternative that is not known yet is made known when `link` and
#:   `priority` are given.
#: parameters:
#:   name: {type: string, required: true, doc: 'Name of the group, such as `editor`.'}
#:   path: {type: path, doc: The program that must be used.}
#:   auto: {type: boolean, default: false, doc: 'Use the one of the highest priority; `path` is only made known.'}
#:   link: {type: path, doc: 'Where the name is found, such as /usr/bin/editor: to make the alternative known.'}
#:   priority: {type: integer, doc: Its priority.}
#:   absent: {type: boolean, default: false, doc: The alternative must not be known.}
#: main: name
#: one_of: [[auto, absent], [link, absent], [priority, absent]]
#: tools: [update-alternatives]
#: examples:
#:   - doc: The editor that all tools start.
#:     yaml: |
#:       system.ensure_alternative: {name: editor, path: /usr/bin/vim.basic}
#:   - doc: A program of one's own.
#:     yaml: |
#:       system.ensure_alternative: {name: java, path: /opt/jdk/bin/java, link: /usr/bin/java, priority: 2000}

# Sets status (auto, manual), now (the one in use) and known (the path's priority), empty where there is none.
look() {
  shown=$n_$(update-alternatives --display "$name" 2>/dev/null)$n_
  status='' now='' known=
  case $shown in
    "$n_$n_") return ;;
    *' auto mode'* | *' status is auto'*) status=auto ;;
    *) status=manual ;;
  esac
  now=${shown#*'link currently points to '}
  [ "$now" != "$shown" ] || now=
  now=${now%%"$n_"*}
  case $shown in
    *"$n_$path - priority "*)
      known=${shown#*"$n_$path - priority "}
      known=${known%%"$n_"*}
      ;;
  esac
}

check() {
  require_tool update-alternatives
  case $name in '' | -* | *[!A-Za-z0-9_.+-]*) fail "'$name' is not the name of a group of alternatives" ;; esac
  [ -n "$path" ] || [ "$auto:$absent" = true:false ] || fail "say the path of the alternative of '$name', or auto"
  case $path in *"$n_"*) fail "'path' takes one line" ;; esac
  [ -z "$link$priority" ] || { [ -n "$link" ] && [ -n "$priority" ] && [ -n "$path" ]; } || fail 'link, priority and path are given together'
  look
  install=
  if [ "$absent" = true ]; then
    [ -z "$known" ] || differs "alternative '$path' is known"
    return
  fi
  if [ -n "$path" ] && [ -z "$known" ]; then
    install=1
    differs "alternative '$path' is not known"
  elif [ -n "$priority" ] && [ "$known" != "$priority" ]; then
    install=1
    differs priority "$known" "$priority"
  fi
  if [ "$auto" = true ]; then
    [ "$status" = auto ] || differs status "$status" auto
  else
    [ "$now" = "$path" ] || differs "alternative in use" "$now" "$path"
  fi
}

apply() {
  if [ "$absent" = true ]; then
    quietly update-alternatives --remove "$name" "$path" || fail "update-alternatives exited $r_status"
    return
  fi
  if [ -n "$install" ]; then
    [ -n "$link" ] || fail "'$name' has no alternative '$path' (give link and priority to make it known)"
    [ -e "$path" ] || fail "there is no '$path'"
    quietly update-alternatives --install "$link" "$name" "$path" "$priority" || fail "update-alternatives exited $r_status"
    look
  fi
  if [ "$auto" = true ]; then
    [ -n "$status" ] || fail "'$name' has no alternatives"
    [ "$status" = auto ] || quietly update-alternatives --auto "$name" || fail "update-alternatives exited $r_status"
  elif [ "$now" != "$path" ]; then
    quietly update-alternatives --set "$name" "$path" || fail "update-alternatives exited $r_status"
  fi
}
