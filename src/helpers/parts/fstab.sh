# The file systems of fstab(5), and what is mounted (proc(5), mountinfo). Needs the part edit where lines are edited.

# Functions for awk. A field has its blanks and backslashes as octal numbers.
awk_fstab="$awk_lines"'
    function decoded(text,  out, code) {
      out = ""
      while (match(text, /\\(040|011|012|043|134)/)) {
        code = substr(text, RSTART + 1, 3)
        out = out substr(text, 1, RSTART - 1) plain[code]
        text = substr(text, RSTART + 4)
      }
      return out text
    }
    function encoded(text,  out, i, c) {
      out = ""
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        out = out (c in code_of && (c != "#" || i == 1) ? "\\" code_of[c] : c)
      }
      return out
    }
    function directory(text) { while (text ~ /.\/$/) sub(/\/$/, "", text); return text }
    function prepare(  code) {
      plain["040"] = " "; plain["011"] = "\t"; plain["012"] = "\n"; plain["043"] = "#"; plain["134"] = "\\"
      for (code in plain) code_of[plain[code]] = code
    }
    # Fields of a line as they are written; none of a comment.
    function take(text,  n) {
      for (n in field) delete field[n]
      sub(/^[ \t]+/, "", text)
      if (text == "" || text ~ /^#/) return 0
      sub(/[ \t\r]+$/, "", text)
      return split(text, field, /[ \t]+/)
    }
    # Whether the line is of that mount point and that device, as far as they are given.
    function fits(text, path, device) {
      if (!take(text)) return 0
      if (path != "" && directory(decoded(field[2])) != directory(path)) return 0
      return device == "" || decoded(field[1]) == device
    }
    # The line with another field, and all else as it is.
    function with_field(text, n, value,  head, i) {
      match(text, /^[ \t]*/)
      head = substr(text, 1, RLENGTH)
      text = substr(text, RLENGTH + 1)
      for (i = 1; i < n && text != ""; i++) {
        match(text, /^[^ \t]+[ \t]*/)
        head = head substr(text, 1, RLENGTH)
        text = substr(text, RLENGTH + 1)
      }
      if (text == "") {
        sub(/[ \t]+$/, "", head)
        for (; i < n; i++) head = head " 0"
        return head " " value
      }
      match(text, /^[^ \t]+/)
      return head value substr(text, RLENGTH + 1)
    }'

# count_entries FILE MOUNT-POINT DEVICE: sets entries, and entry_options, as they are written, entry_type and entry_device
# to those of the last.
count_entries() {
  entries=0 entry_options='' entry_type='' entry_device=
  [ -f "$1" ] || return 0
  found=$({ cat -- "$1"; echo x; } | path=$2 device=$3 awk "$awk_fstab"'
    BEGIN {
      prepare()
      load()
      for (i = 1; i <= count; i++) if (fits(line[i], ENVIRON["path"], ENVIRON["device"])) {
        n++
        last = (field[4] == "" ? "defaults" : field[4]) " " field[3] " " decoded(field[1])
      }
      print n + 0, last
    }') || fail "cannot read '$1'"
  entries=${found%% *} found=${found#* }
  entry_options=${found%% *} found=${found#* }
  entry_type=${found%% *} entry_device=${found#* }
}

# need_entry FILE MOUNT-POINT: there is one, or check mode cannot know. Sets entries and entry_options.
need_entry() {
  count_entries "$1" "$2" "${3-}"
  [ "$entries" = 0 ] || return 0
  case $r_flags in *c*) unknown "'$1' has no entry for '$2' yet" && return 1 ;; esac
  fail "'$1' has no entry for '$2' (fstab.ensure_entry makes one)"
}

# options_for_mount: sets for_mount to those of entry_options that a mount is told: others are for who reads fstab at boot,
# and busybox's mount takes them for options of the file system.
options_for_mount() {
  for_mount='' left=$entry_options,
  while [ -n "$left" ]; do
    one=${left%%,*} left=${left#*,}
    case $one in
      '' | defaults | auto | noauto | nofail | comment=* | x-systemd.* | x-gvfs* | x-initrd.*) ;;
      *) for_mount=$for_mount,$one ;;
    esac
  done
  for_mount=${for_mount#,}
}

# read_mount PATH: sets mounted to its options, those of the file system after a blank; empty when nothing is mounted there.
# Sets mounted_type and mounted_device, too.
read_mount() {
  real=$(cd -P -- "$1" 2>/dev/null && pwd -P && echo x)
  real=${real%"$n_"x}
  mounted=$(path=${real:-$1} awk "$awk_fstab"'
    BEGIN {
      prepare()
      while ((getline < "/proc/self/mountinfo") > 0) {
        if (directory(decoded($5)) != directory(ENVIRON["path"])) continue
        for (i = 7; i <= NF && $i != "-"; i++);
        last = $6 " " $(i + 3) " " $(i + 1) " " decoded($(i + 2))
      }
      print last
    }') || fail 'cannot read /proc/self/mountinfo'
  mounted_device=${mounted#* * * } mounted_type=${mounted#* * }
  mounted_type=${mounted_type%% *}
  mounted=${mounted%" $mounted_type $mounted_device"}
}
