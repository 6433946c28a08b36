#: summary: A user exists, or does not.
#: doc: |
#:   What is not given is chosen by the host for a new user and left alone for one who exists. Passwords are not set: a new user
#:   can log in by key only. A user who must go leaves the home directory behind.
#: parameters:
#:   name: {type: string, required: true, doc: The name to log in with.}
#:   uid: {type: integer, doc: The number.}
#:   group: {type: string, doc: 'The primary group, by name or number; it must exist.'}
#:   groups: {type: list, doc: 'Further groups the user is in. Others are left alone.'}
#:   comment: {type: string, doc: 'Full name, or what the user is for.'}
#:   home: {type: path, doc: The home directory. One that exists elsewhere is not moved.}
#:   shell: {type: path, doc: The login shell.}
#:   create_home: {type: boolean, doc: 'Make the home directory. By default it is made for a new user who is none of the system.'}
#:   system: {type: boolean, default: false, doc: 'Choose the number from the range for system users, when the user is made.'}
#:   absent: {type: boolean, default: false, doc: The user must not exist.}
#: main: name
#: tools: [useradd, usermod, userdel]
#: examples:
#:   - doc: Who the service runs as.
#:     yaml: |
#:       system.ensure_user: {name: webapp, system: true, home: /srv/web, shell: /usr/sbin/nologin}
#:   - doc: A colleague.
#:     yaml: |
#:       system.ensure_user: {name: ada, comment: Ada Lovelace, groups: [sudo, adm], shell: /bin/bash}

# Whether the primary group, by its number, is the one wanted by name or number.
primary_group_is() {
  [ "$u_gid" != "$1" ] || return 0
  find_group "$1" && [ "$g_gid" = "$u_gid" ]
}

check_groups() {
  eval "set -- $groups"
  new_groups=
  for wanted; do
    if find_group "$wanted"; then
      case $g_members in *",$name,"*) continue ;; esac
      [ -z "$exists" ] || [ "$g_gid" != "$u_gid" ] || continue
    fi
    new_groups=${new_groups:+$new_groups,}$wanted
    [ -z "$exists" ] || differs "not in group '$wanted'"
  done
}

check() {
  exists=
  ! find_user "$name" || exists=1
  if [ "$absent" = true ]; then
    [ -z "$exists" ] || differs "user '$name' exists"
    return
  fi
  check_groups
  if [ -z "$exists" ]; then
    differs "no user '$name'"
    return
  fi
  [ -z "$uid" ] || [ "$u_uid" = "$uid" ] || differs uid "$u_uid" "$uid"
  [ -z "$group" ] || primary_group_is "$group" || differs group "$u_gid" "$group"
  ! given comment || [ "$u_comment" = "$comment" ] || differs comment "$u_comment" "$comment"
  [ -z "$home" ] || [ "$u_home" = "$home" ] || differs home "$u_home" "$home"
  [ -z "$shell" ] || [ "$u_shell" = "$shell" ] || differs shell "$u_shell" "$shell"
  [ "$create_home" != true ] || [ -d "$u_home" ] || differs 'no home directory'
}

# As useradd makes it.
make_home() {
  find_user "$name" || return 1
  [ ! -d "$u_home" ] || return 0
  (umask 077 && mkdir -p -- "$u_home") || return 1
  [ ! -d /etc/skel ] || cp -R /etc/skel/. "$u_home" || return 1
  chown -R -- "$u_uid:$u_gid" "$u_home"
}

apply() {
  if [ "$absent" = true ]; then
    require_tool userdel
    userdel -- "$name" || fail "userdel exited $?"
    return
  fi
  set --
  [ -z "$uid" ] || set -- "$@" --uid "$uid"
  [ -z "$group" ] || set -- "$@" --gid "$group"
  ! given comment || set -- "$@" --comment "$comment"
  [ -z "$home" ] || set -- "$@" -d "$home"
  [ -z "$shell" ] || set -- "$@" --shell "$shell"
  [ -z "$new_groups" ] || set -- "$@" --groups "$new_groups"
  if [ -z "$exists" ]; then
    require_tool useradd
    [ "$system" != true ] || set -- "$@" --system
    case $create_home:$system in
      true:* | :false | :) set -- "$@" --create-home ;;
      *) set -- "$@" --no-create-home ;;
    esac
    # The name's own group exists already: useradd would refuse to make it.
    [ -n "$group" ] || ! find_group "$name" || set -- "$@" --gid "$name"
    useradd "$@" -- "$name" || fail "useradd exited $?"
    return
  fi
  if [ $# != 0 ]; then
    require_tool usermod
    [ -z "$new_groups" ] || set -- "$@" --append
    usermod "$@" -- "$name" || fail "usermod exited $?"
  fi
  [ "$create_home" != true ] || make_home || fail "cannot make the home directory of '$name'"
}
