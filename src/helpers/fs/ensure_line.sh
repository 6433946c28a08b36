#: summary: A text file holds a line, or none like it.
#: doc: |
#:   With `regex`, the last line that matches becomes `line`; where none does, `line` is added unless it is there already:
#:   after or before the last line that matches `insert_after` or `insert_before`, else at the end. With `absent`, all lines
#:   that match `regex` or are `line` go. Regular expressions are extended ones (grep -E). Line endings stay as they are.
#: parameters:
#:   path: {type: path, required: true, doc: The file.}
#:   line: {type: string, doc: The line.}
#:   regex: {type: string, doc: 'Which line it takes the place of; with `absent`, which lines go.'}
#:   insert_after: {type: string, doc: 'Regular expression of the line after which a new one is put; EOF is the end.'}
#:   insert_before: {type: string, doc: 'Regular expression of the line before which a new one is put; BOF is the beginning.'}
#:   absent: {type: boolean, default: false, doc: The lines go.}
#:   create: {type: boolean, default: false, doc: Make the file where there is none.}
#:   mode: {type: mode, doc: Permission bits such as 0644.}
#:   owner: {type: string, doc: 'User who owns it, by name or number.'}
#:   group: {type: string, doc: 'Group it belongs to, by name or number.'}
#:   follow: {type: boolean, default: false, doc: 'When the path is a symbolic link, look after the file it leads to. Otherwise a link in the way is a failure.'}
#: title: path
#: one_of: [[insert_after, insert_before]]
#: tools: [awk, cmp, grep, mktemp, mv, stat]
#: uses: [links, edit]
#: examples:
#:   - doc: Nobody logs in as root with a password.
#:     yaml: |
#:       fs.ensure_line: {path: /etc/ssh/sshd_config, regex: '^#?PermitRootLogin ', line: PermitRootLogin prohibit-password}
#:   - doc: A host that is gone.
#:     yaml: |
#:       fs.ensure_line: {path: /etc/hosts, regex: '[[:space:]]old\.example\.org$', absent: true}
edited() {
  line=$line hits=$hits places=$places insert_after=$insert_after insert_before=$insert_before absent=$absent \
    has_line=$has_line awk "$awk_lines"'
    BEGIN {
      load()
      wanted = ENVIRON["line"]
      n = split(ENVIRON["hits"], number, " ")
      for (i = 1; i <= n; i++) { hit[number[i]] = 1; last = number[i] + 0 }
      if (ENVIRON["absent"] == "true") {
        for (i = 1; i <= count; i++) if (!(i in hit) && !(ENVIRON["has_line"] != "" && line[i] == wanted)) keep(i)
        store()
        exit
      }
      there = last
      for (i = 1; i <= count && !there; i++) if (line[i] == wanted) there = i
      n = split(ENVIRON["places"], number, " ")
      place = n ? number[n] + 0 : 0
      at = count + 1
      if (ENVIRON["insert_before"] == "BOF") at = 1
      else if (place && ENVIRON["insert_before"] != "") at = place
      else if (place && ENVIRON["insert_after"] != "") at = place + 1
      for (i = 1; i <= count; i++) {
        if (!there && i == at) put(wanted)
        if (i == last) replace(i, wanted)
        else keep(i)
      }
      if (!there && at > count) put(wanted)
      store()
    }'
}

check() {
  has_line=
  ! given line || has_line=1
  [ -n "$has_line$regex" ] || fail 'give a line or a regex'
  [ "$absent" = true ] || [ -n "$has_line" ] || fail 'give the line'
  case $line in *"$n_"*) fail 'a line cannot hold a newline (fs.ensure_block puts several)' ;; esac
  target=$path
  [ "$follow" != true ] || follow_links "$path"
  read_stat "$target"
  match_lines "$target" "$regex"
  last_hits=$hits
  case $insert_after$insert_before in
    EOF | BOF) hits=' ' ;;
    *) match_lines "$target" "$insert_after$insert_before" ;;
  esac
  places=$hits hits=$last_hits
  check_edit "$target" "$create"
  [ "$s_kind" != file ] || check_attributes "$target" "$mode" "$owner" "$group"
}

apply() { apply_edit "$target" "$mode" "$owner" "$group"; }
