#: summary: What is mounted has the options that fstab gives it.
#: doc: |
#:   Flags (ro, noexec, nosuid, nodev, noatime, …) are compared with those in force, and so are options of the file system
#:   that the kernel shows. An option that it does not show is known to be in force only once it was given: check mode then
#:   says that it cannot know, and a run remounts and says whether anything became another.
#: parameters:
#:   path: {type: path, required: true, doc: The mount point.}
#: main: path
#: tools: [awk, mount]
#: uses: [edit, fstab]
#: examples:
#:   - doc: Nothing is run from there, from now on.
#:     yaml: |
#:       fstab.remount: /srv/upload

# compare_options: says a line "d WHAT FROM TO" for each flag that differs, "u OPTION" for each option that cannot be seen.
compare_options() {
  options=$entry_options mounted=$mounted awk '
    function as_number(text,  unit) {
      unit = tolower(substr(text, length(text)))
      if (text !~ /^[0-9]+[kKmMgG]?$/) return text
      return text * (unit == "k" ? 1024 : unit == "m" ? 1048576 : unit == "g" ? 1073741824 : 1)
    }
    function same_value(name, one, other) {
      if (name == "mode" || name ~ /mask$/) { sub(/^0+/, "", one); sub(/^0+/, "", other) }
      return one == other || as_number(one) == as_number(other)
    }
    function set(flag, on) { wanted[flag] = on }
    BEGIN {
      n = split("ro nosuid nodev noexec noatime nodiratime strictatime sync dirsync lazytime", flags, " ")
      for (i = 1; i <= n; i++) is_flag[flags[i]] = 1
      split(ENVIRON["mounted"], both, " ")
      n = split(both[1] "," both[2], live, ",")
      for (i = 1; i <= n; i++) is_live[live[i]] = 1
      # Times of access that are neither kept nor relative are kept strictly.
      n = split(ENVIRON["options"], given, ",")
      for (i = 1; i <= n; i++) {
        option = given[i]
        if (option ~ /^(user|users|owner|group)$/) { set("nosuid", 1); set("nodev", 1); if (option ~ /^users?$/) set("noexec", 1) }
        else if (option == "rw") set("ro", 0)
        else if (option == "async") set("sync", 0)
        else if (option == "relatime" || option == "atime") { set("noatime", 0); set("strictatime", 0) }
        else if (option in is_flag) { set(option, 1); if (option ~ /^(strict|no)atime$/) set(option == "noatime" ? "strictatime" : "noatime", 0) }
        else if (("no" option) in is_flag) set("no" option, 0)
        else if (option ~ /^(defaults|auto|noauto|nouser|nofail|_netdev|bind|rbind|comment=.*|x-.*|loud|silent)?$/) continue
        else other[++others] = option
      }
      for (flag in is_flag) {
        if (flag == "strictatime") now = !("relatime" in is_live) && !("noatime" in is_live)
        else now = flag in is_live
        if (wanted[flag] + 0 != now) print "d", flag, now ? "on" : "off", wanted[flag] ? "on" : "off"
      }
      for (i = 1; i <= others; i++) {
        if (other[i] in is_live) continue
        name = other[i]
        sub(/=.*/, "", name)
        value = substr(other[i], length(name) + 2)
        seen = 0
        for (shown in is_live) {
          if (substr(shown, 1, length(name) + 1) != name "=") continue
          seen = 1
          is = substr(shown, length(name) + 2)
          if (!same_value(name, value, is)) print "d", name, is, value
        }
        if (!seen) print "u", other[i]
      }
    }'
}

check() {
  need_entry /etc/fstab "$path" || return 0
  read_mount "$path"
  if [ -z "$mounted" ]; then
    case $r_flags in *c*) unknown "'$path' is not mounted yet" && return ;; esac
    fail "'$path' is not mounted (fstab.ensure_mounted mounts it)"
  fi
  found=$(compare_options | sort) || fail 'cannot compare the mount options'
  unseen='' undo=
  while read -r kind name from to; do
    case $kind in
      d)
        differs "option '$name'" "$from" "$to"
        # Not every mount takes away what is not named.
        case $to:$name in
          off:ro) undo=rw,$undo ;;
          off:sync) undo=async,$undo ;;
          off:strictatime | off:noatime) undo=relatime,$undo ;;
          off:lazytime) undo=nolazytime,$undo ;;
          off:no*) undo=${name#no},$undo ;;
        esac
        ;;
      u) unseen="${unseen:+$unseen, }'$name'" ;;
    esac
  done <<.
$found
.
  [ -z "$unseen" ] || unknown "the kernel does not show whether $unseen is in force"
}

apply() {
  before=$mounted
  options_for_mount
  # The device is told so that mount adds nothing of its own.
  mount -o "remount,$undo$for_mount" -- "$mounted_device" "$path" || fail "cannot remount '$path'"
  read_mount "$path"
  [ "$mounted" != "$before" ] || unchanged
}
