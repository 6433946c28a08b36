#: summary: A group exists, or does not.
#: parameters:
#:   name: {type: string, required: true, doc: Its name.}
#:   gid: {type: integer, doc: Its number. Chosen by the host when not given.}
#:   members: {type: list, doc: 'Users who are in it; they must exist. Others are left alone.'}
#:   exact_members: {type: boolean, default: false, doc: 'Nobody is in it but `members`, and those whose primary group it is.'}
#:   system: {type: boolean, default: false, doc: 'Choose the number from the range for system groups, when the group is made.'}
#:   absent: {type: boolean, default: false, doc: The group must not exist.}
#: main: name
#: one_of: [[gid, absent], [system, absent], [members, absent], [exact_members, absent]]
#: tools: [groupadd, groupmod, groupdel, gpasswd]
#: examples:
#:   - doc: A group for deployments.
#:     yaml: |
#:       system.ensure_group: {name: deploy, system: true}
#:   - doc: Who may use Docker, and nobody else.
#:     yaml: |
#:       system.ensure_group: {name: docker, members: [ada, grace], exact_members: true}

# Sets all_members to who must be in it, with commas, when that is not so.
check_members() {
  eval "set -- $members"
  all_members='' change_members=
  for member; do
    case $member in '' | *[,:"$n_"]*) fail "'$member' is not the name of a user" ;; esac
    case $g_members in
      *",$member,"*) ;;
      *) change_members=1 && differs "'$member' is not in it" ;;
    esac
    all_members=${all_members:+$all_members,}$member
  done
  while [ "${g_members#,}" != '' ]; do
    g_members=${g_members#,}
    member=${g_members%%,*} g_members=,${g_members#*,}
    case ",$all_members," in *",$member,"*) continue ;; esac
    if [ "$exact_members" = true ]; then
      change_members=1
      differs "'$member' is in it"
    else
      all_members=${all_members:+$all_members,}$member
    fi
  done
}

check() {
  case $name in '' | -* | *[:,/"$n_"]*) fail "'$name' is not the name of a group" ;; esac
  exists='' change_members=''
  ! find_group "$name" || exists=1
  if [ "$absent" = true ]; then
    [ -z "$exists" ] || differs "group '$name' exists"
    return
  fi
  if [ -z "$exists" ]; then
    differs "no group '$name'"
    g_members=,,
  elif [ -n "$gid" ] && [ "$g_gid" != "$gid" ]; then
    differs gid "$g_gid" "$gid"
  fi
  if given members || [ "$exact_members" = true ]; then check_members; fi
}

apply() {
  if [ "$absent" = true ]; then
    require_tool groupdel
    groupdel -- "$name"
    case $? in
      0) ;;
      8) fail "'$name' is the primary group of a user" ;;
      *) fail "groupdel exited $?" ;;
    esac
    return
  fi
  if [ -z "$exists" ]; then
    require_tool groupadd
    set --
    [ "$system" != true ] || set -- "$@" --system
    [ -z "$gid" ] || set -- "$@" --gid "$gid"
    groupadd "$@" -- "$name" || fail "groupadd exited $?"
  elif [ -n "$gid" ]; then
    require_tool groupmod
    groupmod -g "$gid" -- "$name" || fail "groupmod exited $?"
  fi
  [ -n "$change_members" ] || return 0
  require_tool gpasswd
  gpasswd -M "$all_members" -- "$name" || fail "gpasswd exited $?"
}
