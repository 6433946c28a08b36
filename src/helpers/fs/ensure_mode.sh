#: summary: A file or a whole tree has these permission bits and belongs to this user and group.
#: doc: |
#:   What is not given is left alone. With `recursive`, all below the path is looked after too; symbolic links are neither
#:   followed nor changed.
#: parameters:
#:   path: {type: path, required: true, doc: Where it is. It must exist.}
#:   recursive: {type: boolean, default: false, doc: All below it too.}
#:   mode: {type: mode, doc: Permission bits of the path itself.}
#:   file_mode: {type: mode, doc: 'With recursive: permission bits of all files.'}
#:   directory_mode: {type: mode, doc: 'With recursive: permission bits of all directories, the path among them unless mode is given.'}
#:   owner: {type: string, doc: 'User who owns it, by name or number.'}
#:   group: {type: string, doc: 'Group it belongs to, by name or number.'}
#: title: path
#: tools: [chmod, chown, find, stat]
#: examples:
#:   - doc: A site that its group may write.
#:     yaml: |
#:       fs.ensure_mode: {path: /srv/site, recursive: true, file_mode: 0664, directory_mode: 2775, group: editors}

# find_below TEST...: what is below the path and fits.
find_below() { find "$path" -mindepth 1 ! -type l "$@"; }

# tell_below WHAT TEST...: differs when something below the path fits.
tell_below() {
  what=$1
  shift
  found=$(find_below "$@" -exec echo x \; | wc -l) || fail "cannot look at all below '$path'"
  found=$((found))
  [ "$found" = 0 ] || differs "$what of $found below it"
}

# Numbers of owner and group; a name that is not known (yet) is nobody's.
find_ids() {
  owner_id=$owner group_id=$group
  case $owner in *[!0-9]*) if find_user "$owner"; then owner_id=$u_uid; else owner_id=; fi ;; esac
  case $group in *[!0-9]*) if find_group "$group"; then group_id=$g_gid; else group_id=; fi ;; esac
}

check() {
  [ "$recursive" = true ] || [ -z "$file_mode$directory_mode" ] || fail "'file_mode' and 'directory_mode' are for 'recursive: true'"
  read_stat "$path"
  case $s_kind in
    none)
      case $r_flags in *c*) unknown "there is no '$path' yet" && return ;; esac
      fail "there is no '$path'"
      ;;
    link) fail "'$path' is a symbolic link" ;;
  esac
  own_mode=$mode
  if [ "$recursive" = true ] && [ -z "$mode" ]; then
    case $s_kind in
      directory) own_mode=$directory_mode ;;
      file) own_mode=$file_mode ;;
    esac
  fi
  check_attributes "$path" "$own_mode" "$owner" "$group"
  [ "$recursive" = true ] && [ "$s_kind" = directory ] || return 0
  find_ids
  [ -z "$file_mode" ] || tell_below "mode" -type f ! -perm "$file_mode"
  [ -z "$directory_mode" ] || tell_below "mode" -type d ! -perm "$directory_mode"
  if [ -n "$owner" ]; then
    if [ -n "$owner_id" ]; then tell_below owner ! -user "$owner_id"; else tell_below owner; fi
  fi
  if [ -n "$group" ]; then
    if [ -n "$group_id" ]; then tell_below group ! -group "$group_id"; else tell_below group; fi
  fi
}

apply() {
  if [ "$recursive" = true ] && [ "$s_kind" = directory ]; then
    keep_tree "$path"
    # Owners first: chown may clear bits of the mode.
    if [ -n "$owner$group" ]; then
      find_below -exec chown -- "$owner${group:+:$group}" {} + || fail "cannot set the owner below '$path'"
    fi
    [ -z "$file_mode" ] || find_below -type f ! -perm "$file_mode" -exec chmod -- "$file_mode" {} + ||
      fail "cannot set modes below '$path'"
    [ -z "$directory_mode" ] || find_below -type d ! -perm "$directory_mode" -exec chmod -- "$directory_mode" {} + ||
      fail "cannot set modes below '$path'"
  fi
  set_attributes "$path" "$own_mode" "$owner" "$group"
}
