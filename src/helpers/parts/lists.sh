# How old the lists are of what repositories offer. The tools keep no time of their own for it, but for apt.

# check_lists STAMP SOURCE...: not asked for longer than max_age, or one of the sources was changed since.
check_lists() {
  if [ -z "$max_age" ]; then
    unknown 'whether there is anything new is known only by asking the repositories'
    return
  fi
  if [ ! -e "$1" ] || [ -z "$(find "$1" -mmin "-$(((max_age + 59) / 60))" 2>/dev/null)" ]; then
    differs "the lists are older than $max_age seconds"
    return
  fi
  stamp=$1
  shift
  for file; do
    # shellcheck disable=SC3013 # every shell has -nt
    [ ! "$file" -nt "$stamp" ] || { differs "'$file' is newer than the lists" && return; }
  done
}

# fingerprint_lists FOLDER: another text when any list in it is another.
fingerprint_lists() { find "$1" -type f ! -name '*lock*' -exec stat -c '%n %s %Y' {} + 2>/dev/null | sort; }

# stamp_lists STAMP: they are of now.
stamp_lists() {
  mkdir -p -- "${1%/*}" 2>/dev/null
  : >"$1" || fail "cannot write '$1'"
}
