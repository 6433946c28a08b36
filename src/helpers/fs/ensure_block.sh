#: summary: A text file holds a block of lines between two marker lines, or no such block.
#: doc: |
#:   What lies between the markers is replaced; where there are none, the block is added with its markers: after or before the
#:   last line that matches `insert_after` or `insert_before`, else at the end. Several blocks in one file need several names.
#: parameters:
#:   path: {type: path, required: true, doc: The file.}
#:   block: {type: string, doc: The lines.}
#:   name: {type: string, default: espresso, doc: What the markers call the block.}
#:   marker: {type: string, default: '# {mark} {name}', doc: 'The marker lines: {mark} becomes BEGIN or END, {name} the name.'}
#:   insert_after: {type: string, doc: 'Regular expression of the line after which a new block is put; EOF is the end.'}
#:   insert_before: {type: string, doc: 'Regular expression of the line before which a new block is put; BOF is the beginning.'}
#:   absent: {type: boolean, default: false, doc: The block goes with its markers.}
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
#:   - doc: Names of a cluster.
#:     yaml: |
#:       fs.ensure_block: {path: /etc/hosts, name: cluster, block: "192.0.2.1 a\n192.0.2.2 b\n"}
edited() {
  block=$block begin=$begin finish=$finish places=$hits insert_after=$insert_after insert_before=$insert_before \
    absent=$absent awk "$awk_lines"'
    function put_block(  i) {
      if (ENVIRON["absent"] == "true") return
      put(ENVIRON["begin"])
      for (i = 1; i <= lines; i++) put(block[i])
      put(ENVIRON["finish"])
    }
    BEGIN {
      load()
      text = ENVIRON["block"]
      sub(/\n$/, "", text)
      lines = text == "" ? 0 : split(text, block, "\n")
      for (i = 1; i <= count; i++) {
        if (line[i] == ENVIRON["begin"]) first = i
        if (line[i] == ENVIRON["finish"] && first) { last = i; break }
      }
      if (!last) first = 0
      n = split(ENVIRON["places"], number, " ")
      place = n ? number[n] + 0 : 0
      at = count + 1
      if (ENVIRON["insert_before"] == "BOF") at = 1
      else if (place && ENVIRON["insert_before"] != "") at = place
      else if (place && ENVIRON["insert_after"] != "") at = place + 1
      if (last) at = first
      for (i = 1; i <= count; i++) {
        if (i == at) put_block()
        if (!last || i < first || i > last) keep(i)
      }
      if (at > count) put_block()
      store()
    }'
}

# marker_of WORD: the marker line with that word.
marker_of() {
  marker_line=$marker
  case $marker_line in *'{mark}'*) marker_line=${marker_line%%'{mark}'*}$1${marker_line#*'{mark}'} ;; esac
  case $marker_line in *'{name}'*) marker_line=${marker_line%%'{name}'*}$name${marker_line#*'{name}'} ;; esac
}

check() {
  marker_of BEGIN
  begin=$marker_line
  marker_of END
  finish=$marker_line
  [ "$begin" != "$finish" ] || fail "'marker' needs {mark}, which becomes BEGIN and END"
  case $begin in *"$n_"*) fail 'a marker cannot hold a newline' ;; esac
  case $n_$block$n_ in *"$n_$begin$n_"* | *"$n_$finish$n_"*) fail 'the block holds one of its markers' ;; esac
  target=$path
  [ "$follow" != true ] || follow_links "$path"
  read_stat "$target"
  case $insert_after$insert_before in
    EOF | BOF) hits=' ' ;;
    *) match_lines "$target" "$insert_after$insert_before" ;;
  esac
  check_edit "$target" "$create"
  [ "$s_kind" != file ] || check_attributes "$target" "$mode" "$owner" "$group"
}

apply() { apply_edit "$target" "$mode" "$owner" "$group"; }
