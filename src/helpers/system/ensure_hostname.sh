#: summary: The host has this name, now and after a reboot.
#: parameters:
#:   name: {type: string, required: true, doc: 'Its name, with or without a domain.'}
#:   hosts: {type: boolean, default: false, doc: '/etc/hosts knows the name at 127.0.1.1, so that the host finds itself.'}
#: main: name
#: uses: [texts]
#: examples:
#:   - doc: Every host as the inventory names it.
#:     yaml: |
#:       system.ensure_hostname: {name: "{{ host.name }}", hosts: true}

# What the kernel calls the host, in now.
read_name() {
  now=
  ! IFS= read -r now 2>/dev/null </proc/sys/kernel/hostname || return 0
  now=$(uname -n)
}

check_hosts() {
  tab=$(printf '\t')
  names="127.0.1.1$tab$name"
  [ "$name" = "${name%%.*}" ] || names="$names ${name%%.*}"
  read_plain /etc/hosts
  text='' old='' has=
  [ "$s_kind" = none ] || while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      127.0.1.1[' '"$tab"]*)
        [ -n "$has" ] || old=$line text=$text$names$n_
        [ -z "$has" ] || more=1
        has=1
        ;;
      *) text=$text$line$n_ ;;
    esac
  done </etc/hosts
  [ "$old" != "$names" ] || [ -n "$more" ] || return 0
  [ -n "$has" ] || text=$text$names$n_
  write_hosts=1
  differs 'line of 127.0.1.1 in /etc/hosts' "$old" "$names"
  show_text /etc/hosts "$text"
}

check() {
  case $name in
    '' | [.-]* | *[.-] | *..* | *.-* | *-.* | *[!A-Za-z0-9.-]*) fail "'$name' is not the name of a host" ;;
  esac
  [ "${#name}" -le 64 ] || fail "'$name' is longer than a kernel's 64 letters"
  read_name
  [ "$now" = "$name" ] || differs name "$now" "$name"
  read_plain /etc/hostname
  written='' write_hosts='' more=
  [ "$s_kind" = none ] || while read -r line || [ -n "$line" ]; do
    case $line in '' | \#*) ;; *) written=$line && break ;; esac
  done </etc/hostname
  [ "$written" = "$name" ] || differs 'name in /etc/hostname' "$written" "$name"
  [ "$hosts" != true ] || check_hosts
}

apply() {
  [ "$written" = "$name" ] || write_text /etc/hostname "$name$n_"
  # /etc/hosts first: what looks up the new name finds it.
  [ -z "$write_hosts" ] || write_text /etc/hosts "$text"
  [ "$now" = "$name" ] || keep_value /proc/sys/kernel/hostname
  [ "$now" = "$name" ] || { say "$name" >/proc/sys/kernel/hostname; } 2>/dev/null || hostname "$name" ||
    fail "the kernel does not take the name '$name'"
}
