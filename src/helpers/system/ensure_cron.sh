#: summary: cron runs this job at these times, or does not.
#: doc: |
#:   In a user's crontab the entry is found by its name, which stands in a comment above it; other lines are left alone. With
#:   `file` the job has a file of its own in /etc/cron.d, which holds nothing else. To cron a `%` in a job is the end of a line;
#:   write `\%` for the sign.
#: parameters:
#:   name: {type: string, required: true, doc: What the job is for.}
#:   job: {type: string, doc: The command line.}
#:   user: {type: string, doc: 'Whose crontab, or who runs the job of a file: root when not given.'}
#:   file: {type: string, doc: 'Name of a file in /etc/cron.d.'}
#:   minute: {type: string, default: '*', doc: 'As in a crontab: `5`, `*/10`, `0,30`.'}
#:   hour: {type: string, default: '*', doc: Likewise.}
#:   day: {type: string, default: '*', doc: Day of the month.}
#:   month: {type: string, default: '*', doc: 'Number, or `jan` to `dec`.'}
#:   weekday: {type: string, default: '*', doc: 'Number, Sunday is 0, or `sun` to `sat`.'}
#:   special: {type: string, one_of: [reboot, hourly, daily, weekly, monthly, yearly], doc: Instead of times.}
#:   env: {type: map, doc: 'Variables. In a crontab they stand at its beginning and hold for all jobs.'}
#:   disabled: {type: boolean, default: false, doc: 'The entry is there, but as a comment.'}
#:   absent: {type: boolean, default: false, doc: 'The entry, or the file, must not exist.'}
#: main: name
#: one_of: [[special, minute], [special, hour], [special, day], [special, month], [special, weekday]]
#: examples:
#:   - doc: A backup each night.
#:     yaml: |
#:       system.ensure_cron: {name: backup, job: /usr/local/sbin/backup --all, hour: 3, minute: 17}
#:   - doc: A file of its own, with a variable.
#:     yaml: |
#:       system.ensure_cron: {name: renew, file: renew, user: www-data, job: certbot renew, special: daily, env: {MAILTO: ops@example.org}}

# one_line NAME VALUE
one_line() {
  case $2 in *"$n_"*) fail "'$1' takes one line" ;; esac
}

check_parameters() {
  one_line name "$name"
  one_line job "$job"
  [ -n "$job" ] || [ "$absent" = true ] || fail "say the job of '$name'"
  case $user in -* | *[!A-Za-z0-9_.@\$-]*) fail "'$user' is not the name of a user" ;; esac
  case $file in -* | *[!A-Za-z0-9_-]*) fail "cron reads no file '$file': its name may hold letters, digits, '_' and '-'" ;; esac
  eval "set -- $env"
  for pair; do
    one_line "${pair%%=*}" "$pair"
    case ${pair%%=*} in [0-9]* | *[!A-Za-z0-9_]*) fail "'${pair%%=*}' is not the name of a variable" ;; esac
  done
  set -- minute "$minute" hour "$hour" day "$day" month "$month" weekday "$weekday"
  while [ $# -gt 0 ]; do
    case $2 in '' | *[!A-Za-z0-9*,/-]*) fail "'$1' takes a time such as 5, */10 or 0,30, not '$2'" ;; esac
    shift 2
  done
  entry="$minute $hour $day $month $weekday"
  [ -z "$special" ] || entry=@$special
  [ -z "$file" ] || entry="$entry ${user:-root}"
  entry="$entry $job"
  [ "$disabled" != true ] || entry="# $entry"
}

# The file in /etc/cron.d is just this.
check_file() {
  place=/etc/cron.d/$file
  read_stat "$place"
  case $s_kind in
    none) [ "$absent" = true ] || differs "no file '$place'" ;;
    file) [ "$absent" != true ] || differs "'$place' exists" ;;
    *) fail "'$place' is $(kind_of), not a file" ;;
  esac
  [ "$absent" != true ] || return 0
  text="# $name$n_"
  eval "set -- $env"
  for pair; do text=$text$pair$n_; done
  text=$text$entry$n_
  [ "$s_kind" = file ] || return 0
  same_text "$place" "$text" || differs "content of '$place'"
  check_attributes "$place" 644 root root
}

# take_variable LINE: whether it sets one of `env`; then it is left out where it does so wrongly or again.
take_variable() {
  eval "set -- $env"
  for pair; do
    [ "${line%%=*}" = "${pair%%=*}" ] || continue
    case $set_already in *"$n_${pair%%=*}$n_"*) return 0 ;; esac
    if [ "$line" = "$pair" ]; then
      set_already=$set_already${pair%%=*}$n_
      text=$text$line$n_
    else
      old_values=$old_values$line$n_
    fi
    return 0
  done
  return 1
}

# The crontab with what it must hold, in text.
check_crontab() {
  text='' has='' old='' set_already=$n_ old_values=$n_
  crontab=
  ! command -v crontab >/dev/null 2>&1 || crontab=$(crontab ${user:+-u "$user"} -l 2>/dev/null)
  left=$crontab${crontab:+$n_}
  while [ -n "$left" ]; do
    line=${left%%"$n_"*} left=${left#*"$n_"}
    case $line in
      "# espresso: $name")
        old=${left%%"$n_"*} left=${left#*"$n_"}
        [ -n "$has" ] || [ "$absent" = true ] || text="$text$line$n_$entry$n_"
        has=1
        continue
        ;;
      [A-Za-z_]*=*) ! take_variable || continue ;;
    esac
    text=$text$line$n_
  done
  if [ "$absent" = true ]; then
    [ -z "$has" ] || differs "entry '$name' exists"
    return
  fi
  if [ -z "$has" ]; then
    text="$text# espresso: $name$n_$entry$n_"
    differs "no entry '$name'"
  elif [ "$old" != "$entry" ]; then
    differs entry "$old" "$entry"
  fi
  eval "set -- $env"
  variables=
  for pair; do
    case $set_already in *"$n_${pair%%=*}$n_"*) continue ;; esac
    variables=$variables$pair$n_
    case $old_values in
      *"$n_${pair%%=*}="*)
        old=${old_values#*"$n_${pair%%=*}="}
        differs "${pair%%=*}" "${old%%"$n_"*}" "${pair#*=}"
        ;;
      *) differs "${pair%%=*} is not set" ;;
    esac
  done
  text=$variables$text
}

check() {
  check_parameters
  if [ -n "$file" ]; then check_file; else check_crontab; fi
}

apply() {
  if [ -z "$file" ]; then
    require_tool crontab
    say "$text" | crontab ${user:+-u "$user"} - || fail "crontab exited $?"
  elif [ "$absent" = true ]; then
    keep "$place"
    rm -f -- "$place" || fail "cannot remove '$place'"
  else
    [ -d /etc/cron.d ] || fail "the host has no '/etc/cron.d' (is cron installed?)"
    make_temp /etc/cron.d
    say "$text" >"$r_temp" || fail "cannot write '$place'"
    finish_file "$place" 644 root root
  fi
}
