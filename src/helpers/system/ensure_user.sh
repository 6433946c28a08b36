#: summary: A user exists, or does not.
#: doc: |
#:   What is not given is chosen by the host for a new user and left alone for one who exists. Without a password a new user can
#:   log in by key only. A password is given as a hash (`mkpasswd -m yescrypt`) and never shown; a user who is locked stays so
#:   unless `locked: false`. A user who must go leaves the home directory behind unless `remove_home`.
#: parameters:
#:   name: {type: string, required: true, doc: The name to log in with.}
#:   uid: {type: integer, doc: The number.}
#:   group: {type: string, doc: 'The primary group, by name or number; it must exist.'}
#:   groups: {type: list, doc: 'Further groups the user is in, by name or number. Others are left alone.'}
#:   exact_groups: {type: boolean, default: false, doc: 'The user is in no further groups than `groups`.'}
#:   comment: {type: string, doc: 'Full name, or what the user is for.'}
#:   home: {type: path, doc: The home directory. One that exists elsewhere is moved only with `move_home`.}
#:   shell: {type: path, doc: The login shell.}
#:   password: {type: string, doc: 'Hash of the password, as in /etc/shadow; `*` for none.'}
#:   keep_password: {type: boolean, default: false, doc: 'Only a new user gets the password: who has changed it since keeps the other.'}
#:   locked: {type: boolean, doc: Whether the password is locked. Keys still let the user in.}
#:   expires: {type: string, doc: 'Last day of the account such as 2027-01-31, or `never`.'}
#:   create_home: {type: boolean, doc: 'Make the home directory. By default it is made for a new user who is none of the system.'}
#:   move_home: {type: boolean, default: false, doc: 'When `home` is another directory than before, move what is there.'}
#:   system: {type: boolean, default: false, doc: 'Choose the number from the range for system users, when the user is made.'}
#:   absent: {type: boolean, default: false, doc: The user must not exist.}
#:   remove_home: {type: boolean, default: false, doc: 'A user who must go takes home directory and mail along.'}
#: main: name
#: tools: [useradd, usermod, userdel, chpasswd]
#: examples:
#:   - doc: Who the service runs as.
#:     yaml: |
#:       system.ensure_user: {name: webapp, system: true, home: /srv/web, shell: /usr/sbin/nologin}
#:   - doc: A colleague.
#:     yaml: |
#:       system.ensure_user: {name: ada, comment: Ada Lovelace, groups: [sudo, adm], shell: /bin/bash}
#:   - doc: Somebody who has left.
#:     yaml: |
#:       system.ensure_user: {name: charles, absent: true, remove_home: true}

# Whether the primary group, by its number, is the one wanted by name or number.
primary_group_is() {
  [ "$u_gid" != "$1" ] || return 0
  find_group "$1" && [ "$g_gid" = "$u_gid" ]
}

# Sets new_groups (those to be added to) and all_groups (all that are wanted), lists with commas.
check_groups() {
  eval "set -- $groups"
  new_groups='' all_groups='' now_in=,
  while IFS=: read -r g_name r_more g_gid g_members; do
    case ",$g_members," in *",$name,"*) now_in=$now_in$g_name, ;; esac
    # Those wanted by number are known by name from here on.
    for wanted; do
      shift
      [ "$wanted" != "$g_gid" ] || wanted=$g_name
      set -- "$@" "$wanted"
      [ "$wanted:$g_gid" != "$g_name:${u_gid-}" ] || [ -z "$exists" ] || now_in=$now_in$g_name,
    done
  done </etc/group
  for wanted; do
    all_groups=${all_groups:+$all_groups,}$wanted
    case $now_in in *",$wanted,"*) continue ;; esac
    if [ -n "$exists" ] && find_group "$wanted"; then
      # As directories of users tell it, those that are not in files.
      case $g_members in *",$name,"*) continue ;; esac
    fi
    new_groups=${new_groups:+$new_groups,}$wanted
    [ -z "$exists" ] || differs "not in group '$wanted'"
  done
  [ "$exact_groups:$exists" = true:1 ] || return 0
  while [ "$now_in" != , ]; do
    now_in=${now_in#,}
    g_name=${now_in%%,*} now_in=,${now_in#*,}
    case ",$all_groups," in *",$g_name,"*) continue ;; esac
    ! primary_group_is "$g_name" || continue
    differs "in group '$g_name'"
    other_groups=1
  done
}

# Sets p_hash to the field of /etc/shadow and p_expires to the day, both empty where there is none.
read_shadow() {
  [ -r /etc/shadow ] || fail 'only root can look at passwords'
  while IFS=: read -r p_name p_hash r_more r_more r_more r_more r_more p_expires r_more; do
    [ "$p_name" != "$name" ] || return 0
  done </etc/shadow
  p_hash='' p_expires=
}

# day_of DATE: sets day, as /etc/shadow counts from 1970-01-01.
day_of() {
  case $1 in
    never) day='' && return ;;
    [0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]) ;;
    *) fail "'expires' takes a day such as 2027-01-31, or never, not '$1'" ;;
  esac
  year=${1%%-*} month=${1#*-} day=${1##*-}
  month=${month%-*}
  # A leading zero would make it octal. March is the first month of these years: the odd day comes last.
  month=$((${month#0} - 3)) day=${day#0} year=$((1$year - 10000))
  [ "$month" -ge 0 ] || month=$((month + 12)) year=$((year - 1))
  day=$((year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719468))
}

# date_of DAY: the other way round.
date_of() {
  era=$((($1 + 719468) / 146097)) day_in=$((($1 + 719468) % 146097))
  year=$(((day_in - day_in / 1460 + day_in / 36524 - day_in / 146096) / 365))
  day_in=$((day_in - (365 * year + year / 4 - year / 100)))
  month=$(((5 * day_in + 2) / 153))
  day_in=$((day_in - (153 * month + 2) / 5 + 1)) month=$((month + 3)) year=$((year + era * 400))
  [ "$month" -le 12 ] || month=$((month - 12)) year=$((year + 1))
  printf '%04d-%02d-%02d' "$year" "$month" "$day_in"
}

# What differs of one who exists.
differs_now() { [ -z "$exists" ] || differs "$@"; }

check_password() {
  case $password in
    *[:"$n_"]*) fail "'password' holds what no hash can" ;;
    '' | \$* | \** | !*) ;;
    *) fail "'password' takes a hash such as mkpasswd makes, not the password itself" ;;
  esac
  [ "$keep_password:$exists" != true:1 ] || password=
  [ -z "$expires" ] || day_of "$expires"
  new_hash='' set_day=
  if [ -n "$exists" ] && [ -n "$password$locked$expires" ]; then
    read_shadow
  else
    # As useradd makes it.
    p_hash=! p_expires=
  fi
  wanted=$p_hash
  case $password:$p_hash in
    :*) ;;
    "$password:$password" | "$password:!$password") ;;
    [!!]*:'!$'*) wanted=!$password ;;
    *) wanted=$password ;;
  esac
  case $locked:$wanted in
    true:!*) ;;
    true:*) wanted=!$wanted ;;
    false:!*)
      wanted=${wanted#!}
      case $wanted in '' | !*) fail "'$name' has no password to unlock (give one; '*' is one that nobody has)" ;; esac
      ;;
  esac
  if [ "$wanted" != "$p_hash" ]; then
    new_hash=$wanted
    if [ "${wanted#!}" != "${p_hash#!}" ] || [ -z "$locked" ]; then
      differs_now password
    else
      case $p_hash in !*) differs_now locked true false ;; *) differs_now locked false true ;; esac
    fi
  fi
  if [ -n "$expires" ] && [ "$p_expires" != "$day" ]; then
    set_day=1
    case $p_expires in '' | *[!0-9]*) p_expires=never ;; *) p_expires=$(date_of "$p_expires") ;; esac
    differs_now expires "$p_expires" "$expires"
  fi
}

check() {
  case $name in '' | -* | *[!A-Za-z0-9_.@\$-]*) fail "'$name' is not the name of a user" ;; esac
  exists='' other_groups=
  ! find_user "$name" || exists=1
  if [ "$absent" = true ]; then
    [ -z "$exists" ] || differs "user '$name' exists"
    return
  fi
  [ -n "$exists" ] || differs "no user '$name'"
  check_password
  # find_user's words are needed again below.
  if given groups || [ "$exact_groups" = true ]; then check_groups; fi
  [ -n "$exists" ] || return 0
  [ -z "$uid" ] || [ "$u_uid" = "$uid" ] || differs uid "$u_uid" "$uid"
  [ -z "$group" ] || primary_group_is "$group" || differs group "$u_gid" "$group"
  ! given comment || [ "$u_comment" = "$comment" ] || differs comment "$u_comment" "$comment"
  [ -z "$home" ] || [ "$u_home" = "$home" ] || differs home "$u_home" "$home"
  [ -z "$shell" ] || [ "$u_shell" = "$shell" ] || differs shell "$u_shell" "$shell"
  [ "$create_home" != true ] || [ -d "${home:-$u_home}" ] || differs 'no home directory'
}

# As useradd makes it.
make_home() {
  find_user "$name" || return 1
  [ ! -d "$u_home" ] || return 0
  (umask 077 && mkdir -p -- "$u_home") || return 1
  [ ! -d /etc/skel ] || cp -R /etc/skel/. "$u_home" || return 1
  chown -R -- "$u_uid:$u_gid" "$u_home"
}

remove_user() {
  require_tool userdel
  # Without a home directory userdel -r would complain.
  [ "$remove_home" != true ] || [ ! -d "$u_home" ] || set -- -r
  userdel "$@" -- "$name"
  case $? in
    0) ;;
    8) fail "cannot remove '$name', who runs programs now" ;;
    12) fail "cannot remove the home directory '$u_home'" ;;
    *) fail "userdel exited $?" ;;
  esac
}

# make_user OPTION...
make_user() {
  require_tool useradd
  [ -z "$all_groups" ] || set -- "$@" --groups "$all_groups"
  [ "$system" != true ] || set -- "$@" --system
  case $create_home:$system in
    true:* | :false | :) set -- "$@" --create-home ;;
    *) set -- "$@" --no-create-home ;;
  esac
  # The name's own group exists already: useradd would refuse to make it.
  [ -n "$group" ] || ! find_group "$name" || set -- "$@" --gid "$name"
  useradd "$@" -- "$name" || fail "useradd exited $?"
}

# change_user OPTION...
change_user() {
  if [ -n "$other_groups" ]; then
    set -- "$@" --groups "$all_groups"
  elif [ -n "$new_groups" ]; then
    set -- "$@" --append --groups "$new_groups"
  fi
  [ $# != 0 ] || return 0
  require_tool usermod
  usermod "$@" -- "$name" || fail "usermod exited $?"
}

apply() {
  if [ "$absent" = true ]; then
    remove_user
    return
  fi
  set --
  [ -z "$uid" ] || set -- "$@" --uid "$uid"
  [ -z "$group" ] || set -- "$@" --gid "$group"
  ! given comment || set -- "$@" --comment "$comment"
  [ -z "$shell" ] || set -- "$@" --shell "$shell"
  if [ -n "$home" ]; then
    [ "$move_home:$exists" != true:1 ] || [ "$home" = "$u_home" ] || [ ! -d "$u_home" ] || set -- "$@" --move-home
    set -- "$@" -d "$home"
  fi
  if [ -n "$set_day" ]; then
    [ "$expires" != never ] || expires=
    set -- "$@" --expiredate "$expires"
  fi
  if [ -z "$exists" ]; then
    make_user "$@"
  else
    change_user "$@"
    [ "$create_home" != true ] || make_home || fail "cannot make the home directory of '$name'"
  fi
  # By stdin: anybody at the host could read arguments.
  [ -z "$new_hash" ] || {
    require_tool chpasswd
    say "$name:$new_hash$n_" | chpasswd -e || fail 'chpasswd failed'
  }
}
