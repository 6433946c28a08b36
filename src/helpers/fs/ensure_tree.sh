#: summary: A directory holds a tree of files from storage, with their modes and symbolic links.
#: doc: |
#:   One manifest with the size and hash of every file goes to the host; only what differs there travels, in one tar stream, and
#:   each file is replaced at once or not at all. What the host has besides is left alone unless `delete` is true. A file that
#:   is replaced keeps its owner when none is given; a new one belongs to whoever runs the operation.
#: parameters:
#:   path: {type: path, required: true, doc: The directory. Made when it is missing.}
#:   source: {type: tree, required: true, doc: Name of a folder in storage.}
#:   exclude: {type: list, doc: 'Patterns of what is left out and, at the host, left alone: of a name (`*.bak`) or, with a slash, of a path from the tree''s root (`cache/*`).'}
#:   delete: {type: boolean, default: false, doc: Remove what the source does not have.}
#:   owner: {type: string, doc: 'User who owns all of it, by name or number.'}
#:   group: {type: string, doc: 'Group all of it belongs to, by name or number.'}
#:   file_mode: {type: mode, doc: Permission bits of every file. By default those of the source.}
#:   directory_mode: {type: mode, doc: Permission bits of every directory below the path. By default those of the source.}
#: title: path
#: tools: [awk, find, mktemp, mv, sha256sum, sort, stat, tar, xargs]
#: examples:
#:   - doc: A web site, and nothing else in its folder.
#:     yaml: |
#:       fs.ensure_tree: {path: /srv/web, source: site, delete: true, exclude: [.git, '*.swp'], owner: www-data}
# What there is below the path: a line each, "MODE-IN-HEX BITS UID GID SIZE ./PATH", and of a link US 'PATH' -> 'TARGET'.
list_tree() {
  eval "set -- $exclude"
  for pattern; do
    shift
    case $pattern in
      */*) set -- "$@" -o -path "./$pattern" ;;
      *) set -- "$@" -o -name "$pattern" ;;
    esac
  done
  find . \( -name . -o -path "*$n_*" \) -o \( -path './.espresso-??????' "$@" \) -prune -o \
    -type l -exec stat -c "%f %a %u %g %s %n$r_us%N" -- {} + -o -exec stat -c '%f %a %u %g %s %n' -- {} +
}

# Names with a newline are nothing a manifest has.
has_odd_names() {
  [ "$delete" = true ] && [ -n "$(find . -name "*$n_*" -prune -exec echo x \;)" ]
}

# The lines that awk says, after one of letters that tell which kinds there are: a shell would look through all for that.
# It is "h..." where there are no others than "h".
tell_lines='
    function tell(line) { lines[++told] = line; kinds[substr(line, 1, 1)] = 1 }
    function flag(kind) { return kind in kinds ? kind : "-" }
    function flush_lines(  i, letter, others) {
      for (letter in kinds) others += letter != "h"
      print flag("h") (others ? flag("m") flag("o") flag("x") : "...")
      for (i = 1; i <= told; i++) print lines[i]
    }'

# Manifest, listing, and "!" when not all could be listed. Says a line for each that must be looked into or differs:
#   w N WHAT NAME     wanted: missing, or of another size or kind     h N UID:GID SUM PATH   does it have that hash?
#   u UID:GID PATH    belongs to that one and will be replaced        k N TARGET US PATH     is that its target?
#   m BITS PATH, from BITS    o PATH    x PATH    c MESSAGE
compare_tree() {
  path=$path owner=$owner_id group=$group_id file_mode=$file_mode directory_mode=$directory_mode delete=$delete awk '
    function rest(fields,  at, i) {
      at = 1
      for (i = 1; i <= fields; i++) at += length($i) + 1
      return substr($0, at)
    }
    function kind_of(mode) {
      if (length(mode) != 4) return "other"
      if (mode ~ /^8/) return "f"
      if (mode ~ /^4/) return "d"
      return mode ~ /^a/ ? "l" : "other"
    }
    '"$tell_lines"'
    BEGIN {
      owner = ENVIRON["owner"]
      group = ENVIRON["group"]
      us = sprintf("%c", 31)
      quote = sprintf("%c", 39)
      word["f"] = "a file"; word["d"] = "a directory"; word["l"] = "a symbolic link"; word["other"] = "something else"
    }
    !listing && $0 == "." { listing = 1; next }
    !listing {
      n++
      kind[n] = $1; mode[n] = $2; size[n] = $3; sum[n] = $4; path = rest(4)
      if ($1 == "l") { at = index(path, us); target[n] = substr(path, at + 1); path = substr(path, 1, at - 1) }
      if ($1 == "f" && ENVIRON["file_mode"] != "") mode[n] = ENVIRON["file_mode"]
      if ($1 == "d" && ENVIRON["directory_mode"] != "") mode[n] = ENVIRON["directory_mode"]
      name[n] = path
      known[path] = 1
      next
    }
    $0 == "" { next }
    $0 == "!" { tell("c cannot look at all below " quote ENVIRON["path"] quote); next }
    {
      path = substr(rest(5), 3)
      shown = ""
      if (at = index(path, us)) { shown = substr(path, at + 1); path = substr(path, 1, at - 1) }
      if (!(path in known)) {
        if (ENVIRON["delete"] == "true") extra[++extras] = path
        next
      }
      here[path] = kind_of($1); bits[path] = $2; ids[path] = $3 ":" $4; bytes[path] = $5; link[path] = shown
      fits[path] = (owner == "" || owner == $3) && (group == "" || group == $4)
    }
    END {
      for (i = 1; i <= n; i++) {
        path = name[i]
        if (!(path in here)) { tell("w " i " missing " path); continue }
        if (here[path] != kind[i] && !(here[path] == "l" && kind[i] == "f")) {
          tell("c " quote path quote " is " word[here[path]] ", not " word[kind[i]])
          continue
        }
        if (kind[i] == "l") {
          if (link[path] != quote "./" path quote " -> " quote target[i] quote || path target[i] ~ /[\\\047]/)
            tell("k " i " " target[i] us path)
        } else if (kind[i] == "f") {
          if (here[path] == "l") { tell("w " i " content " path); continue }
          if (bytes[path] "" != size[i] "") { tell("w " i " content " path); tell("u " ids[path] " " path) }
          else tell("h " i " " ids[path] " " sum[i] " " path)
        }
        if (kind[i] != "l" && bits[path] != mode[i]) tell("m " mode[i] " " bits[path] " " path)
        if (!fits[path]) tell("o " path)
      }
      for (i = 1; i <= extras; i++) gone[extra[i]] = 1
      for (i = 1; i <= extras; i++) {
        above = extra[i]
        sub(/\/[^\/]*$/, "", above)
        if (above == extra[i] || !(above in gone)) tell("x " extra[i])
      }
      flush_lines()
    }'
}

# The lines of compare_tree, an empty line, and the hashes of the files in its lines "h": these lines become "w" and "u"
# where the hash is another one, and go away where it is not.
compare_hashes() {
  awk '
    '"$tell_lines"'
    !hashes && NR == 1 { next }
    !hashes && $0 == "" { hashes = 1; next }
    !hashes && $1 != "h" { tell($0); next }
    !hashes { number[++count] = $2; ids[count] = $3; sum[count] = $4; path[count] = substr($0, length($1 $2 $3 $4) + 5); next }
    $0 != "" { sub(/^\\/, "", $1); got[++seen] = $1 }
    END {
      if (seen != count) tell("c a file cannot be read")
      for (i = 1; i <= count; i++) {
        if (seen != count || got[i] == sum[i]) continue
        tell("w " number[i] " content " path[i])
        tell("u " ids[i] " " path[i])
      }
      flush_lines()
    }'
}

# Whether all files in the lines "h" have their hashes. GNU's sha256sum says so at once; whatever else it is, or finds, must
# be looked into.
has_all_hashes() {
  case $found in *\\*) return 1 ;; esac
  say "$found$n_" | sed -n 's/^h [0-9]* [^ ]* \([^ ]*\) /\1  .\//p' | sha256sum -c --status >/dev/null 2>&1
}

# Paths of the lines that begin with these words, each ended by NUL.
paths_of() { say "$found$n_" | sed -n "s|^$1||p" | tr '\n' '\0'; }

# A difference as it is told; all are counted, and those that nobody would read are not named.
told=0
tell_difference() {
  told=$((told + 1))
  [ "$told" -gt 20 ] || differs "$@"
}

# Numbers of the owner and the group. Names that are not known (yet) are nobody's.
find_ids() {
  owner_id=$owner group_id=$group
  case $owner in *[!0-9]*) ! find_user "$owner" || owner_id=$u_uid ;; esac
  case $group in *[!0-9]*) ! find_group "$group" || group_id=$g_gid ;; esac
}

# A connection that is lost may cut it short: what it does not name would be taken as not wanted.
read_manifest() {
  manifest=$(r_copy "$manifest_size" <&9)
  case $n_$manifest in *"$n_.") ;; *) fail "the list of the tree's files did not arrive whole" ;; esac
}

check() {
  find_ids
  [ -n "${manifest-}" ] || read_manifest
  found='' make='' told=0
  if [ ! -d "$path/." ]; then
    read_stat "$path"
    [ "$s_kind" = none ] || fail "'$path' is $(kind_of), not a directory"
    make=1
    differs 'no such directory'
  else
    cd -- "$path" || fail "cannot enter '$path'"
    ! has_odd_names || differs 'names with a newline are not in the source'
  fi
  found=$({
    say "$manifest$n_"
    [ -n "$make" ] || list_tree || say "!$n_"
  } | compare_tree) || fail "cannot compare '$path'"
  case $found in
    h...*) ! has_all_hashes || found= ;;
  esac
  case $found in
    h*)
      sums=$(say "$found$n_" | sed -n 's/^h [0-9]* [^ ]* [^ ]* /.\//p' | tr '\n' '\0' | xargs -0 sha256sum --)
      found=$(say "$found$n_$n_$sums$n_" | compare_hashes)
      ;;
  esac
  want=
  r_old_ifs=$IFS IFS=$n_
  set -f
  # shellcheck disable=SC2086 # one word a line
  set -- $found
  set +f
  IFS=$r_old_ifs
  for line; do
    rest=${line#* }
    case $line in
      'w '*)
        want=$want${rest%% *}$n_
        rest=${rest#* }
        case $rest in
          missing*) [ -n "$make" ] || tell_difference "no '${rest#* }'" ;;
          *) tell_difference "content of '${rest#* }'" ;;
        esac
        ;;
      'k '*)
        number=${rest%% *} rest=${rest#* }
        read_link "./${rest#*"$r_us"}"
        [ "$l_target" = "${rest%%"$r_us"*}" ] && continue
        want=$want$number$n_
        tell_difference "target of '${rest#*"$r_us"}'" "$l_target" "${rest%%"$r_us"*}"
        ;;
      'm '*)
        to=${rest%% *} rest=${rest#* }
        tell_difference "mode of '${rest#* }'" "$(full_mode "${rest%% *}")" "$(full_mode "$to")"
        ;;
      'o '*) tell_difference "owner or group of '$rest'" ;;
      'x '*) tell_difference "'$rest' is not in the source" ;;
      'c '*) fail "$rest" ;;
    esac
  done
  [ "$told" -le 20 ] || differs "and $((told - 20)) more"
  [ -n "$want" ] || return 0
  want=$(say "$want" | sort -n)$n_
  [ "$r_bytes" -gt "$manifest_size" ] || [ "$r_phase" = after ] || ask_for_files "$want"
}

# ask_for_files NUMBERS
ask_for_files() {
  case $r_flags in *c*) return 0 ;; esac
  r_need=1
  frame want
  say "$1"
  frame want-end
}

# unpack: what was sent lies below r_temp, with the modes and owners it will have.
unpack() {
  require_tool tar
  tar -x -p -C "$r_temp" -f - <&9 || fail "cannot unpack what was sent below '$path'"
  cd -- "$r_temp" || fail "cannot enter '$r_temp'"
  [ -z "$file_mode" ] || find . -type f -exec chmod "$file_mode" {} + || fail "cannot set modes below '$path'"
  [ -z "$directory_mode" ] || find . -type d ! -name . -exec chmod "$directory_mode" {} + ||
    fail "cannot set modes below '$path'"
  keep_owners
  [ -z "$owner$group" ] || chown -R -h -- "$owner${group:+:$group}" . || fail "cannot set the owner below '$path'"
  sync -f . 2>/dev/null || sync
}

# What is replaced stays with whom it belongs to.
keep_owners() {
  for ids in $(say "$found$n_" | sed -n 's/^u \([^ ]*\) .*/\1/p' | sort -u); do
    [ "$ids" != "$r_uid:${own_group:=$(id -g)}" ] || continue
    paths_of "u $ids " | xargs -0 chown -- "$ids" || fail "cannot keep the owner of files below '$path'"
  done
}

is_there() { [ -e "$1" ] || [ -L "$1" ]; }

# goes_inside PIECE FOLDER: a directory that the folder has too.
goes_inside() { [ -d "$1" ] && [ ! -L "$1" ] && [ -d "$2/${1##*/}" ]; }

# merge FROM TO: all below FROM goes to TO, each file at once. Directories that are there already are gone through.
merge() {
  for piece in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    ! goes_inside "$piece" "$2" || merge "$piece" "$2/${piece##*/}"
  done
  merge_to=$2
  set -- "$1"/* "$1"/.[!.]* "$1"/..?*
  while [ $# -gt 0 ]; do
    taken=0 batch=
    while [ "$taken" -lt 200 ] && [ $# -gt 0 ]; do
      taken=$((taken + 1))
      if is_there "$1" && ! goes_inside "$1" "$merge_to"; then
        eval "piece_$taken=\$1"
        batch="$batch \"\$piece_$taken\""
      fi
      shift
    done
    [ -z "$batch" ] || eval "mv -f -- $batch \"\$merge_to/\"" || fail "cannot put files in place below '$path'"
  done
}

apply() {
  keep_tree "$path"
  if [ -n "$make" ]; then
    mkdir -p -- "$path" || fail "cannot make the directory '$path'"
    set_owner "$path/." "$owner" "$group"
  fi
  cd -- "$path" || fail "cannot enter '$path'"
  if [ -n "$want" ]; then
    make_temp_folder "$path"
    # In a shell of its own: it stays in that folder no longer than it must.
    (unpack) || exit
    (cd -- "$r_temp" && merge . "$path") || exit
    rm -rf -- "$r_temp"
    r_temp=
  fi
  adjust
  [ "$delete" != true ] || remove_extras
}

# Modes and owners of what was there already.
adjust() {
  case $found in
    ?m*)
      for bits in $(say "$found$n_" | sed -n 's/^m \([^ ]*\) .*/\1/p' | sort -u); do
        paths_of "m $bits [^ ]* " | xargs -0 chmod -- "$bits" || fail "cannot set modes below '$path'"
      done
      ;;
  esac
  case $found in
    ??o*)
      paths_of 'o ' | xargs -0 chown -h -- "$owner${group:+:$group}" || fail "cannot set owners below '$path'"
      ;;
  esac
}

remove_extras() {
  case $found in
    ???x*) paths_of 'x ' | xargs -0 rm -rf -- || fail "cannot remove what the source does not have" ;;
  esac
  ! has_odd_names || find . -name "*$n_*" -prune -exec rm -rf -- {} + || fail 'cannot remove names with a newline'
}
