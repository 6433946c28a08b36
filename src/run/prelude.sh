# What helpers are written with. Each operation runs in a subshell of its own, so variables need no care.
# say and record (wire.sh) are there, too. Sent to the host like runner.sh: nothing here may span lines inside quotes.

# What a helper must define. These stand where it does not, or could not be parsed (the shell has told where).
check() { fail 'the helper defines no check'; }
apply() { fail 'the helper defines no apply'; }

# run_operation ARG...: check, apply where something differs, check again. Ends the operation.
run_operation() {
  r_phase=before r_differs='' r_unknown='' r_unchanged='' r_need=''
  case $r_way$r_flags in run*t[0-9]*) r_guard ;; esac
  check "$@"
  if [ "$r_way" = ask ]; then
    [ -z "$r_need" ] || exit 95
    exit 96
  fi
  [ -n "$r_differs$r_unknown" ] || exit 90
  case $r_flags in
    *c*)
      [ -z "$r_differs" ] || exit 93
      record reason "$r_unknown"
      exit 94
      ;;
  esac
  [ -z "$r_need" ] || exit 95
  r_stats='' r_sums=''
  case $r_flags in *t[0-9]*) ;; *) r_guard ;; esac
  case $r_flags in *k*) r_arm ;; esac
  [ -z "$r_unknown" ] || r_begin_apply
  r_raise
  apply "$@" || fail "apply ended with status $?"
  if [ -z "$r_differs" ]; then
    [ -z "$r_unchanged" ] || exit 89
    exit 91
  fi
  r_phase=after r_differs='' s_path=''
  check "$@"
  [ -z "$r_differs" ] || fail "applied, but a difference remains: $r_differs"
  exit 91
}

# differs WHAT [FROM TO]: check found that something is not as wanted.
differs() {
  if [ -z "$r_differs" ]; then
    r_differs=$1
    [ -z "${2-}${3-}" ] || r_differs="$1 is '${2-}', not '${3-}'"
  fi
  [ "$r_way" != run ] || record differs "$r_phase" "$1" "${2-}" "${3-}"
}

# unknown REASON: check cannot tell. In a real run apply runs, without a second check.
unknown() { r_unknown=$1; }

# unchanged: said by apply after unknown, when it found nothing to change.
unchanged() { r_unchanged=1; }

# fail MESSAGE: ends the operation as failed.
fail() {
  [ "$r_way" = run ] || exit 96
  record reason "$1"
  exit 92
}

# tell NAME VALUE: a text in the result that `register` keeps; tell_number and tell_boolean likewise. tell_list NAME begins
# a list, tell_item NAME VALUE adds to it. Names are of small letters, digits and "_".
tell() { r_tell "$1" = "$2"; }
tell_number() { r_tell "$1" '#' "$2"; }
tell_boolean() { r_tell "$1" '?' "$2"; }
tell_list() { r_tell "$1" '[' ''; }
tell_item() { r_tell "$1" - "$2"; }
r_tell() {
  [ "$r_way" = run ] || return 0
  r_rest=$3
  set -- "$1" "$2"
  while [ "${#r_rest}" -gt 4000 ]; do
    r_piece=$(say "$r_rest" | head -c 4000 && say x)
    r_piece=${r_piece%x}
    record value "$1" "$2$r_piece"
    r_rest=${r_rest#"$r_piece"}
    set -- "$1" +
  done
  record value "$1" "$2$r_rest"
}

# given NAME: the stage gives this parameter.
given() { case $given in *" $1 "*) ;; *) return 1 ;; esac }

# line_fits REGEX OPTION...: grep -E for it. By a file: anybody at the host can read arguments.
line_fits() {
  r_text=$1
  shift
  grep -E -f /proc/self/fd/8 "$@" 8<<END
$r_text
END
}

# require_tool COMMAND...: fails unless the host has these commands.
require_tool() {
  for r_tool; do
    command -v "$r_tool" >/dev/null 2>&1 || fail "the host has no command '$r_tool'"
  done
}

# read_stat PATH: sets s_kind (none, file, directory, link, other) and, when it exists, s_mode s_uid s_gid s_size
# s_user s_group. Links are not followed. One process, none when nothing is there.
read_stat() {
  s_path=$1 s_kind=none s_mode='' s_uid='' s_gid='' s_size='' s_user='' s_group=''
  [ -e "$1" ] || [ -L "$1" ] || return 0
  case $r_stats in
    *"$n_$1$r_us"*)
      r_stat=${r_stats#*"$n_$1$r_us"}
      r_stat=${r_stat%%"$r_us"*}
      ;;
    *) r_stat=$(stat -c '%a:%u:%g:%s:%U:%G:%F' -- "$1") || fail "cannot look at '$1'" ;;
  esac
  s_mode=${r_stat%%:*} r_stat=${r_stat#*:}
  s_uid=${r_stat%%:*} r_stat=${r_stat#*:}
  s_gid=${r_stat%%:*} r_stat=${r_stat#*:}
  s_size=${r_stat%%:*} r_stat=${r_stat#*:}
  s_user=${r_stat%%:*} r_stat=${r_stat#*:}
  s_group=${r_stat%%:*} r_stat=${r_stat#*:}
  case $r_stat in
    'regular '*) s_kind='file' ;;
    directory) s_kind=directory ;;
    'symbolic link') s_kind='link' ;;
    *) s_kind=other ;;
  esac
}

# read_link PATH: sets l_target to what the symbolic link says. No process where it was looked at beforehand.
read_link() {
  case $r_stats in
    *"$n_$1$r_us"*)
      l_target=${r_stats#*"$n_$1$r_us"*"$r_us"}
      l_target=${l_target%%"$n_"*}
      # 'path' -> 'target', and no quotes in it that stat may have written another way.
      case $l_target in
        "'$1' -> '"*"'")
          l_target=${l_target#"'$1' -> '"}
          l_target=${l_target%\'}
          case $l_target in *\'* | *\\*) ;; *) return 0 ;; esac
          ;;
      esac
      ;;
  esac
  # The letter keeps newlines at the target's end, which $() would drop.
  l_target=$(readlink -n -- "$1" && say x) || fail "cannot read the link '$1'"
  l_target=${l_target%x}
}

# r_know PATH: read_stat, unless the last one was of the same path.
r_know() { [ "${s_path-}" = "$1" ] || read_stat "$1"; }

# kind_of: what read_stat found, in words.
kind_of() {
  case $s_kind in
    file) say 'a file' ;;
    directory) say 'a directory' ;;
    link) say 'a symbolic link' ;;
    *) say "a $r_stat" ;;
  esac
}

# mode_is PATH MODE: it has these permission bits; no mode fits all.
mode_is() {
  [ -n "$2" ] || return 0
  r_know "$1"
  [ "$s_mode" = "$2" ]
}

# full_mode MODE: as people write it, with four digits.
full_mode() {
  case $1 in
    ?) say "000$1" ;;
    ??) say "00$1" ;;
    ???) say "0$1" ;;
    *) say "$1" ;;
  esac
}

# mode_of PATH: its permission bits, with four digits.
mode_of() {
  r_know "$1"
  full_mode "$s_mode"
}

# owner_is PATH USER, group_is PATH GROUP: by name or number; none fits all.
owner_is() {
  [ -n "$2" ] || return 0
  r_know "$1"
  [ "$s_user" = "$2" ] || [ "$s_uid" = "$2" ]
}
group_is() {
  [ -n "$2" ] || return 0
  r_know "$1"
  [ "$s_group" = "$2" ] || [ "$s_gid" = "$2" ]
}

# check_attributes PATH MODE OWNER GROUP: differs for each that is given and not so.
check_attributes() {
  mode_is "$1" "$2" || differs mode "$(mode_of "$1")" "$(full_mode "$2")"
  owner_is "$1" "$3" || differs owner "$s_user" "$3"
  group_is "$1" "$4" || differs group "$s_group" "$4"
}

# set_mode PATH MODE
set_mode() { [ -z "$2" ] || chmod -- "$2" "$1" || fail "cannot set the mode of '${r_shown:-$1}'"; }

# set_owner PATH USER GROUP: either may be empty.
set_owner() {
  [ -n "$2$3" ] || return 0
  chown -- "$2${3:+:$3}" "$1" || fail "cannot set the owner of '${r_shown:-$1}'"
}

# set_attributes PATH MODE OWNER GROUP: brings about what check_attributes looks for, with the fewest processes.
# The owner first: chown may clear bits of the mode.
set_attributes() {
  [ "$1" = "$r_temp" ] || keep "$1"
  read_stat "$1"
  r_chown=
  { owner_is "$1" "$3" && group_is "$1" "$4"; } || { set_owner "$1" "$3" "$4" && r_chown=1; }
  { [ -z "$r_chown" ] && mode_is "$1" "$2"; } || set_mode "$1" "$2"
  s_path=
}

# same_text FILE TEXT: the file, of as many bytes as s_size says, holds just this text. No process: a shell drops the
# NULs that it reads, so a file with any falls short of the size.
same_text() {
  [ "$s_size" = "${#2}" ] || return 1
  r_text=
  while IFS= read -r r_more; do r_text=$r_text$r_more$n_; done <"$1"
  [ "$r_text$r_more" = "$2" ]
}

# content_is_wanted: the operation's content will be installed. Without it at hand the engine is asked for it.
content_is_wanted() {
  [ "$content_kind" != blob ] || [ -n "$r_sent" ] || r_need=1
}

# content_differs PATH: the file, of which read_stat was called, is not what the content parameter says.
content_differs() {
  r_know "$1"
  case $s_kind:$content_kind in
    file:inline) ! same_text "$1" "$content_text" || return 1 ;;
    file:blob)
      if [ "$s_size" = "$content_size" ]; then
        case $r_sums in
          *"$n_$content_sha256  $1$n_"*) return 1 ;;
          *"  $1$n_"*) ;;
          *)
            r_sum=$(sha256sum <"$1") || fail "cannot read '$1'"
            [ "${r_sum%% *}" != "$content_sha256" ] || return 1
            ;;
        esac
      fi
      ;;
    file:*) return 1 ;;
  esac
  content_is_wanted
  r_send_old "$1"
}

# A diff is wanted, and this answer is the one that will be shown.
r_shows_diff() {
  case $r_phase$r_way$r_flags in beforerun*d*) ;; *) return 1 ;; esac
  case $r_need$r_flags in 1*c*) ;; 1*) return 1 ;; esac
  [ -z "${sensitive-}" ] && [ "${s_size:-0}" -le 65536 ]
}

# The former content, for a diff.
r_send_old() {
  r_shows_diff || return 0
  frame old "$1"
  [ "$s_kind" = none ] || cat -- "$1"
  frame old-end
}

# make_temp FOLDER: a new private file in that folder, in r_temp. It is gone when the operation ends, however it ends.
make_temp() {
  r_clean_up_at_the_end
  r_temp=$(umask 077 && mktemp -- "${1%/}/.espresso-XXXXXX") || fail "cannot make a file in '${1:-/}'"
}

# make_temp_folder FOLDER: likewise a folder.
make_temp_folder() {
  r_clean_up_at_the_end
  r_temp=$(umask 077 && mktemp -d -- "${1%/}/.espresso-XXXXXX") || fail "cannot make a directory in '${1:-/}'"
}

r_clean_up_at_the_end() {
  trap 'r_code=$?; [ -z "$r_temp" ] || rm -rf -- "$r_temp"; exit "$r_code"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# parent_of PATH: sets parent.
parent_of() {
  parent=${1%/*}
  [ -n "$parent" ] || parent=/
}

# install_content PATH MODE OWNER GROUP: the content becomes the file's, at once or not at all. What is not given stays as it
# was; a new file has mode 0644, or 0600 with a secret in it.
install_content() {
  parent_of "$1"
  [ -d "$parent/." ] || fail "there is no directory '$parent' for it"
  make_temp "$parent"
  receive_content "$r_temp" "$1"
  finish_file "$@"
  # What was read back as it arrived need not be read again by the check that follows.
  [ "$content_kind" != blob ] || r_sums="$n_$content_sha256  $1$n_"
}

# receive_content FILE SHOWN: writes the content to this file, which messages call SHOWN.
receive_content() {
  case $content_kind in
    blob)
      [ -n "$r_sent" ] || fail 'the content was not sent'
      cat <&9 >"$1" || fail "cannot write '$2'"
      r_arrived "$1" || fail "the content of '$2' did not arrive whole"
      ;;
    inline)
      s_size=${#content_text}
      { say "$content_text" >"$1" && same_text "$1" "$content_text"; } || fail "cannot write '$2'"
      ;;
  esac
}

# r_arrived FILE: it holds what was sent. Large content is told by its CRC, which takes an eighth of the time.
r_arrived() {
  if [ -n "${content_cksum-}" ] && command -v cksum >/dev/null; then
    [ "$(cksum <"$1")" = "$content_cksum $content_size" ]
  else
    r_sum=$(sha256sum <"$1") && [ "${r_sum%% *}" = "$content_sha256" ]
  fi
}

# keep PATH...: called before anything is written, replaced or removed there. In a stage with `confirm` the file, the link or
# the mode and owner of the directory is kept as it is, so that it can be put back; elsewhere nothing is done. keep_tree
# likewise keeps all that is in a directory, keep_value what a file such as those of /proc says, to be written to it.
keep() { case $r_flags in *[jkK]*) r_keep entry "$@" ;; esac }
keep_tree() { case $r_flags in *[jkK]*) r_keep tree "$@" ;; esac }
keep_value() { case $r_flags in *[jkK]*) r_keep value "$@" ;; esac }

# finish_file PATH MODE OWNER GROUP: r_temp becomes that file. A new one that holds a secret is for its owner alone, unless
# a mode is given.
finish_file() {
  read_stat "$1"
  r_mode=${2:-${s_mode:-${has_secret:+600}}} r_owner=${3:-$s_uid} r_group_=${4:-$s_gid}
  r_mode=${r_mode:-644}
  r_shown=$1
  set_attributes "$r_temp" "$r_mode" "$r_owner" "$r_group_"
  sync "$r_temp" 2>/dev/null || sync
  [ ! -d "$1" ] || [ -L "$1" ] || fail "'$1' is a directory"
  keep "$1"
  mv -f -- "$r_temp" "$1" || fail "cannot put '$1' in place"
  r_temp='' s_path=''
}

# quietly COMMAND ARG...: its output goes to a private file and is told when it has ended, so that it finishes its work even
# when the connection breaks. Sets quiet_output when it fails.
quietly() {
  make_temp "${TMPDIR:-/tmp}"
  # shellcheck disable=SC2094 # read again from its start once the command has ended
  exec 6<"$r_temp" 7>"$r_temp" 8<"$r_temp"
  rm -f -- "$r_temp"
  r_temp=
  "$@" >&7 2>&7 6<&- 7>&- 8<&-
  r_status=$?
  exec 7>&-
  cat <&8
  quiet_output=
  [ "$r_status" = 0 ] || quiet_output=$(cat <&6)
  exec 6<&- 8<&-
  return "$r_status"
}

# find_user NAME: sets u_uid u_gid u_comment u_home u_shell; false when there is no such user.
find_user() {
  while IFS=: read -r u_name r_more u_uid u_gid u_comment u_home u_shell; do
    [ "$u_name" != "$1" ] || return 0
  done </etc/passwd
  r_more=$(getent passwd "$1" 2>/dev/null) || return 1
  u_name=${r_more%%:*} r_more=${r_more#*:*:}
  u_uid=${r_more%%:*} r_more=${r_more#*:}
  u_gid=${r_more%%:*} r_more=${r_more#*:}
  u_comment=${r_more%%:*} r_more=${r_more#*:}
  u_home=${r_more%%:*} u_shell=${r_more#*:}
}

# find_group NAME: sets g_gid and g_members (",a,b,"); false when there is no such group.
find_group() {
  while IFS=: read -r g_name r_more g_gid g_members; do
    [ "$g_name" != "$1" ] || { g_members=",$g_members," && return 0; }
  done </etc/group
  r_more=$(getent group "$1" 2>/dev/null) || return 1
  g_name=${r_more%%:*} r_more=${r_more#*:*:}
  g_gid=${r_more%%:*} g_members=",${r_more#*:},"
}
