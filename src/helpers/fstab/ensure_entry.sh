#: summary: A file system has its entry in fstab.
#: doc: |
#:   The entry of the mount point is changed as far as it differs, else one is added at the end. Swap has the mount point
#:   `none`: there the device tells which entry is meant. Comments and all other lines stay as they are. Nothing is mounted:
#:   see fstab.ensure_mounted and fstab.remount.
#: parameters:
#:   device: {type: string, required: true, doc: 'What is mounted: `UUID=…`, `/dev/vdb1`, `server:/export`, `tmpfs`.'}
#:   path: {type: string, required: true, doc: 'The mount point; none for swap.'}
#:   type: {type: string, required: true, doc: 'Of the file system: ext4, nfs, tmpfs, swap, none for a bind mount.'}
#:   options: {type: list, default: [defaults], doc: All mount options.}
#:   dump: {type: integer, default: 0, doc: Whether dump(8) keeps it.}
#:   pass: {type: integer, default: 0, doc: 'When fsck(8) looks at it at boot: 1 the root, 2 others, 0 never.'}
#:   file: {type: path, default: /etc/fstab, doc: The file.}
#:   follow: {type: boolean, default: false, doc: 'When the file is a symbolic link, edit what it leads to.'}
#: title: path
#: tools: [awk, cmp, mktemp, mv, stat]
#: uses: [links, edit, fstab]
#: examples:
#:   - doc: Uploads live in memory, and not much of it.
#:     yaml: |
#:       fstab.ensure_entry: {device: tmpfs, path: /srv/upload, type: tmpfs, options: [size=256m, noexec, nosuid]}
#:   - doc: The data disk.
#:     yaml: |
#:       fstab.ensure_entry: {device: UUID=0a3407de-014b-458b-b5c1-848e92a327a3, path: /srv, type: ext4, options: noatime, pass: 2}
edited() {
  device=$device path=$path entry_type=$type joined=$joined dump=$dump pass=$pass only=$only awk "$awk_fstab"'
    function want(n, value) {
      wanted[n] = value
    }
    BEGIN {
      prepare()
      load()
      want(1, encoded(ENVIRON["device"])); want(2, encoded(ENVIRON["path"])); want(3, encoded(ENVIRON["entry_type"]))
      want(4, encoded(ENVIRON["joined"])); want(5, ENVIRON["dump"]); want(6, ENVIRON["pass"])
      for (i = 1; i <= count; i++) {
        if (!fits(line[i], ENVIRON["path"], ENVIRON["only"])) { keep(i); continue }
        there = 1
        text = line[i]
        for (n = 1; n <= 6; n++) {
          now = n in field ? field[n] : n < 5 ? "" : "0"
          if (n == 2) same = directory(decoded(now)) == directory(ENVIRON["path"])
          else same = decoded(now) "" == decoded(wanted[n]) ""
          if (!same) text = with_field(text, n, wanted[n])
        }
        if (text == line[i]) keep(i)
        else replace(i, text)
      }
      if (!there) put(wanted[1] " " wanted[2] " " wanted[3] " " wanted[4] " " wanted[5] " " wanted[6])
      store()
    }'
}

check() {
  for field in "$device" "$path" "$type"; do
    [ -n "$field" ] || fail 'device, path and type cannot be empty'
  done
  case $path in
    /*) only= ;;
    none | swap) only=$device ;;
    *) fail "'$path' is no mount point: give an absolute path, or none for swap" ;;
  esac
  eval "set -- $options"
  joined=
  for option; do joined=${joined:+$joined,}$option; done
  [ -n "$joined" ] || joined=defaults
  target=$file
  [ "$follow" != true ] || follow_links "$file"
  count_entries "$target" "$path" "$only"
  if [ "$entries" -gt 1 ]; then
    # Only one of them can be meant by what is there already.
    count_entries "$target" "$path" "$device"
    [ "$entries" = 1 ] || fail "'$target' has several entries for '$path': take away what is not wanted with fstab.ensure_absent"
    only=$device
  fi
  check_edit "$target" true
}

apply() { apply_edit "$target" '' '' ''; }
