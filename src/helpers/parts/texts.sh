# For helpers that keep a line of a small text file and work out the whole text in the shell, without a process.

# words TEXT: sets words to it, with one space between words.
words() {
  set -f
  # shellcheck disable=SC2086 # taken apart on purpose
  set -- $1
  set +f
  words=$*
}

# read_plain PATH: read_stat, which must find a file or nothing.
read_plain() {
  read_stat "$1"
  case $s_kind in
    none | file) ;;
    *) fail "'$1' is $(kind_of), not a file" ;;
  esac
}

# show_text PATH TEXT: what the file, of which read_plain was called, will hold, where a diff is wanted.
show_text() {
  r_shows_diff || return 0
  r_send_old "$1"
  frame new
  say "$2"
  frame new-end
}

# write_text PATH TEXT: the file, in a directory that is made when it is missing, holds it.
write_text() {
  parent_of "$1"
  keep "$1"
  mkdir -p -- "$parent" || fail "cannot make '$parent'"
  make_temp "$parent"
  say "$2" >"$r_temp" || fail "cannot write '$1'"
  finish_file "$1" '' '' ''
}
