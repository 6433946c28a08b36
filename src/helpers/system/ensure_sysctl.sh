#: summary: A kernel parameter has this value, now and after a reboot.
#: doc: |
#:   Read and set in /proc/sys, and written to a file that is read when the host starts. Files whose names come later, such as
#:   /etc/sysctl.conf, are read later: what they say wins.
#: parameters:
#:   name: {type: string, required: true, doc: 'Such as `net.ipv4.ip_forward`. A dot within a name is written as a slash: `net.ipv4.conf.eth0/100.rp_filter`.'}
#:   value: {type: string, doc: 'What it must be. Spaces and tabs are alike.'}
#:   file: {type: path, default: /etc/sysctl.d/90-espresso.conf, doc: Where it is written to.}
#:   runtime: {type: boolean, default: true, doc: Set it now.}
#:   absent: {type: boolean, default: false, doc: 'The file must not set it. The value of now stays.'}
#: main: name
#: one_of: [[value, absent]]
#: uses: [texts]
#: examples:
#:   - doc: A router.
#:     yaml: |
#:       system.ensure_sysctl: {name: net.ipv4.ip_forward, value: 1}
#:   - doc: Ports for outgoing connections.
#:     yaml: |
#:       system.ensure_sysctl: {name: net.ipv4.ip_local_port_range, value: 15000 65000}

# Sets path to where NAME is in /proc/sys: in a name with dots first, a slash is a dot of the name's part.
path_of() {
  path=$1
  case ${path%%/*} in
    *.*)
      path=
      rest=$1
      while :; do
        part=${rest%%[./]*}
        path=$path$part
        rest=${rest#"$part"}
        case $rest in
          '') return ;;
          .*) path=$path/ ;;
          /*) path=$path. ;;
        esac
        rest=${rest#?}
      done
      ;;
  esac
}

check_runtime() {
  if [ ! -f "/proc/sys/$path" ]; then
    differs "the kernel has no parameter '$name'"
    return
  fi
  now=$(cat "/proc/sys/$path" 2>/dev/null) || fail "cannot read '/proc/sys/$path'"
  words "$now"
  [ "$words" = "$wanted" ] || differs value "$words" "$wanted"
}

# Sets text to what the file must hold, and write when that is something else.
check_file() {
  read_plain "$file"
  text='' write='' has='' old=
  [ "$s_kind" = none ] || while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      *[\#\;]*) words "${line%%[#;]*}" ;;
      *) words "$line" ;;
    esac
    case $words in
      ?*=*)
        words "${words%%=*}"
        path_of "${words#-}"
        if [ "$path" = "$wanted_path" ]; then
          words "${line#*=}"
          old=$words
          # Of several lines the first makes room for the only one.
          [ -n "$has" ] || [ "$absent" = true ] || text=$text$name' = '$value$n_
          has=1
          continue
        fi
        ;;
    esac
    text=$text$line$n_
  done <"$file"
  if [ "$absent" = true ]; then
    [ -z "$has" ] || { write=1 && differs "'$file' sets it"; }
  elif [ -z "$has" ]; then
    write=1 text=$text$name' = '$value$n_
    differs "'$file' does not set it"
  elif [ "$old" != "$wanted" ]; then
    write=1
    differs "value in '$file'" "$old" "$wanted"
  fi
  [ -z "$write" ] || show_text "$file" "$text"
}

check() {
  case $name in '' | [./-]* | *[!A-Za-z0-9_./:@-]* | *..* | */./* | *//*) fail "'$name' is not the name of a kernel parameter" ;; esac
  path_of "$name"
  wanted_path=$path
  if [ "$absent" != true ]; then
    given value || fail "say the value of '$name'"
    case $value in *"$n_"*) fail "'value' takes one line" ;; esac
    words "$value"
    wanted=$words
    [ "$runtime" != true ] || check_runtime
  fi
  check_file
}

apply() {
  if [ "$absent" != true ] && [ "$runtime" = true ]; then
    path=$wanted_path
    [ -f "/proc/sys/$path" ] || fail "the kernel has no parameter '$name' (is its module loaded?)"
    words "$now"
    [ "$words" = "$wanted" ] || keep_value "/proc/sys/$path"
    [ "$words" = "$wanted" ] || { say "$value$n_" >"/proc/sys/$path"; } 2>/dev/null ||
      fail "the kernel does not take '$value' for '$name'"
  fi
  [ -z "$write" ] || write_text "$file" "$text"
}
