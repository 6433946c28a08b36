#: summary: A user lets these SSH keys in, or does not.
#: doc: |
#:   Looks after `.ssh/authorized_keys` in the user's home directory: the directory gets mode 0700, the file mode 0600, both belong
#:   to the user. A key is known by its type and data; a comment that it has at the host stays. Symbolic links in the way are a
#:   failure, so that nobody makes root write elsewhere.
#: parameters:
#:   user: {type: string, required: true, doc: Who is let in.}
#:   key: {type: list, required: true, doc: 'Public keys, as in `id_ed25519.pub`; a text may hold several, one a line.'}
#:   options: {type: string, doc: 'What stands before the key, such as `from="10.0.0.0/8",no-pty`. Left alone when not given.'}
#:   exclusive: {type: boolean, default: false, doc: Every other key goes.}
#:   absent: {type: boolean, default: false, doc: These keys must not be there.}
#: title: user
#: one_of: [[options, absent], [exclusive, absent]]
#: tools: [chmod, chown, mktemp, mv]
#: examples:
#:   - doc: A colleague's key.
#:     yaml: |
#:       system.ensure_authorized_key: {user: ada, key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGiQ3Pv6Ve7A ada@laptop}
#:   - doc: The keys in the configuration, and no others.
#:     yaml: |
#:       system.ensure_authorized_key: {user: deploy, key: "{{ config.team.keys }}", exclusive: true}

# Sets wanted: the keys, one a line.
read_keys() {
  eval "set -- $key"
  wanted=
  set -f
  for text; do
    IFS=$n_
    for line in $text; do
      unset IFS
      # shellcheck disable=SC2086 # a line's words
      set -- $line
      case ${1-} in '' | \#*) continue ;; esac
      case $line in *'PRIVATE KEY'*) fail "'key' takes public keys, and this is a private one" ;; esac
      case $1 in
        ssh-* | ecdsa-* | sk-*) ;;
        *) fail "'$line' is not a public key: it begins with its type, such as ssh-ed25519 (options have a parameter)" ;;
      esac
      case ${2-} in
        AAAA*[!A-Za-z0-9+/=]*) fail "'$line' is not a public key" ;;
        AAAA*) wanted="$wanted$*$n_" ;;
        *) fail "'$line' is not a public key" ;;
      esac
    done
  done
  unset IFS
  [ -n "$wanted" ] || fail "'key' holds no key"
  case $options in *"$n_"*) fail "'options' takes one line" ;; esac
}

# find_wanted LINE: sets found to the wanted key that it holds, type and data.
find_wanted() {
  found='' left=$wanted
  while [ -n "$left" ]; do
    id=${left%%"$n_"*} left=${left#*"$n_"}
    data=${id#* }
    id="${id%% *} ${data%% *}"
    case " $1 " in *" $id "*) found=$id && return ;; esac
  done
}

# shown KEY: short, for people.
shown() {
  rest=${1#* }
  case $rest in
    *' '*) say "${1%% *} ${rest#* }" ;;
    *) say "${1%% *} ...${rest#"${rest%????????}"}" ;;
  esac
}

# The lines of the file, on stdin, that stay: text. Those wanted among them: present.
read_lines() {
  # Who put a link here since it was looked at would have root read what only root may.
  if [ -e /proc/self/fd/0 ]; then
    # shellcheck disable=SC3013 # every shell has -ef
    { [ ! -L "$file" ] && [ /proc/self/fd/0 -ef "$file" ]; } || fail "'$file' is changed by somebody else just now"
  fi
  while IFS= read -r line || [ -n "$line" ]; do
    keep=1
    case $line in
      '' | \#*) ;;
      *)
        find_wanted "$line"
        if [ -n "$found" ]; then
          present=$present$found$n_
          if [ "$absent" = true ]; then
            keep=
            differs "key '$(shown "$found")' is there"
          elif given options; then
            before=${line%%"$found"*}
            before=${before% }
            [ "$before" = "$options" ] || differs "options of key '$(shown "$found")'" "$before" "$options"
            line="${options:+$options }$found${line#*"$found"}"
          fi
        elif [ "$exclusive" = true ]; then
          keep=
          differs "another key '$(say "$line" | tail -c 40)' is there"
        fi
        ;;
    esac
    [ -z "$keep" ] || text=$text$line$n_
  done
}

# Sets text to what the file must hold.
check_lines() {
  text='' present=$n_
  [ "$s_kind" = none ] || read_lines <"$file"
  [ "$absent" != true ] || return 0
  left_keys=$wanted
  while [ -n "$left_keys" ]; do
    line=${left_keys%%"$n_"*} left_keys=${left_keys#*"$n_"}
    find_wanted "$line"
    case $present in *"$n_$found$n_"*) continue ;; esac
    present=$present$found$n_
    text="$text${options:+$options }$line$n_"
    differs "no key '$(shown "$line")'"
  done
}

# check_place PATH MODE
check_place() {
  mode_is "$1" "$2" || differs "mode of '$1'" "$(mode_of "$1")" "$(full_mode "$2")"
  [ "$s_uid" = "$u_uid" ] || differs "owner of '$1'" "$s_user" "$user"
}

check() {
  read_keys
  if ! find_user "$user"; then
    [ "$absent" = true ] || differs "no user '$user'"
    return
  fi
  home=${u_home%/} folder=${u_home%/}/.ssh file=${u_home%/}/.ssh/authorized_keys
  read_stat "$folder"
  case $s_kind in
    directory) [ "$absent" = true ] || check_place "$folder" 700 ;;
    none) ;;
    *) fail "'$folder' is $(kind_of), not a directory" ;;
  esac
  read_stat "$file"
  case $s_kind in
    file) [ "$absent" = true ] || check_place "$file" 600 ;;
    none) ;;
    *) fail "'$file' is $(kind_of), not a file" ;;
  esac
  check_lines
}

# The user may rename and link things here at any time: work in directories once entered, make files anew, and change the
# owner of what is open.
apply() {
  find_user "$user" || fail "the host has no user '$user'"
  home=${u_home%/}
  cd -P -- "${home:-/}" || fail "'$user' has no home directory '$u_home'"
  home=$(pwd -P)
  umask 077
  keep "${home%/}/.ssh/authorized_keys"
  [ -d .ssh ] || { mkdir .ssh && chown -h "$u_uid:$u_gid" .ssh; } || fail "cannot make '$folder'"
  { cd -P .ssh && [ "$(pwd -P)" = "${home%/}/.ssh" ]; } || fail "'$folder' is not a directory of its own"
  [ "$absent" = true ] || set_attributes . 700 "$u_uid" ''
  make_temp .
  rm -f -- "$r_temp"
  set -C
  {
    say "$text" >&5 && chown "$u_uid:$u_gid" /proc/self/fd/1 >&5
  } 5>"$r_temp" || fail "cannot write '$file'"
  sync "$r_temp" 2>/dev/null || sync
  { [ ! -d authorized_keys ] && mv -f -- "$r_temp" authorized_keys; } || fail "cannot put '$file' in place"
  r_temp=
}
