#: summary: fstab has no entry for a mount point, or for a device.
#: doc: |
#:   All entries that fit go; comments and other lines stay as they are. What is mounted stays mounted: see
#:   fstab.ensure_mounted.
#: parameters:
#:   path: {type: string, doc: The mount point.}
#:   device: {type: string, doc: 'The device. With a path, both must fit.'}
#:   file: {type: path, default: /etc/fstab, doc: The file.}
#:   follow: {type: boolean, default: false, doc: 'When the file is a symbolic link, edit what it leads to.'}
#: title: path
#: tools: [awk, cmp, mktemp, mv, stat]
#: uses: [links, edit, fstab]
#: examples:
#:   - doc: The old disk is gone.
#:     yaml: |
#:       fstab.ensure_absent: {path: /mnt/old}
#:   - doc: No swap there.
#:     yaml: |
#:       fstab.ensure_absent: {device: /dev/vdb2, path: none}
edited() {
  path=$path device=$device awk "$awk_fstab"'
    BEGIN {
      prepare()
      load()
      for (i = 1; i <= count; i++) if (!fits(line[i], ENVIRON["path"], ENVIRON["device"])) keep(i)
      store()
    }'
}

check() {
  [ -n "$path$device" ] || fail 'give a path or a device'
  target=$file
  [ "$follow" != true ] || follow_links "$file"
  count_entries "$target" "$path" "$device"
  [ "$entries" = 0 ] || check_edit "$target" false
}

apply() { apply_edit "$target" '' '' ''; }
