#: summary: Files that fit a description are found, and removed or given a mode or owner where that is wanted.
#: doc: |
#:   Looks through whole trees, without following symbolic links in them. `register: x` gives x.paths, sorted, and x.count; when
#:   there are too many to keep, x.cut is true. Without `delete`, `mode`, `owner` and `group` nothing is changed.
#:   Where a directory is not there, nothing is found in it.
#: parameters:
#:   paths: {type: list, required: true, doc: Directories to look in.}
#:   name: {type: list, doc: 'Patterns such as *.log, of which the name must fit one.'}
#:   exclude: {type: list, doc: 'Patterns. What fits one is left out, with all that is in it.'}
#:   type: {type: string, default: file, one_of: [file, directory, link, any], doc: What to look for.}
#:   depth: {type: integer, doc: 'How far down: 1 is only what is in the directories themselves.'}
#:   hidden: {type: boolean, default: false, doc: 'Look at names that begin with a dot, and in such directories, too.'}
#:   min_size: {type: size, doc: At least so large.}
#:   max_size: {type: size, doc: At most so large.}
#:   older_than: {type: duration, doc: Last written longer ago than this.}
#:   newer_than: {type: duration, doc: Last written no longer ago than this.}
#:   contains: {type: string, doc: 'An extended regular expression (grep -E) that a line of the file must fit. Only files are looked into.'}
#:   delete: {type: boolean, default: false, doc: Remove what is found.}
#:   recursive: {type: boolean, default: false, doc: 'With `delete`: remove directories with all they hold. Otherwise a directory is a failure.'}
#:   mode: {type: mode, doc: Permission bits that all that is found must have; symbolic links have none.}
#:   owner: {type: string, doc: 'User who must own it, by name or number.'}
#:   group: {type: string, doc: 'Group it must belong to, by name or number.'}
#: main: paths
#: one_of: [[delete, mode], [delete, owner], [delete, group]]
#: tools: [find, sort]
#: examples:
#:   - doc: Old backups are removed.
#:     yaml: |
#:       fs.find: {paths: /var/backups/app, name: '*.tar.gz', older_than: 30d, delete: true}
#:   - doc: Every private key is for root only.
#:     yaml: |
#:       fs.find: {paths: [/etc/ssl/private, /etc/app/keys], name: '*.key', mode: 0600, owner: root}
#:   - doc: Sites that still listen without TLS.
#:     yaml: |
#:       fs.find: {paths: /etc/nginx/sites-enabled, type: any, contains: 'listen +80;'}
#:       register: plain

# For sh -c: FIELDS PATH...: a line for each path, what stat says in these fields and the path, in which \ and newline are escaped.
# Paths that are gone meanwhile are left out.
# shellcheck disable=SC2016
list_them='fields=$1
nl="
"
shift
escape() {
  left=$1 text=
  while :; do
    case $left in
      *[\\"$nl"]*) ;;
      *) break ;;
    esac
    part=${left%%[\\"$nl"]*}
    left=${left#"$part"}
    case $left in
      "$nl"*) text="$text$part\\n" ;;
      *) text="$text$part\\\\" ;;
    esac
    left=${left#?}
  done
  text=$text$left
}
tell_each() {
  for path; do
    if [ -n "$fields" ]; then IFS= read -r said || return; else said=-; fi
    case $path in
      *[\\"$nl"]*) escape "$path" ;;
      *) text=$path ;;
    esac
    printf "%s %s\n" "$said" "$text"
  done
}
if [ -z "$fields" ]; then
  tell_each "$@"
elif all=$(stat -c "$fields" -- "$@" 2>/dev/null); then
  printf "%s\n" "$all" | tell_each "$@"
else
  for path; do
    all=$(stat -c "$fields" -- "$path") && printf "%s\n" "$all" | tell_each "$path"
  done
fi'

# Undoes the escaping: sets item.
plain() {
  case $1 in
    *\\*)
      item=$(printf '%bx' "$1")
      item=${item%x}
      ;;
    *) item=$1 ;;
  esac
}

# Sets rows to all that find finds; age, attributes and content are looked at afterwards.
search() {
  rows=
  [ $# != 0 ] || return 0
  set -- -H "$@" -mindepth 1
  [ -z "$depth" ] || set -- "$@" -maxdepth "$depth"
  [ "$hidden" = true ] || set -- "$@" -name '.*' -prune -o
  for pattern in exclude name; do
    eval "patterns=\$$pattern"
    [ -n "$patterns" ] || continue
    set -- "$@" '('
    eval "for one in $patterns; do set -- \"\$@\" -name \"\$one\" -o; done"
    # What is never so ends the row of alternatives.
    set -- "$@" -type f -type l ')'
    [ "$pattern" = name ] || set -- "$@" -prune -o
  done
  case $type in
    file) set -- "$@" -type f ;;
    directory) set -- "$@" -type d ;;
    link) set -- "$@" -type l ;;
  esac
  [ "${min_size:-0}" = 0 ] || set -- "$@" -size "+$((min_size - 1))c"
  [ -z "$max_size" ] || set -- "$@" ! -size "+${max_size}c"
  fields=
  [ -z "$older_than$newer_than$mode$owner$group" ] || fields=%Y:%a:%u:%g:%U:%G
  # What cannot be looked at is told between the rows, which begin with a digit or "-".
  rows=$(find "$@" -exec sh -c "$list_them" sh "$fields" {} + 2>&1 | sort -k 2)
}

fits() {
  written=${said%%:*}
  [ -z "$older_than" ] || [ "$((now - written))" -gt "$older_than" ] || return 1
  [ -z "$newer_than" ] || [ "$((now - written))" -le "$newer_than" ] || return 1
  if [ -n "$contains" ]; then
    { [ -f "$item" ] && [ ! -L "$item" ]; } || return 1
    line_fits "$contains" -q -- "$item"
    case $? in
      0) ;;
      1) return 1 ;;
      *) fail "cannot look into '$item'" ;;
    esac
  fi
}

# The first few are told one by one.
told_apart() { [ "$wrong" -le 50 ]; }

look_at_attributes() {
  is_wrong=
  left=${said#*:}
  found_mode=${left%%:*} left=${left#*:}
  found_uid=${left%%:*} left=${left#*:}
  found_gid=${left%%:*} left=${left#*:}
  found_owner=${left%%:*} found_group=${left#*:}
  [ -z "$mode" ] || [ "$found_mode" = "$mode" ] || [ -L "$item" ] || {
    is_wrong=1
    told_apart && differs "mode of '$item'" "$(full_mode "$found_mode")" "$(full_mode "$mode")"
  }
  [ -z "$owner" ] || [ "$found_owner" = "$owner" ] || [ "$found_uid" = "$owner" ] || {
    is_wrong=1
    told_apart && differs "owner of '$item'" "$found_owner" "$owner"
  }
  [ -z "$group" ] || [ "$found_group" = "$group" ] || [ "$found_gid" = "$group" ] || {
    is_wrong=1
    told_apart && differs "group of '$item'" "$found_group" "$group"
  }
  [ -n "$is_wrong" ]
}

is_to_change() {
  if [ "$delete" = true ]; then
    if [ -d "$item" ] && [ ! -L "$item" ]; then
      [ "$recursive" = true ] || fail "'$item' is a directory (recursive: true removes what it holds)"
      case $item in
        /usr/bin | /usr/lib | /usr/local | /usr/sbin | /usr/share | /var/lib | /var/log) belongs=1 ;;
        /*/*) belongs= ;;
        *) belongs=1 ;;
      esac
      [ -z "$belongs" ] || fail "'$item' belongs to the system and is not removed"
    fi
    ! told_apart || differs "'$item' is there"
  else
    [ -n "$mode$owner$group" ] && look_at_attributes
  fi
}

check() {
  eval "set -- $paths"
  for place; do
    shift
    case $place in
      /*) ;;
      *) fail "'$place' is not an absolute path" ;;
    esac
    place=${place%/}/
    case $place in
      *//* | */./* | */../*) fail "'${place%/}' holds '//', '.' or '..': name the directory without them" ;;
    esac
    [ ! -e "${place%/}" ] || [ -d "$place" ] || fail "'${place%/}' is not a directory"
    [ ! -d "$place" ] || set -- "$@" "$place"
  done
  [ "${depth:-1}" -ge 1 ] || fail "'depth' is at least 1, and this is $depth"
  # A pattern that grep does not take is told even when there is nothing to look into.
  if [ -n "$contains" ]; then
    echo | line_fits "$contains" -q
    status=$?
    [ "$status" -le 1 ] || fail "'contains' is no extended regular expression: '$contains'"
  fi
  search "$@"
  [ -z "$older_than$newer_than" ] || now=$(date +%s)
  [ "$r_phase" = after ] || tell_list paths
  count=0 wrong=0 selected='' some=''
  set -f
  IFS=$n_
  # shellcheck disable=SC2086
  set -- $rows
  unset IFS
  set +f
  for row; do
    case $row in
      [0-9-]*) ;;
      *'No such file or directory'*) continue ;;
      *) fail "cannot look at all of it: $row" ;;
    esac
    said=${row%% *}
    plain "${row#* }"
    fits || continue
    count=$((count + 1))
    [ "$r_phase" = after ] || tell_item paths "$item"
    wrong=$((wrong + 1))
    is_to_change || { wrong=$((wrong - 1)) && continue; }
    # In two steps: adding to a long text over and over takes its time.
    some=$some${row#* }$n_
    case $wrong in *00) selected=$selected$some some='' ;; esac
  done
  selected=$selected$some
  [ "$wrong" -le 50 ] || differs "$((wrong - 50)) more"
  [ "$r_phase" = after ] || tell_number count "$count"
}

# Changes these, which are not more than a command can take.
change() {
  case $way in
    delete) keep_tree "$@" ;;
    *) keep "$@" ;;
  esac
  case $way in
    delete) rm -rf -- "$@" || fail 'cannot remove all that was found' ;;
    owner) chown -h -- "$owner${group:+:$group}" "$@" || fail 'cannot set the owner of all that was found' ;;
    mode) chmod -- "$mode" "$@" || fail 'cannot set the mode of all that was found' ;;
  esac
}

# Changes in this way all that was selected.
change_all() {
  way=$1
  shift
  set -f
  IFS=$n_
  for row in $selected; do
    plain "$row"
    [ "$way" != mode ] || [ ! -L "$item" ] || continue
    set -- "$@" "$item"
    [ $# = 250 ] || continue
    change "$@"
    set --
  done
  unset IFS
  set +f
  [ $# = 0 ] || change "$@"
}

apply() {
  if [ "$delete" = true ]; then
    change_all delete
    return
  fi
  [ -z "$owner$group" ] || change_all owner
  [ -z "$mode" ] || change_all mode
}
