#: summary: A group exists, or does not.
#: parameters:
#:   name: {type: string, required: true, doc: Its name.}
#:   gid: {type: integer, doc: Its number. Chosen by the host when not given.}
#:   system: {type: boolean, default: false, doc: 'Choose the number from the range for system groups, when the group is made.'}
#:   absent: {type: boolean, default: false, doc: The group must not exist.}
#: main: name
#: one_of: [[gid, absent], [system, absent]]
#: tools: [groupadd, groupmod, groupdel]
#: examples:
#:   - doc: A group for deployments.
#:     yaml: |
#:       system.ensure_group: {name: deploy, system: true}
check() {
  exists=
  ! find_group "$name" || exists=1
  if [ "$absent" = true ]; then
    [ -z "$exists" ] || differs "group '$name' exists"
  elif [ -z "$exists" ]; then
    differs "no group '$name'"
  elif [ -n "$gid" ] && [ "$g_gid" != "$gid" ]; then
    differs gid "$g_gid" "$gid"
  fi
}

apply() {
  if [ "$absent" = true ]; then
    require_tool groupdel
    groupdel -- "$name" || fail "groupdel exited $?"
  elif [ -n "$exists" ]; then
    require_tool groupmod
    groupmod -g "$gid" -- "$name" || fail "groupmod exited $?"
  else
    require_tool groupadd
    [ "$system" != true ] || set -- "$@" --system
    [ -z "$gid" ] || set -- "$@" --gid "$gid"
    groupadd "$@" -- "$name" || fail "groupadd exited $?"
  fi
}
