#: summary: A file system of fstab is mounted, or is not.
#: doc: |
#:   Mounted is what has an entry in fstab; whether it is mounted is asked of the kernel. Something else that is mounted there is
#:   a failure. Options that have changed since are the affair of fstab.remount. With `absent` all that is mounted there is
#:   unmounted, whether fstab knows it or not.
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
is_bind() { case ,$entry_options, in *,bind,* | *,rbind,*) ;; *) return 1 ;; esac }

# What is mounted is what the entry says, as far as that can be told.
is_of_entry() {
  # shellcheck disable=SC3013 # every shell has -ef
  if is_bind; then
    [ "$entry_device" -ef "$path" ]
    return
  fi
  case $entry_type in
    auto | none | nfs* | fuse* | cifs | smb* | "$mounted_type") ;;
    *) return 1 ;;
  esac
  source=$entry_device
  case $source in
    UUID=*) source=/dev/disk/by-uuid/${source#*=} ;;
    LABEL=*) source=/dev/disk/by-label/${source#*=} ;;
    PARTUUID=*) source=/dev/disk/by-partuuid/${source#*=} ;;
    PARTLABEL=*) source=/dev/disk/by-partlabel/${source#*=} ;;
  esac
  # shellcheck disable=SC3013
  [ ! -b "$source" ] || [ ! -b "$mounted_device" ] || [ "$source" -ef "$mounted_device" ]
}

check() {
  read_mount "$path"
  if [ "$absent" = true ]; then
    [ -z "$mounted" ] || differs "'$path' is mounted"
    return
  fi
  if [ -n "$mounted" ]; then
    count_entries /etc/fstab "$path" ''
    [ "$entries" = 0 ] || is_of_entry || fail "something else is mounted at '$path': '$mounted_device' of type $mounted_type"
    return
  fi
  need_entry /etc/fstab "$path" || return 0
  if [ ! -e "$path" ] && [ ! -L "$path" ]; then
    [ "$create" = true ] || fail "there is no '$path' to mount it at (create: true makes it)"
    differs "no such directory"
  elif [ ! -d "$path" ] && ! is_bind; then
    read_stat "$path"
    fail "'$path' is $(kind_of), not a directory"
  fi
  differs "'$path' is not mounted"
}

# The flags of a bind are set in a second step: the kernel takes none in the first, and busybox's mount makes only that one.
bind_it() {
  flags='' left=$for_mount,
  while [ -n "$left" ]; do
    one=${left%%,*} left=${left#*,}
    case $one in
      bind | rbind) way=$one ;;
      *) flags=$flags,$one ;;
    esac
  done
  mount -o "$way" -- "$entry_device" "$path" || fail "cannot mount '$path'"
  [ -z "$flags" ] || mount -o "remount,bind$flags" -- "$entry_device" "$path" ||
    fail "'$path' is mounted, but without its options"
}

apply() {
  if [ "$absent" = true ]; then
    while [ -n "$mounted" ]; do
      umount -- "$path" || fail "cannot unmount '$path'"
      read_mount "$path"
    done
    return
  fi
  keep "$path"
  [ -e "$path" ] || mkdir -p -- "$path" || fail "cannot make '$path'"
  options_for_mount
  if is_bind; then
    bind_it
    return
  fi
  set --
  case $entry_type in auto | none) ;; *) set -- -t "$entry_type" ;; esac
  [ -z "$for_mount" ] || set -- "$@" -o "$for_mount"
  mount "$@" -- "$entry_device" "$path" || fail "cannot mount '$path'"
}
