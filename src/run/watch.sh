# The watchdog: ends an operation that is overdue with all that it started, also when nobody listens any more. Sent to the
# host like runner.sh: nothing here may span lines inside quotes. It needs /proc.
#
# guarded   the operation under way: pid, birth and, on the clock that counts from the start of the system, when it is due
# guard     the watchdog: pid and birth
# overdue   it has ended the operation under way

# Sets r_limit: the seconds that the operation may take.
r_find_limit() {
  case $r_flags in
    *[tT][0-9]*) r_limit=${r_flags##*[tT]} ;;
    *) r_limit=$r_longest ;;
  esac
}

r_read_clock() { read -r r_clock r_more </proc/uptime && r_clock=${r_clock%.*}; }

# r_guard: called by the operation's own shell when it is about to change something, or at once where the stage sets a limit, so
# that what is as it should be costs nothing.
r_guard() {
  [ -n "$r_state" ] || return 0
  r_birth='' r_guard=
  { r_read_clock && read -r r_own r_more </proc/self/stat; } 2>/dev/null || return 0
  r_take_birth
  r_find_limit
  say "$r_own $r_birth $((r_clock + r_limit + 1))$n_" >"$r_state/guarded"
  # What is written there is this runner's own, and reading more of it would take its time.
  [ ! -e "$r_state/guard" ] || read -r r_guard r_more <"$r_state/guard"
  if [ -z "$r_guard" ] || ! kill -0 "$r_guard" 2>/dev/null; then
    # It may be woken before it can hear.
    trap '' USR1
    (r_watch) </dev/null >/dev/null 2>&1 9<&- &
    r_guard=$!
    trap - USR1
    r_read_birth "$r_guard"
    say "$r_guard $r_birth$n_" >"$r_state/guard"
  elif [ "$r_limit" -lt 15 ]; then
    kill -USR1 "$r_guard" 2>/dev/null
  fi
}

# Sets r_guard to the watchdog's pid; empty when there is none.
r_find_guard() {
  r_guard='' r_former=''
  read -r r_guard r_former 2>/dev/null <"$r_state/guard" || return 0
  r_read_birth "$r_guard"
  [ -n "$r_birth" ] && [ "$r_birth" = "$r_former" ] || r_guard=
}

r_dismiss_guard() {
  [ -e "$r_state/guard" ] || return 0
  r_find_guard
  [ -z "$r_guard" ] || kill -TERM "$r_guard" 2>/dev/null
}

# What the watchdog does as long as the runner lives.
r_watch() {
  read -r w_self r_more </proc/self/stat
  w_sleep=
  trap : USR1
  trap '[ -z "$w_sleep" ] || kill "$w_sleep"; exit 0' TERM
  # It may have ended though nobody has asked for it yet.
  while r_read_birth "$$" && [ -n "$r_birth" ] && read -r w_pid w_birth w_due <"$r_state/guarded"; do
    w_step=15
    if r_is_under_way; then
      r_read_clock
      [ "$((w_due - r_clock))" -gt "$w_step" ] || w_step=$((w_due - r_clock))
      if [ "$w_step" -le 0 ]; then
        r_end_overdue
        w_step=1
      fi
    fi
    sleep "$w_step" &
    w_sleep=$!
    wait "$w_sleep" || kill "$w_sleep"
  done
}

r_is_under_way() {
  r_read_birth "$w_pid"
  [ -n "$r_birth" ] && [ "$r_birth" = "$w_birth" ]
}

# Its shell stands still until all else has ended: it must not go on to the next command, and it has files to remove.
r_end_overdue() {
  kill -STOP "$w_pid"
  say "$w_pid" >"$r_state/overdue"
  r_find_tree
  # shellcheck disable=SC2086 # words
  [ -z "$w_tree" ] || kill -TERM $w_tree
  w_tries=0
  until r_has_ended; do
    w_tries=$((w_tries + 1))
    # shellcheck disable=SC2086 # words
    [ "$w_tries" -lt 30 ] || kill -KILL $w_tree
    [ "$w_tries" -lt 50 ] || break
    r_pause
  done
  kill -TERM "$w_pid"
  kill -CONT "$w_pid"
  w_tries=0
  while r_is_under_way && [ "$w_tries" -lt 20 ]; do
    w_tries=$((w_tries + 1))
    r_pause
  done
  ! r_is_under_way || kill -KILL "$w_pid"
}

# Sets w_tree: all that the operation has started, and what that has.
r_find_tree() {
  w_tree='' w_more=1
  while [ -n "$w_more" ]; do
    w_more=
    for r_file in /proc/[0-9]*/stat; do
      read -r r_more <"$r_file" || continue
      w_one=${r_more%% *} r_more=${r_more##*') '}
      r_more=${r_more#* }
      case " $w_tree $w_self " in *" $w_one "*) continue ;; esac
      case " $w_tree $w_pid " in *" ${r_more%% *} "*) w_tree="$w_tree $w_one" w_more=1 ;; esac
    done
  done
}

r_has_ended() {
  for w_one in $w_tree; do
    r_read_birth "$w_one"
    [ -z "$r_birth" ] || return 1
  done
}

# What the runner says of an operation that failed.
r_tell_overdue() {
  [ -n "$r_state" ] && [ -e "$r_state/overdue" ] || return 0
  rm -f -- "$r_state/overdue"
  r_find_limit
  [ -z "$r_kept" ] || r_records=$r_state/records
  record reason "it did not end within ${r_limit}s and was killed"
  r_records=
}
