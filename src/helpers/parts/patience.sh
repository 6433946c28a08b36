# Waiting for the locks of package tools, for lock_timeout seconds; who gives up tells who holds them.

# patiently COMMAND ARG...: quietly, tried again as long as another program holds a lock. Sets r_status and quiet_output. With
# hush set its output is not told.
hush=
patiently() {
  give_up='' quiet_output=''
  while :; do
    told=$(
      quietly "$@"
      say "$n_$r_status"
    )
    r_status=${told##*"$n_"} told=${told%"$n_"*}
    [ "$r_status" != 0 ] || break
    quiet_output=$told
    is_locked_out || break
    now=$(date +%s)
    [ -n "$give_up" ] || give_up=$((now + lock_timeout))
    [ "$now" -lt "$give_up" ] || fail "gave up after $lock_timeout seconds: $(lock_holder) holds the lock of the packages"
    sleep 1
  done
  [ -n "$hush" ] || say "$told"
  return "$r_status"
}

# As apt (any), dpkg and debconf, pacman and apk, dnf, rpm, yum, zypper say it.
is_locked_out() {
  case $quiet_output in
    *'Could not get lock '* | *'locked by another process'* | *'nable to lock database'* | *' already locked by '[0-9]* | \
      *'create transaction lock'* | *'holding the yum lock'* | *'is locked by the application with pid '*) ;;
    *) return 1 ;;
  esac
}

# The program that holds the lock: as the tool tells it, else as the kernel knows it.
lock_holder() {
  case $quiet_output in
    *'held by process '[0-9]*) holder=${quiet_output#*held by process } ;;
    *' already locked by '[0-9]*) holder=${quiet_output#* already locked by } ;;
    *'process with pid '[0-9]*) holder=${quiet_output#*process with pid } ;;
    *'application with pid '[0-9]*) holder=${quiet_output#*application with pid } ;;
    *'unable to lock database)'*) holder=$(holder_of_file /var/lib/pacman/db.lck) ;;
    *) holder=$(holder_by_kernel) ;;
  esac
  holder=${holder%%[!0-9]*}
  command=
  [ -z "$holder" ] || read -r command 2>/dev/null </proc/"$holder"/comm
  case $holder:$command in
    :)
      case $quiet_output in
        *'unable to lock database)'*) say 'no program that runs (is /var/lib/pacman/db.lck left over?)' ;;
        *) say 'another program' ;;
      esac
      ;;
    *:) say "process $holder" ;;
    *) say "'$command' (process $holder)" ;;
  esac
}

# By the inode of a file that is locked: "1: POSIX  ADVISORY  WRITE 4711 08:01:262146 0 EOF".
holder_by_kernel() {
  inodes=" $(stat -c %i -- /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock \
    /var/cache/debconf/config.dat /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock \
    /lib/apk/db/lock /usr/lib/apk/db/lock 2>/dev/null | tr '\n' ' ')"
  while read -r number kind how access holder place range; do
    case $inodes in *" ${place##*:} "*) ;; *) continue ;; esac
    [ "$holder" -gt 0 ] && say "$holder" && return
  done 2>/dev/null </proc/locks
}

# holder_of_file PATH: who has it open.
holder_of_file() {
  for open in /proc/[0-9]*/fd/*; do
    # shellcheck disable=SC3013 # every shell has -ef
    [ "$open" -ef "$1" ] || continue
    open=${open#/proc/}
    say "${open%%/*}" && return
  done
}
