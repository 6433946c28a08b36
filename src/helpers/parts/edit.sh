# Text files that a helper edits. The helper defines edited: it reads the former text on stdin, with a line "x" after its
# last byte, and writes the text as wanted. Awk programs begin with $awk_lines for that.

# Functions for awk: load() reads the lines into line[1] … line[count], without their endings; keep(i) and put(text) choose
# lines for the result, put with the ending that the file's first line has; store() writes it. A final newline that is
# missing stays missing, unless something was put after it.
awk_lines='
    function load(  text) {
      while ((getline text) > 0) line[++count] = text
      if (line[count] == "x") { count--; final = 1 }
      else { line[count] = substr(line[count], 1, length(line[count]) - 1); final = 0 }
      if (count == 0) final = 1
      crlf = count > 0 && line[1] ~ /\r$/
      for (i = 1; i <= count; i++) if (line[i] ~ /\r$/) { cr[i] = "\r"; sub(/\r$/, "", line[i]) }
    }
    function keep(i) { out[++outs] = line[i]; end[outs] = cr[i]; bare = i == count && !final }
    function put(text) { out[++outs] = text; end[outs] = crlf ? "\r" : ""; bare = 0 }
    function replace(i, text) { out[++outs] = text; end[outs] = cr[i]; bare = i == count && !final }
    function store(  i) {
      for (i = 1; i <= outs; i++) printf "%s%s%s", out[i], end[i], i == outs && bare ? "" : "\n"
    }'

# check_edit PATH CREATE: says whether the file must be edited, or made when CREATE is true.
check_edit() {
  require_tool awk cmp tr wc
  read_stat "$1"
  case $s_kind in
    none)
      if [ "$2" = true ]; then
        [ -n "$(e_run "$1")" ] || return 0
        differs 'no such file'
        e_show "$1"
        return
      fi
      [ -n "$(e_run "$1")" ] || return 0
      # What comes before may make it in a real run.
      case $r_flags in *c*) unknown "there is no '$1' yet" && return ;; esac
      fail "there is no '$1' (create: true makes it)"
      ;;
    file) ;;
    link) fail "'$1' is a symbolic link (follow: true looks after the file it leads to)" ;;
    *) fail "'$1' is $(kind_of), not a file" ;;
  esac
  e_run "$1" | cmp -s - "$1" && return
  e_run "$1" >/dev/null || fail "cannot edit '$1'"
  [ "$(tr -d '\000' <"$1" | wc -c)" -eq "$s_size" ] || fail "'$1' holds NUL bytes: it is no text"
  differs content
  e_show "$1"
}

# e_run PATH: the file as wanted.
e_run() { { [ "$s_kind" = none ] || cat -- "$1"; echo x; } | edited; }

e_show() {
  r_shows_diff || return 0
  r_send_old "$1"
  frame new
  e_run "$1"
  frame new-end
}

# apply_edit PATH MODE OWNER GROUP: the file becomes what edited says, at once or not at all.
apply_edit() {
  read_stat "$1"
  parent_of "$1"
  [ -d "$parent/." ] || fail "there is no directory '$parent' for it"
  make_temp "$parent"
  e_run "$1" >"$r_temp" || fail "cannot write '$1'"
  # Not every awk and sed tells that what it wrote did not fit on the disk.
  e_run "$1" | cmp -s - "$r_temp" || fail "cannot write all of '$1'"
  finish_file "$@"
}

# match_lines PATH REGEX: sets hits to the numbers of the lines that match, as " 3 17 ".
match_lines() {
  hits=' '
  [ -n "$2" ] && [ "$s_kind" = file ] || return 0
  hits=$(tr -d '\r' <"$1" | line_fits "$2" -n)
  [ $? -le 1 ] || fail "'$2' is not a regular expression"
  hits=" $(say "$hits$n_" | sed 's/:.*//' | tr '\n' ' ')"
}
