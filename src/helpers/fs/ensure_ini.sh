#: summary: An INI file holds an option in a section, or does not.
#: doc: |
#:   Comments, order and layout stay as they are: only the value of the option changes, or a line is added at the end of its
#:   section, or the section at the end of the file. Options before the first section are those of section ''.
#: parameters:
#:   path: {type: path, required: true, doc: The file.}
#:   section: {type: string, default: '', doc: 'The section, without brackets.'}
#:   option: {type: string, doc: The option. Without one the section itself is looked after.}
#:   value: {type: string, doc: Its value.}
#:   separator: {type: string, default: ' = ', doc: What stands between a new option and its value.}
#:   absent: {type: boolean, default: false, doc: 'The option goes; without one, the section with all it holds.'}
#:   create: {type: boolean, default: false, doc: Make the file where there is none.}
#:   mode: {type: mode, doc: Permission bits such as 0644.}
#:   owner: {type: string, doc: 'User who owns it, by name or number.'}
#:   group: {type: string, doc: 'Group it belongs to, by name or number.'}
#:   follow: {type: boolean, default: false, doc: 'When the path is a symbolic link, look after the file it leads to. Otherwise a link in the way is a failure.'}
#: title: path
#: tools: [awk, cmp, mktemp, mv, stat]
#: uses: [links, edit]
#: examples:
#:   - doc: More memory for PHP.
#:     yaml: |
#:       fs.ensure_ini: {path: /etc/php/8.2/fpm/php.ini, section: PHP, option: memory_limit, value: 256M}
edited() {
  section=$section option=$option value=$value separator=$separator absent=$absent has_option=$has_option \
    awk "$awk_lines"'
    function trimmed(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
    # Sets name, before (all up to the value) and after (the value) when the line is an option.
    function read_option(text,  at) {
      if (text ~ /^[ \t]*([;#]|$)/) return 0
      at = match(text, /[=:]/)
      if (!at) { name = trimmed(text); before = text; after = ""; return 1 }
      name = trimmed(substr(text, 1, at - 1))
      match(text, /[=:][ \t]*/)
      before = substr(text, 1, RSTART + RLENGTH - 1)
      after = trimmed(substr(text, RSTART + RLENGTH))
      return 1
    }
    function put_option() {
      if (!done && !absent && ENVIRON["has_option"] != "") put(ENVIRON["option"] ENVIRON["separator"] ENVIRON["value"])
      done = 1
    }
    # The section is over: a new option goes below its last line that is not empty.
    function end_section(  blanks, i) {
      if (!inside) return
      if (!done && !absent && ENVIRON["has_option"] != "") {
        while (outs > 0 && out[outs] ~ /^[ \t]*$/) { blank[++blanks] = out[outs]; blank_end[blanks] = end[outs]; outs-- }
        put_option()
        for (i = blanks; i > 0; i--) { out[++outs] = blank[i]; end[outs] = blank_end[i]; bare = 0 }
      }
      inside = 0
    }
    BEGIN {
      load()
      absent = ENVIRON["absent"] == "true"
      wanted = ENVIRON["section"]
      inside = wanted == ""
      found = inside
      for (i = 1; i <= count; i++) {
        text = line[i]
        if (text ~ /^[ \t]*\[.*\][ \t]*([;#].*)?$/) {
          end_section()
          title = text
          sub(/^[ \t]*\[/, "", title)
          sub(/\][^]]*$/, "", title)
          inside = title == wanted
          if (inside) found = 1
          if (inside && absent && ENVIRON["has_option"] == "") continue
          keep(i)
          continue
        }
        if (inside && absent && ENVIRON["has_option"] == "") continue
        if (!inside || ENVIRON["has_option"] == "" || !read_option(text) || name != ENVIRON["option"]) { keep(i); continue }
        if (absent || done) continue
        done = 1
        if (after == ENVIRON["value"] && before != text) keep(i)
        else if (before == text && text !~ /[=:]/) replace(i, ENVIRON["option"] ENVIRON["separator"] ENVIRON["value"])
        else replace(i, before ENVIRON["value"])
      }
      end_section()
      if (!found && !absent) {
        if (outs > 0 && out[outs] !~ /^[ \t]*$/) put("")
        put("[" wanted "]")
        put_option()
      }
      store()
    }'
}

check() {
  has_option=
  [ -z "$option" ] || has_option=1
  [ -n "$option$section" ] || fail 'give a section, an option, or both'
  [ -z "$has_option" ] || [ "$absent" = true ] || given value || fail "give the value of '$option'"
  case $section$option$value in *"$n_"*) fail 'section, option and value are of one line each' ;; esac
  case $option in *[=:\;\#]* | ' '* | *' ') fail "'$option' cannot be the name of an option" ;; esac
  case $value in ' '* | *' ') fail "a value cannot begin or end with a space" ;; esac
  case $separator in
    *[=:]*) ;;
    *) fail "'separator' needs '=' or ':'" ;;
  esac
  target=$path
  [ "$follow" != true ] || follow_links "$path"
  check_edit "$target" "$create"
  [ "$s_kind" != file ] || check_attributes "$target" "$mode" "$owner" "$group"
}

apply() { apply_edit "$target" "$mode" "$owner" "$group"; }
