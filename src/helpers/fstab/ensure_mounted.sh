#: summary: A file system of fstab is mounted, or is not.
#: doc: |
#:   Mounted is what has an entry in fstab; whether it is mounted is asked of the kernel. Options that have changed since are
#:   the affair of fstab.remount. With `absent` it is unmounted, whether fstab knows it or not.
#: parameters:
#:   path: {type: path, required: true, doc: The mount point.}
#:   absent: {type: boolean, default: false, doc: Nothing is mounted there.}
#:   create: {type: boolean, default: true, doc: Make the mount point where there is none.}
#: main: path
#: tools: [awk, mount, umount]
#: uses: [edit, fstab]
#: examples:
#:   - doc: The data disk is there.
#:     yaml: |
#:       fstab.ensure_mounted: /srv
#:   - doc: The old disk may be taken out.
#:     yaml: |
#:       fstab.ensure_mounted: {path: /mnt/old, absent: true}
check() {
  read_mount "$path"
  if [ "$absent" = true ]; then
    [ -z "$mounted" ] || differs "'$path' is mounted"
    return
  fi
  [ -z "$mounted" ] || return 0
  need_entry /etc/fstab "$path" || return 0
  if [ ! -e "$path" ] && [ ! -L "$path" ]; then
    [ "$create" = true ] || fail "there is no '$path' to mount it at (create: true makes it)"
    differs "no such directory"
  fi
  differs "'$path' is not mounted"
}

apply() {
  if [ "$absent" = true ]; then
    umount -- "$path" || fail "cannot unmount '$path'"
    return
  fi
  [ -e "$path" ] || mkdir -p -- "$path" || fail "cannot make '$path'"
  mount -- "$path" || fail "cannot mount '$path'"
}
