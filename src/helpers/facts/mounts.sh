#: summary: What is mounted, by mount point, without the kernel's own file systems (proc, sysfs, cgroup and such).
#: facts:
#:   mounts: {type: mapping, doc: "The mounts; facts.mounts['/'].size."}
#:   mounts.*.device: {type: string, doc: "What is mounted: /dev/sda1, server:/export."}
#:   mounts.*.type: {type: string, doc: "Type of the file system: ext4, nfs4, tmpfs."}
#:   mounts.*.options: {type: list, doc: "Its options, [rw, noatime]."}
#:   mounts.*.size: {type: integer, doc: "In bytes; of network file systems it is not asked for: they may hang."}
#:   mounts.*.available: {type: integer, doc: "In bytes, to users who are not root; likewise."}
# unescape TEXT: sets line to it without the escapes that the kernel writes for white space and "\".
unescape() {
  line=
  case $1 in *\\*) ;; *) line=$1 && return ;; esac
  rest=$1
  while :; do
    case $rest in *\\*) ;; *) line=$line$rest && return ;; esac
    line=$line${rest%%\\*} rest=${rest#*\\}
    case $rest in
      040*) line="$line " ;;
      011*) line="$line	" ;;
      012*) line=$line$n_ ;;
      134*) line=$line\\ ;;
      *) line=$line\\ && continue ;;
    esac
    rest=${rest#???}
  done
}
file=/proc/self/mounts
[ -r "$file" ] || file=/proc/mounts
if [ -r "$file" ]; then
  fact .mounts
  set --
  while read -r device point type options line; do
    case $type in
      proc | sysfs | devpts | devtmpfs | cgroup* | securityfs | pstore | bpf | tracefs | debugfs | mqueue) continue ;;
      hugetlbfs | fusectl | configfs | binfmt_misc | autofs | efivarfs | rpc_pipefs | nsfs | rootfs | selinuxfs) continue ;;
    esac
    # That byte parts fields.
    case $device$point$options in *"$r_us"*) continue ;; esac
    unescape "$point"
    point=$line
    unescape "$device"
    case $type in
      nfs* | cifs | smb* | 9p | ceph* | glusterfs | afs | fuse* | ncpfs) ;;
      *) set -- "$@" "$point" ;;
    esac
    list="${r_us}[options=" rest=$options,
    while [ -n "$rest" ]; do
      list="$list$r_us-options=${rest%%,*}" rest=${rest#*,}
    done
    # Fields as record writes them, since options are many.
    say "$n_$r_token fact$r_us.mounts$r_us.$point$r_us=device=$line$r_us=type=$type$list$r_us$n_"
  done <"$file"
  if [ $# -gt 0 ]; then
    df -Pk -- "$@" | while read -r device line rest free percent point; do
      case $line$free in *[!0-9]*) ;; *) fact .mounts ".$point" "ksize=$line" "kavailable=$free" ;; esac
    done
  fi
fi
