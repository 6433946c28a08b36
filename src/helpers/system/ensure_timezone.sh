#: summary: The host's clock shows the time of this zone.
#: doc: |
#:   /etc/localtime becomes a link to the zone's file, and /etc/timezone names it where hosts have that file (Debian).
#:   Programs that run already may show the former time until they are restarted.
#: parameters:
#:   name: {type: string, required: true, doc: 'Such as `Europe/Berlin` or `UTC`.'}
#: main: name
#: tools: [ln, mv, readlink]
#: examples:
#:   - doc: Logs of all hosts can be compared.
#:     yaml: |
#:       system.ensure_timezone: UTC
zones=/usr/share/zoneinfo

check() {
  case $name in '' | [/.-]* | */ | *//* | *..* | *[!A-Za-z0-9_+/-]*) fail "'$name' is not the name of a time zone" ;; esac
  now='' written=
  if [ -L /etc/localtime ]; then
    read_link /etc/localtime
    now=$l_target
    case $now in
      "$zones"/*) now=${now#"$zones/"} ;;
      ../usr/share/zoneinfo/*) now=${now#../usr/share/zoneinfo/} ;;
    esac
  elif [ -e /etc/localtime ]; then
    read_stat /etc/localtime
    [ "$s_kind" = file ] || fail "'/etc/localtime' is $(kind_of), not a symbolic link"
    now='a file'
  fi
  [ "$now" = "$name" ] || differs zone "$now" "$name"
  if [ -e /etc/timezone ] || [ -e /etc/debian_version ]; then
    read_stat /etc/timezone
    case $s_kind in
      none) ;;
      file) IFS= read -r written </etc/timezone || : ;;
      *) fail "'/etc/timezone' is $(kind_of), not a file" ;;
    esac
    [ "$written" = "$name" ] || differs 'zone in /etc/timezone' "$written" "$name"
  else
    written=$name
  fi
}

apply() {
  [ -f "$zones/$name" ] || fail "the host knows no time zone '$name' (is tzdata installed?)"
  if [ "$now" != "$name" ]; then
    keep /etc/localtime
    make_temp /etc
    { ln -sf -- "$zones/$name" "$r_temp" && mv -f -- "$r_temp" /etc/localtime; } || fail "cannot put the link '/etc/localtime' in place"
    r_temp=
  fi
  [ "$written" != "$name" ] || return 0
  make_temp /etc
  say "$name$n_" >"$r_temp" || fail "cannot write '/etc/timezone'"
  finish_file /etc/timezone '' '' ''
}
