#: summary: An entry of fstab has a mount option, or has it not.
#: doc: |
#:   An option takes the place of the one it contradicts: `size=2g` that of `size=1g`, `noexec` that of `exec`, `ro` that of
#:   `rw`. With `absent`, `size` takes `size=1g` away too. Comments, blanks and all other lines stay as they are. What is
#:   mounted is not touched: see fstab.remount.
#: parameters:
#:   path: {type: path, required: true, doc: The mount point.}
#:   option: {type: string, required: true, doc: 'Such as noatime or size=2g.'}
#:   absent: {type: boolean, default: false, doc: The option goes.}
#:   device: {type: string, doc: Only the entry of this device. By default all of that mount point.}
#:   file: {type: path, default: /etc/fstab, doc: The file.}
#:   follow: {type: boolean, default: false, doc: 'When the file is a symbolic link, edit what it leads to.'}
#: title: path
#: tools: [awk, cmp, mktemp, mv, stat]
#: uses: [links, edit, fstab]
#: examples:
#:   - doc: Nothing is run from there.
#:     yaml: |
#:       fstab.ensure_option: {path: /srv/upload, option: noexec}
#:   - doc: Times of access are of use after all.
#:     yaml: |
#:       fstab.ensure_option: {path: /srv, option: noatime, absent: true}
edited() {
  path=$path device=$device option=$option absent=$absent awk "$awk_fstab"'
    # Whether one takes the place of the other.
    function same_kind(one, other) {
      sub(/=.*/, "", one)
      sub(/=.*/, "", other)
      if (one == other || one == "no" other || "no" one == other) return 1
      if (one ~ times && other ~ times) return 1
      if ((one == "sync" || one == "async") && (other == "sync" || other == "async")) return 1
      return (one == "ro" || one == "rw") && (other == "ro" || other == "rw")
    }
    function goes(one, option, absent) {
      return absent ? one == option || substr(one, 1, length(option) + 1) == option "=" : same_kind(one, option)
    }
    function changed(text,  n, i, out, put_in, words) {
      n = split(text, words, /,/)
      out = ""
      for (i = 1; i <= n; i++) {
        if (words[i] == "") continue
        if (goes(words[i], option, absent)) {
          if (absent || put_in) continue
          words[i] = option
          put_in = 1
        }
        out = out (out == "" ? "" : ",") words[i]
      }
      if (!absent && !put_in) out = out (out == "" ? "" : ",") option
      return out == "" ? "defaults" : out
    }
    BEGIN {
      prepare()
      load()
      option = encoded(ENVIRON["option"])
      times = "^(no|rel|strict)?atime$"
      absent = ENVIRON["absent"] == "true"
      for (i = 1; i <= count; i++) {
        if (!fits(line[i], ENVIRON["path"], ENVIRON["device"])) { keep(i); continue }
        before = field[4]
        after = changed(before)
        if (before == after || (before == "" && absent)) keep(i)
        else replace(i, with_field(line[i], 4, after))
      }
      store()
    }'
}

check() {
  case $option in
    '' | *,*) fail "'option' is one option, without commas" ;;
  esac
  target=$file
  [ "$follow" != true ] || follow_links "$file"
  if [ "$absent" = true ]; then
    count_entries "$target" "$path" "$device"
    [ "$entries" != 0 ] || return 0
  else
    need_entry "$target" "$path" "$device" || return 0
  fi
  check_edit "$target" false
}

apply() { apply_edit "$target" '' '' ''; }
